"""Delayed labels, and what is said of a performance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

from mesh_platform.ml import Metric
from mesh_platform.ml.watch import matured
from mesh_platform.ml.watch.performance import Score, best_baseline, judged, limit_of, score

from .world import Lender, applications

START = datetime(2026, 1, 1, tzinfo=UTC)
INSTANT = pl.Datetime("us", "UTC")


def day(n: int) -> datetime:
    return START + timedelta(days=n)


def joined(labels: list[tuple[str, int, bool]], as_of: int, absent: dict[str, object] | None) -> list[tuple[str, bool]]:
    """Predictions of days 0, 1 and 10, labels waited for 5 days."""
    predictions = pl.DataFrame({"id": ["a", "b", "c"], "made_at": [day(0), day(1), day(10)]})
    known = pl.DataFrame(
        [(name, day(n), fraud) for name, n, fraud in labels],
        schema={"id": pl.String(), "known_at": INSTANT, "fraud": pl.Boolean()},
        orient="row",
    )
    rows = matured(
        predictions,
        known,
        on="id",
        made_at="made_at",
        known_at="known_at",
        as_of=day(as_of),
        delay=timedelta(days=5),
        absent=absent,
    )
    return rows.select("id", "fraud").rows()


def test_a_prediction_counts_once_its_delay_has_passed() -> None:
    assert joined([], 4, {"fraud": False}) == []
    assert joined([], 5, {"fraud": False}) == [("a", False)]
    assert joined([("a", 3, True)], 6, {"fraud": False}) == [("a", True), ("b", False)]


def test_a_label_that_came_after_the_delay_does_not_count() -> None:
    assert joined([("a", 6, True), ("b", 6, True)], 9, {"fraud": False}) == [("a", False), ("b", True)]


def test_the_label_known_last_in_time_counts() -> None:
    assert joined([("a", 4, False), ("a", 2, True), ("a", 9, True)], 9, None) == [("a", False)]


def test_without_a_default_unlabelled_predictions_are_left_out() -> None:
    assert joined([("b", 2, True)], 9, None) == [("b", True)]


def test_the_interval_holds_the_measured_value_and_narrows_with_rows() -> None:
    few, many = score(Lender(), applications(400)), score(Lender(), applications(8_000))
    for found in (few, many):
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        assert found.low < found.value < found.high
    assert few.high - few.low > 2 * (many.high - many.low)  # type: ignore[operator]


def test_rows_of_one_class_have_no_performance() -> None:
    assert score(Lender(), applications(500).with_columns(default=pl.lit(value=True))).value is None


def test_a_class_with_few_rows_has_no_performance() -> None:
    rows = applications(500).filter(pl.col("default").cum_sum() <= 19)
    assert score(Lender(), rows, "default").value is None
    assert score(Lender(), applications(500), "default").value is not None


def test_only_what_is_surely_beyond_the_limit_is_decay_whichever_way_is_better() -> None:
    higher, lower = Metric("AUC"), Metric("loss", higher_is_better=False)
    found = Score(0.60, 0.55, 0.65, 1_000)
    assert [judged(found, limit, higher) for limit in (0.5, 0.62, 0.7, None)] == ["ok", "watch", "decay", "unknown"]
    assert [judged(found, limit, lower) for limit in (0.7, 0.58, 0.5)] == ["ok", "watch", "decay"]
    assert judged(Score(0.6, 0.55, 0.65, 99), 0.7, higher) == "unknown"


def test_the_limit_lies_on_the_worse_side_also_of_negative_figures() -> None:
    assert limit_of(0.8, Metric("AUC")) < 0.8
    assert limit_of(-0.8, Metric("R2")) < -0.8
    assert limit_of(0.8, Metric("loss", higher_is_better=False)) > 0.8


def test_the_best_baseline_is_found_among_the_metrics() -> None:
    metrics = {"AUC": 0.9, "AUC of rule": 0.6, "AUC of chance": 0.5, "loss of rule": 0.1, "loss of chance": 0.3}
    assert best_baseline(metrics, Metric("AUC")) == 0.6
    assert best_baseline(metrics, Metric("loss", higher_is_better=False)) == 0.1
    assert best_baseline({}, Metric("AUC")) is None
