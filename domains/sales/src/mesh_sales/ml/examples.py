"""Examples of the fraud model: what was reported as fraud by a time, split as time goes.

A fraud is learnt of days or weeks after its order, so the newest orders have no label to trust: they are left out. The
hold-out is the newest stretch whose reports are in. Between it and the orders to fit on lies a gap, so that the burst
of one fraudster is not on both sides.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from mesh_platform.errors import TooFewExamples
from mesh_platform.ml import Examples
from mesh_sales.ml.features import FEATURES, UNWATCHED, grouped, orders

if TYPE_CHECKING:
    from mesh_platform.lake import Pinned

MATURE_DAYS = 28
"""After four weeks nine of ten reports are in."""
HOLDOUT_DAYS = 21
"""Three weeks hold enough frauds to tell two models apart."""
GAP_DAYS = 7
"""An attack is over within a week."""
WARM_UP_DAYS = 7
"""In a feed's first week every card and device is new; that teaches nothing."""
TRAIN_DAYS = 180
"""Older frauds teach manners that have gone."""
FEWEST_TRAIN_DAYS = 21
NEEDS_DAYS = MATURE_DAYS + HOLDOUT_DAYS + GAP_DAYS + WARM_UP_DAYS + FEWEST_TRAIN_DAYS
FEWEST_FRAUDS = 20
"""Below this neither a model nor its threshold can be told from chance."""


def collect(tables: Pinned, as_of: datetime) -> Examples:
    """Collect orders with their labels as known at a time.

    Args:
        tables: Holds sales.order_features, sales_raw.fraud_reports and customers.customers.
        as_of: The time, UTC.

    Raises:
        TooFewExamples: Where the history is too short, or a window has no orders or too few frauds.
    """
    known = f"timestamptz '{as_of.astimezone(UTC).isoformat()}'"
    rows = orders(tables, f"ordered_at < {known} and ingested_at <= {known}")
    reports = tables.sql(f"select distinct order_id from sales_raw.fraud_reports where ingested_at <= {known}")
    labelled = rows.with_columns(
        fraud=pl.col("order_id").is_in(reports["order_id"].implode()),
        buyer=pl.coalesce("customer_id", "order_id"),
    )
    return split(grouped(tables, labelled), as_of)


def split(rows: pl.DataFrame, as_of: datetime) -> Examples:
    """Split labelled orders in time.

    Raises:
        TooFewExamples: As in `collect`.
    """
    end = as_of - timedelta(days=MATURE_DAYS)
    begin = end - timedelta(days=HOLDOUT_DAYS)
    last = begin - timedelta(days=GAP_DAYS)
    first = _first(rows, last, as_of)
    moment = pl.col("ordered_at")
    train = rows.filter((moment >= first) & (moment < last))
    holdout = rows.filter((moment >= begin) & (moment < end))
    _demand("train", train, first, last)
    _demand("hold-out", holdout, begin, end)
    about: dict[str, str | float | int] = {
        "train from": str(first),
        "train until": str(last),
        "hold-out from": str(begin),
        "hold-out until": str(end),
        "labels known by": str(as_of),
        "days for labels to ripen": MATURE_DAYS,
        "gap days": GAP_DAYS,
        "train orders": train.height,
        "train frauds": int(train["fraud"].sum()),
        "hold-out orders": holdout.height,
        "hold-out frauds": int(holdout["fraud"].sum()),
    }
    return Examples(train, holdout, FEATURES, about, UNWATCHED)


def _first(rows: pl.DataFrame, last: datetime, as_of: datetime) -> datetime:
    oldest = rows["ordered_at"].min()
    if not isinstance(oldest, datetime):
        raise TooFewExamples(
            f"model 'fraud': no orders before {as_of:%Y-%m-%d} (rule: {NEEDS_DAYS} days of them); ingest orders first"
        )
    start = oldest.replace(hour=0, minute=0, second=0, microsecond=0)
    if (days := (as_of - start).days) < NEEDS_DAYS:
        raise TooFewExamples(
            f"model 'fraud': {days} days of orders before {as_of:%Y-%m-%d} (rule: at least {NEEDS_DAYS}, so that "
            "labels ripen, a hold-out remains and something is left to learn from); wait, or load older orders"
        )
    return max(start + timedelta(days=WARM_UP_DAYS), last - timedelta(days=TRAIN_DAYS))


def _demand(name: str, rows: pl.DataFrame, first: datetime, until: datetime) -> None:
    frauds = int(rows["fraud"].sum())
    honest = rows.height - frauds
    if min(frauds, honest) < FEWEST_FRAUDS:
        raise TooFewExamples(
            f"model 'fraud': the {name} window {first:%Y-%m-%d} to {until:%Y-%m-%d} has {frauds} frauds and {honest} "
            f"other orders (rule: at least {FEWEST_FRAUDS} of each); ingest fraud reports, or train at a later time"
        )
