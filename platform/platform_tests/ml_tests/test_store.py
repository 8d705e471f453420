"""A model is loaded from a safe format only."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from mesh_platform.errors import ModelRefused
from mesh_platform.ml.store import read_model, write_model


def test_plain_parts_come_back(tmp_path: Path) -> None:
    write_model({"names": ["a"], "slope": 0.1}, tmp_path / "m.skops")
    assert read_model(tmp_path / "m.skops", "m", ()) == {"names": ["a"], "slope": 0.1}


def test_a_pickle_is_refused_before_it_can_run(tmp_path: Path) -> None:
    (tmp_path / "m.skops").write_bytes(pickle.dumps({"slope": 0.1}))
    with pytest.raises(ModelRefused, match="no skops file"):
        read_model(tmp_path / "m.skops", "fraud version 1", ())


def test_a_type_that_the_recipe_does_not_trust_is_refused(tmp_path: Path) -> None:
    model = HistGradientBoostingClassifier(max_iter=2).fit([[0.0], [1.0]] * 20, [0, 1] * 20)
    write_model({"model": model}, tmp_path / "m.skops")
    unsafe = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"
    with pytest.raises(ModelRefused, match=f"fraud version 1 holds {unsafe}"):
        read_model(tmp_path / "m.skops", "fraud version 1", ())
    assert set(read_model(tmp_path / "m.skops", "fraud version 1", (unsafe,))) == {"model"}
