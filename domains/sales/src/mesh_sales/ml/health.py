"""What of the fraud model is watched: the newest orders as it saw them, and the scores whose reports are in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from mesh_platform.ml.watch import Watched, health, matured
from mesh_sales.ml.examples import MATURE_DAYS
from mesh_sales.ml.features import on, orders
from mesh_sales.ml.recipe import RECIPE

if TYPE_CHECKING:
    from mesh_platform.lake import Pinned
    from mesh_platform.ml import Making

LABELLED_DAYS = 28
"""How many days of scores are judged at a time: enough frauds to tell decay from chance."""


def model_health(making: Making) -> pl.DataFrame:
    """Make the rows of sales.model_health."""
    return health(making, WATCHED)


def current(tables: Pinned, days: frozenset[date]) -> pl.DataFrame:
    """Read the days' orders as the model saw them, with their scores; one without a score has none.

    Args:
        tables: Holds sales.order_features, sales.fraud_scores and customers.customers.
        days: The orders' days.
    """
    scores = tables.sql(
        "select order_id, probability, expected_loss, cast(model_version as bigint) as model_version "
        f"from sales.fraud_scores where {on(days)}"
    )
    rows = orders(tables, on(days)).with_columns(region=pl.col("country"))
    return rows.join(scores, on="order_id", how="left", maintain_order="left")


def labelled(tables: Pinned, as_of: datetime) -> pl.DataFrame:
    """Read the newest scores whose reports had four weeks to come in, and which of them were fraud.

    Args:
        tables: Holds those of `current` and sales_raw.fraud_reports.
        as_of: The time.
    """
    last = as_of.date() - timedelta(days=MATURE_DAYS)
    days = frozenset(last - timedelta(days=n) for n in range(LABELLED_DAYS + 1))
    known = as_of.astimezone(UTC).isoformat()
    reports = tables.sql(
        "select order_id, min(ingested_at) as known_at, true as fraud from sales_raw.fraud_reports "
        f"where ingested_at <= timestamptz '{known}' group by order_id"
    )
    ripe = matured(
        current(tables, days),
        reports,
        on="order_id",
        made_at="ordered_at",
        known_at="known_at",
        as_of=as_of,
        delay=timedelta(days=MATURE_DAYS),
        absent={"fraud": False},
    )
    scored = ripe.filter(pl.col("probability").is_not_null())
    return scored.with_columns(buyer=pl.coalesce("customer_id", "order_id"), day=pl.col("ordered_on"))


WATCHED = Watched(RECIPE, current, labelled, RECIPE.segments, label="fraud", performance_days=LABELLED_DAYS)
