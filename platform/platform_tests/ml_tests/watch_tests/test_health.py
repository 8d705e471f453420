"""The rows of a health product."""

from __future__ import annotations

from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path

import polars as pl
import pytest

from mesh_platform.contract import shape_of
from mesh_platform.errors import MissingFeature
from mesh_platform.ml.watch import ModelHealth, Watched, health

from .world import NEWEST, Change, Shelf, Trained, making, shelf, watched


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return shelf(tmp_path_factory.mktemp("models"))


def status(rows: pl.DataFrame, signal: str, feature: str = "", segment: str = "all") -> str:
    wanted = rows.filter(signal=signal, feature=feature, segment=segment)
    return str(wanted["status"].item())


def test_a_world_that_stayed_the_same_is_well(models: Shelf) -> None:
    rows = health(making(), watched(), models)
    ModelHealth.validate(rows)
    assert set(rows["status"]) == {"ok"}
    assert set(rows["signal"]) == {"psi", "ks", "prediction_psi", "performance", "baseline"}
    assert set(rows["segment"]) == {"all", "channel=web", "channel=store"}
    assert set(rows["day"]) == {NEWEST}
    assert not rows.select(shape_of(ModelHealth).key).is_duplicated().any()


def test_a_shifted_feature_is_seen_and_no_other(models: Shelf) -> None:
    rows = health(making(), watched(lambda r: r.with_columns(pl.col("income") * 2)), models)
    assert status(rows, "psi", "income") == "drift"
    assert status(rows, "ks", "income") == "drift"
    assert status(rows, "psi", "job") == "ok"
    assert status(rows, "prediction_psi", "risk") == "ok"


def test_drift_of_one_segment_is_told_of_that_segment(models: Shelf) -> None:
    pricier = pl.when(channel="web").then(pl.col("income") * 1.5).otherwise("income").alias("income")
    rows = health(making(), watched(lambda r: r.with_columns(pricier)), models)
    assert status(rows, "psi", "income", "channel=web") == "drift"
    assert status(rows, "psi", "income", "channel=store") == "ok"


def test_predictions_that_cannot_be_compared_are_unknown(models: Shelf) -> None:
    rows = health(making(), watched(lambda r: r.drop("risk")), models)
    assert status(rows, "prediction_psi", "risk") == "unknown"


def test_moved_predictions_are_seen(models: Shelf) -> None:
    rows = health(making(), watched(lambda r: r.with_columns(pl.col("risk") / 2)), models)
    assert status(rows, "prediction_psi", "risk") == "drift"


def test_predictions_of_another_version_are_not_held_against_this_one(models: Shelf) -> None:
    other = pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit(2)).otherwise("model_version").alias("model_version")
    moved = pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.col("risk") / 9).otherwise("risk").alias("risk")
    rows = health(making(), watched(lambda r: r.with_columns(other, moved)), models)
    assert status(rows, "prediction_psi", "risk") == "ok"


def test_performance_decays_when_labels_have_nothing_to_do_with_the_predictions(models: Shelf) -> None:
    rows = health(making(), watched(labelled=lambda r: r.with_columns(pl.col("default").shuffle(seed=1))), models)
    assert status(rows, "performance") == "decay"
    assert status(rows, "performance", segment="channel=web") == "decay"
    assert status(rows, "baseline") == "decay"
    assert status(rows, "psi", "income") == "ok"


def test_days_that_the_version_learnt_from_do_not_count(tmp_path: Path) -> None:
    version = Trained(as_of=datetime(2026, 2, 27, tzinfo=UTC))
    rows = health(making(), watched(), shelf(tmp_path, version))
    [counted] = rows.filter(signal="performance", segment="all")["rows"]
    assert 0 < counted < 500


def test_a_feature_that_vanished_drifts(models: Shelf) -> None:
    rows = health(making(), watched(lambda r: r.drop("income")), models)
    assert status(rows, "psi", "income") == "drift"
    assert status(rows, "ks", "income") == "unknown"


@pytest.mark.parametrize("emptied", [lambda r: r.clear(), lambda r: r.head(5)])
def test_too_few_rows_are_unknown_not_an_error(models: Shelf, emptied: Change) -> None:
    rows = health(making(), watched(emptied, emptied), models)
    ModelHealth.validate(rows)
    assert set(rows["status"]) == {"unknown"}


def test_a_segment_that_the_hold_out_did_not_have_is_unknown(models: Shelf) -> None:
    rows = health(making(), watched(lambda r: r.with_columns(channel=pl.lit("phone"))), models)
    assert status(rows, "psi", segment="channel=phone") == "unknown"


def test_a_model_without_champion_says_so(models: Shelf) -> None:
    rows = health(making(), watched(), Shelf(models.folder, None))
    ModelHealth.validate(rows)
    assert rows.select("signal", "status", "model_version").rows() == [("champion", "unknown", 0)]


def test_of_very_many_rows_a_sample_is_looked_at(models: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("mesh_platform.ml.watch.health"), "MOST_ROWS", 1_000)
    rows = health(making(), watched(), models)
    assert set(rows.filter(signal="psi", segment="all")["rows"]) == {1_000}
    assert "drift" not in set(rows["status"])


def test_only_the_newest_days_are_looked_at(models: Shelf) -> None:
    asked: list[frozenset[date]] = []
    plain = watched()

    def remembered(tables: object, days: frozenset[date]) -> pl.DataFrame:
        asked.append(days)
        return plain.current(tables, days)  # type: ignore[arg-type]

    health(making(), Watched(plain.recipe, remembered, plain.labelled, window_days=3), models)
    assert asked == [frozenset({date(2026, 2, 26), date(2026, 2, 27), date(2026, 2, 28)})]


def test_labels_without_a_day_are_refused_by_name(models: Shelf) -> None:
    with pytest.raises(MissingFeature, match="'lending': the labelled predictions lack day"):
        health(making(), watched(labelled=lambda r: r.drop("day")), models)
