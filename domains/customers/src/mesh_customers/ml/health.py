"""What of the churn model is watched: the newest day's customers as it saw them, and risks whose 60 days are over."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import polars as pl

from mesh_customers.ml.churn.features import (
    LABEL_DAYS,
    LABEL_DELAY_DAYS,
    PROFILE,
    active_customers,
    collect,
    purchases,
)
from mesh_customers.ml.churn.recipe import RECIPE
from mesh_customers.ml.rhythm import next_purchase
from mesh_platform.ml.watch import Watched, health

if TYPE_CHECKING:
    from mesh_platform.lake import Pinned
    from mesh_platform.ml import Making


def model_health(making: Making) -> pl.DataFrame:
    """Make the rows of customers.model_health."""
    return health(making, WATCHED)


def current(tables: Pinned, days: frozenset[date]) -> pl.DataFrame:
    """Collect the active customers at the end of the newest of the days, with their risk.

    Args:
        tables: Holds the churn model's tables and customers.churn_risk.
        days: The newest days.
    """
    newest = max(days)
    rows = collect(tables, active_customers(tables, _end_of(newest)))
    risks = _risks(tables, newest).drop("at")
    return rows.join(risks, on="customer_id", how="left", maintain_order="left")


def labelled(tables: Pinned, as_of: datetime) -> pl.DataFrame:
    """Take the risks of the newest day whose 60 days are over, and whether the customers bought in them.

    One day is enough: the days around it tell of the same customers.

    Args:
        tables: Those of `current`.
        as_of: The time.
    """
    last = (as_of - timedelta(days=LABEL_DAYS + LABEL_DELAY_DAYS + 1)).date()
    found = tables.sql(f"select max(as_of) as made from customers.churn_risk where as_of <= date '{last}'")
    risks = _risks(tables, found["made"].item() or last)
    known = purchases(tables, risks).filter(pl.col("ingested_at") <= as_of)
    after = next_purchase(known, risks, LABEL_DAYS)
    profiles = PROFILE.historical(tables, risks)
    return risks.with_columns(
        (after["purchases"] == 0).alias("churned"),
        profiles["country"].fill_null("unknown").alias("region"),
        pl.col("at").dt.date().alias("day"),
    )


def _risks(tables: Pinned, made_on: date) -> pl.DataFrame:
    """The risks that were published for a day, under the names of `Recipe.predict`."""
    rows = tables.sql(
        f"""
        select
            customer_id,
            churn_probability as probability,
            p_alive,
            expected_purchases,
            cast(model_version as bigint) as model_version
        from customers.churn_risk
        where as_of = date '{made_on}'
        order by customer_id
        """
    )
    return rows.with_columns(pl.lit(_end_of(made_on), pl.Datetime("us", "UTC")).alias("at"))


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)


WATCHED = Watched(RECIPE, current, labelled, RECIPE.segments, label="churned")
