"""A version can be made again from what it recorded, and a difference is told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from mesh_platform.errors import UserError
from mesh_platform.lake import Lake
from mesh_platform.ml.registry import Registry
from mesh_platform.ml.reproduce import reproduce
from mesh_platform.ml.train import PREDICTIONS_FILE, train

from .shop import NOW, TABLE, Purchase, publish, visits


def test_a_version_comes_out_the_same_after_the_table_has_changed(lake: Lake, registry: Registry) -> None:
    version = train(Purchase(), publish(lake, visits()), registry, NOW, "code-1").version
    publish(lake, visits(seed=2), "later")
    again = reproduce(Purchase(), lake, registry, version, "code-1")
    assert (again.same, again.rows, again.changed) == (True, 150, ())


def test_a_difference_in_one_bit_is_told(
    lake: Lake, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = train(Purchase(), publish(lake, visits()), registry, NOW, "code-1").version
    nudged = pl.col("chance") + pl.when(pl.int_range(pl.len()) == 3).then(1e-15).otherwise(0.0)
    recorded = pl.read_parquet(registry.artifact(version, PREDICTIONS_FILE))
    recorded.with_columns(nudged).write_parquet(tmp_path / PREDICTIONS_FILE)
    monkeypatch.setattr(registry, "artifact", lambda _, name: tmp_path / name)
    again = reproduce(Purchase(), lake, registry, version, "code-2")
    assert (again.same, again.different) == (False, 1)
    assert again.changed == ("code code-1 → code-2",)


def test_an_expired_snapshot_is_named(lake: Lake, registry: Registry) -> None:
    version = train(Purchase(), publish(lake, visits()), registry, NOW, "code-1").version
    publish(lake, visits(seed=2), "later")
    lake.expire(TABLE, datetime.now(UTC))
    with pytest.raises(UserError, match=rf"learnt from snapshot {version.snapshots[TABLE]} of shop\.visits, which has"):
        reproduce(Purchase(), lake, registry, version, "code-1")
