"""What people are told, and when a model learns again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl

from mesh_platform.contract import shape_of
from mesh_platform.ml.watch import ModelHealth, alerts, needs_retraining

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)


def row(
    status: str,
    *,
    day: int = 28,
    signal: str = "psi",
    feature: str = "amount_to_mean",
    segment: str = "all",
    value: float = 0.31,
    threshold: float = 0.25,
) -> dict[str, object]:
    return {
        "model": "fraud",
        "model_version": 3,
        "day": date(2026, 2, day),
        "segment": segment,
        "signal": signal,
        "feature": feature,
        "measure": "PSI" if "psi" in signal else "average precision",
        "value": value,
        "threshold": threshold,
        "p_value": None,
        "rows": 1_000,
        "status": status,
    }


def rows(*of: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(of), schema=shape_of(ModelHealth).schema)


DECAY = row("decay", signal="performance", feature="", value=0.4, threshold=0.55)


def test_an_alert_says_what_how_much_where_and_since_when() -> None:
    found = rows(*(row("drift", day=d, segment="channel=web") for d in (24, 26, 27, 28)))
    assert alerts(found) == [
        "fraud v3: amount_to_mean PSI 0.31 (> 0.25) on channel=web since 2026-02-26",
    ]


def test_decay_comes_first_and_what_is_well_is_not_told() -> None:
    found = rows(
        row("drift"), DECAY, row("watch", feature="age"), row("ok", feature="hour"), row("unknown", feature="")
    )
    assert [line.split(" on ")[0] for line in alerts(found)] == [
        "fraud v3: average precision 0.4 (< 0.55)",
        "fraud v3: amount_to_mean PSI 0.31 (> 0.25)",
    ]


def test_an_alarm_of_yesterday_that_is_over_is_not_told() -> None:
    assert alerts(rows(row("drift", day=27), row("ok", day=28))) == []


def test_predictions_and_baselines_are_called_so() -> None:
    found = alerts(
        rows(
            row("drift", signal="prediction_psi", feature="probability"),
            row("decay", signal="baseline", feature="", value=0.2, threshold=0.3),
        )
    )
    assert "average precision 0.2 (< 0.3 of the best baseline)" in found[0]
    assert "predictions' probability PSI 0.31" in found[1]


def test_drift_or_decay_of_all_rows_is_a_reason_to_train_again() -> None:
    assert needs_retraining(rows(row("drift")), LONG_AGO, NOW, 7) == alerts(rows(row("drift")))[0]
    assert needs_retraining(rows(row("drift"), DECAY), None, NOW, 7) == f"{alerts(rows(DECAY))[0]} (and 1 more)"


def test_a_watched_change_or_one_of_a_segment_is_not() -> None:
    assert needs_retraining(rows(row("watch"), row("unknown", feature="x")), LONG_AGO, NOW, 7) is None
    assert needs_retraining(rows(row("drift", segment="channel=web"), row("ok")), LONG_AGO, NOW, 7) is None


def test_the_cool_down_is_respected() -> None:
    drifted = rows(row("drift"))
    assert needs_retraining(drifted, NOW - timedelta(days=7) + timedelta(seconds=1), NOW, 7) is None
    assert needs_retraining(drifted, NOW - timedelta(days=7), NOW, 7) is not None
