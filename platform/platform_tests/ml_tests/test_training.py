"""What a training leaves behind, and that a champion is only replaced by what passed the gate."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from mesh_platform.errors import MeshFailure, ModelRefused, TooFewExamples, UnknownName, UserError
from mesh_platform.lake import Lake
from mesh_platform.ml.registry import Registry
from mesh_platform.ml.train import CARD_FILE, PREDICTIONS_FILE, Trained, train
from mesh_platform.settings import Settings

from .shop import NOW, START, TABLE, Purchase, publish, visits


def trained(lake: Lake, registry: Registry, rows: pl.DataFrame, recipe: Purchase | None = None) -> Trained:
    return train(recipe or Purchase(), publish(lake, rows), registry, NOW, "code-1")


def test_what_beats_its_baseline_predicts_and_says_what_it_was_made_from(lake: Lake, registry: Registry) -> None:
    done = trained(lake, registry, visits())
    champion = registry.champion("purchase")
    snapshot = lake.current(TABLE)
    assert done.promoted
    assert champion is not None
    assert snapshot is not None
    assert champion.snapshots == {TABLE: snapshot.snapshot_id}
    assert (champion.version, champion.as_of, champion.code_version) == (1, NOW, "code-1")
    assert champion.metrics["log loss"] < champion.metrics["log loss of share of buyers"]
    assert champion.environment["python"].startswith("3.")


def test_a_training_leaves_its_card_its_plots_and_its_predictions(lake: Lake, registry: Registry) -> None:
    version = trained(lake, registry, visits()).version
    card = registry.artifact(version, CARD_FILE).read_text(encoding="utf-8")
    assert all(part in card for part in ("Tells who buys.", "share of buyers", "a longer visit", "`minutes`"))
    assert registry.artifact(version, "plots/chance-by-minutes.png").stat().st_size > 1000
    assert pl.read_parquet(registry.artifact(version, PREDICTIONS_FILE)).columns == ["chance"]
    gate = json.loads(registry.artifact(version, "gate.json").read_text(encoding="utf-8"))
    assert gate["comparisons"][0]["against"] == "share of buyers"


def test_what_does_not_beat_its_baseline_beyond_noise_may_not_predict(lake: Lake, registry: Registry) -> None:
    done = trained(lake, registry, visits(learnable=False))
    assert not done.promoted
    assert registry.champion("purchase") is None
    assert "does not beat share of buyers" in done.version.verdict
    with pytest.raises(ModelRefused, match="version 1 may not predict: does not beat"):
        registry.promote("purchase", 1)


def test_a_broken_promise_of_behaviour_keeps_the_champion(lake: Lake, registry: Registry) -> None:
    trained(lake, registry, visits())
    done = trained(lake, registry, visits(), Purchase(kept_promises=False))
    champion = registry.champion("purchase")
    assert not done.promoted
    assert "a longer visit is likelier to buy: slope" in done.version.verdict
    assert champion is not None
    assert champion.version == 1


def test_what_loses_to_the_champion_beyond_noise_may_not_predict(lake: Lake, registry: Registry) -> None:
    trained(lake, registry, visits())
    noisy = visits().with_columns(
        bought=pl.when(pl.col("day") < NOW.date() - timedelta(days=5))
        .then(pl.col("bought") ^ (pl.int_range(pl.len()) % 3 == 0))
        .otherwise("bought")
    )
    done = trained(lake, registry, noisy)
    assert not done.promoted
    assert "loses to the champion" in done.version.verdict


def test_an_equal_challenger_is_promoted_and_the_champion_before_is_kept(lake: Lake, registry: Registry) -> None:
    trained(lake, registry, visits())
    assert trained(lake, registry, visits()).promoted
    now, was = registry.demote("purchase")
    assert (now.version, was.version) == (1, 2)
    assert (now.aliases, was.aliases) == (("champion",), ("previous",))


def test_there_is_no_way_back_without_a_champion_before(lake: Lake, registry: Registry) -> None:
    trained(lake, registry, visits())
    with pytest.raises(ModelRefused, match="no previous champion"):
        registry.demote("purchase")


def test_too_little_history_is_refused_and_the_champion_stays(lake: Lake, registry: Registry) -> None:
    trained(lake, registry, visits())
    few = visits().filter(pl.col("day") < START + timedelta(days=4))
    with pytest.raises(TooFewExamples, match=r"has 4 days of history before 2026-01-25 \(rule: >= 10\)"):
        trained(lake, registry, few)
    assert [v.version for v in registry.versions("purchase")] == [1]


def test_one_class_is_refused_and_nothing_is_registered(lake: Lake, registry: Registry) -> None:
    with pytest.raises(TooFewExamples, match="one class"):
        trained(lake, registry, visits().with_columns(bought=pl.lit(value=False)))
    assert registry.models() == []


def test_a_hold_out_too_small_to_tell_is_refused(lake: Lake, registry: Registry) -> None:
    with pytest.raises(TooFewExamples, match=r"hold-out has 26 different visit \(rule: >= 30\)"):
        trained(lake, registry, visits(100))
    assert registry.models() == []


def test_a_champion_that_lacks_features_has_no_say(lake: Lake, registry: Registry) -> None:
    trained(lake, registry, visits(), replace(Purchase(), wanted=("minutes",)))
    fitted = registry.champion("purchase")
    assert fitted is not None
    model = registry.artifact(fitted, "model.skops")
    from mesh_platform.ml.store import read_model, write_model

    write_model({**read_model(model, "purchase", ()), "features": ["minutes", "gone"]}, model)
    assert trained(lake, registry, visits()).promoted


def test_as_of_an_earlier_time_nothing_later_is_learnt(lake: Lake, registry: Registry) -> None:
    tables = publish(lake, visits())
    done = train(Purchase(), tables, registry, NOW - timedelta(days=6), "code-1")
    predicted = pl.read_parquet(registry.artifact(done.version, PREDICTIONS_FILE))
    assert predicted.height == 5 * 600 // 20


def test_an_unknown_version_says_which_there_are(lake: Lake, registry: Registry) -> None:
    trained(lake, registry, visits())
    with pytest.raises(UnknownName, match="no version of model 'purchase' '7'"):
        registry.version("purchase", 7)


def test_a_server_that_is_down_is_named_and_so_is_a_url_that_is_none(tmp_path: Path) -> None:
    local = Settings.load(tmp_path)
    with pytest.raises(
        MeshFailure, match=r"registry http://127\.0\.0\.1:9 does not answer: .*refused .*MESH_MODEL_REG"
    ):
        Registry.open(replace(local, model_registry="http://127.0.0.1:9"))
    with pytest.raises(UserError, match=r"MESH_MODEL_REGISTRY is 'mlruns' \(rule: it begins with one of sqlite"):
        Registry.open(replace(local, model_registry="mlruns"))
