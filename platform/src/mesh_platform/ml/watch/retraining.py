"""When a model should learn again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mesh_platform.ml.watch.alerts import alerts
from mesh_platform.ml.watch.segments import ALL

if TYPE_CHECKING:
    import polars as pl


def needs_retraining(
    rows: pl.DataFrame, last_trained_at: datetime | None, now: datetime, cooldown_days: int
) -> str | None:
    """Say why a model should be trained again, or None where it should not.

    Drift or decay of all rows is a reason; that of a segment alone is an alert for people. A training that the gate
    refused counts for the cool-down too: the same data would only be refused again.

    Args:
        rows: One model's rows of `ModelHealth`; the newest day decides.
        last_trained_at: When its newest version was trained, champion or not; None where it never was.
        now: The time, by the clock of `last_trained_at`.
        cooldown_days: How many days pass at least between two trainings.
    """
    import polars as pl

    if last_trained_at is not None and now - last_trained_at < timedelta(days=cooldown_days):
        return None
    reasons = alerts(rows.filter(pl.col("segment") == ALL))
    if not reasons:
        return None
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    return f"{reasons[0]}{more}"
