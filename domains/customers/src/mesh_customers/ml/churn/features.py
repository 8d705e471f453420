"""What the churn model knows of a customer at a time, and nothing that happened or became known later.

Consents decide who may be addressed and are no features: to withhold one is a right, not a sign of leaving. Age and
region serve to check fairness and are no features either.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

import polars as pl

from mesh_customers.ml.engagement import engagement
from mesh_customers.ml.rhythm import purchases_before, rhythm
from mesh_customers.sources import LOYALTY_TIERS
from mesh_platform.features import FeatureView

if TYPE_CHECKING:
    from mesh_platform.lake import Pinned

ACTIVE_DAYS = 56
"""Eight weeks: who has bought nothing for longer has as good as churned already, by the same measure as the label's,
and is a case for winning back."""
FIRST_HISTORY_DAYS = 28
"""The shortest history from which a rhythm can be told."""
MOST_HISTORY_DAYS = 365
LABEL_DAYS = 60
LABEL_DELAY_DAYS = 3
"""Orders arrive up to so many days late; a label is final after that."""
LATE_DAYS = 3
"""A row of customer_360 that takes up something late is known so many days after its own; until then the one before
counts, and what is older than that is not looked for."""
CHANGE_DAYS = 28
"""How far back the earlier values lie that changes are measured against: the length of customer_360's windows."""

BEHAVIOUR = FeatureView(
    name="customer_behaviour",
    entity=("customer_id",),
    source="customers.customer_360",
    event_time="as_of + interval 1 day",
    features=(
        "tenure_days",
        "loyalty_tier",
        "returned_units_28d",
        "net_amount_28d",
        "sessions_28d",
        "purchase_sessions_28d",
        "product_views_28d",
        "add_to_carts_28d",
        "days_since_session",
        "posts_90d",
        "mean_rating_90d",
    ),
    time_to_live=timedelta(days=LATE_DAYS + 1),
)
PROFILE = FeatureView(
    name="customer_profile",
    entity=("customer_id",),
    source="customers.customers",
    event_time="valid_from",
    features=("birth_date", "country", "consent_marketing", "consent_profiling"),
)
CHANGING = ("net_amount_28d", "sessions_28d", "product_views_28d")
RHYTHM = (
    "repeats",
    "last_days",
    "age_days",
    "silence_days",
    "interval_mean",
    "interval_sd",
    "interval_max",
    "interval_last",
    "basket_mean",
    "basket_last",
    "occasions_14d",
    "occasions_28d",
    "occasions_56d",
    "amount_14d",
    "amount_28d",
    "amount_56d",
)
HABITS = ("store_share", "discount_share", "promotion_share")
VISITS = ("days_since_cart", "sessions_7d", "sessions_14d", "sessions_since_purchase", "carts_since_purchase")
FEATURES = (*RHYTHM, *HABITS, *VISITS, *BEHAVIOUR.features, *(f"{name}_change" for name in CHANGING))
"""The columns of a row that the model sees; a missing value is none known."""

AGE_BANDS = (30, 45, 60)
"""Where one age band ends and the next begins, in years."""


def collect(tables: Pinned, asked: pl.DataFrame, as_of: datetime | None = None) -> pl.DataFrame:
    """Give customers asked about at a time their features of that time.

    Args:
        tables: The lake: sales.orders, marketing.sessions, customers.customer_360, customers.customers.
        asked: One row a customer_id and time `at`, each of whom is active; anything else is kept.
        as_of: Until when the mesh knows the world, which decides how far back all look; None for the latest `at`.

    Returns:
        The rows of `asked` in their order with FEATURES, the consents, `age_band` and `region`.
    """
    looks_back = _looks_back_days(tables, asked, as_of)
    recent = pl.col("ago") <= looks_back
    bought = purchases_before(purchases(tables, asked), asked).filter(recent)
    rows = asked.join(rhythm(bought), on=["customer_id", "at"], how="left", maintain_order="left")
    rows = rows.join(_habits(bought), on=["customer_id", "at"], how="left", maintain_order="left")
    visited = engagement(_sessions(tables, asked), rows, looks_back)
    rows = rows.join(visited, on=["customer_id", "at"], how="left", maintain_order="left")
    rows = _with_groups(PROFILE.historical(tables, BEHAVIOUR.historical(_lately(tables, asked), rows)))
    earlier = asked.select("customer_id", pl.col("at") - timedelta(days=CHANGE_DAYS))
    before = BEHAVIOUR.historical(_lately(tables, earlier), earlier)
    visited_on = pl.col("days_since_session")
    tier = pl.col("loyalty_tier").replace_strict({t: float(n) for n, t in enumerate(LOYALTY_TIERS)}, default=None)
    rows = rows.with_columns(
        tier.alias("loyalty_tier"), pl.when(visited_on <= looks_back).then(visited_on)
    ).with_columns((pl.col(name) - before[name]).alias(f"{name}_change") for name in CHANGING)
    return rows.with_columns(pl.col(FEATURES).cast(pl.Float64))


def _looks_back_days(tables: Pinned, asked: pl.DataFrame, as_of: datetime | None) -> int:
    """How far back features look: as far as the hold-out of a training at that time could.

    Labels take their time, so what a model is judged on has less history than what it is used on. Without this bound
    every sum over the history would be another one in use, and the model somewhere that it has never been.
    """
    now = as_of or cast("datetime | None", asked["at"].max())
    first = tables.sql("select min(ordered_at) as first from sales.orders").item()
    history = (now - first).days if first and now else 0
    return max(ACTIVE_DAYS, min(history - LABEL_DAYS - LABEL_DELAY_DAYS, MOST_HISTORY_DAYS))


def active_customers(tables: Pinned, at: datetime) -> pl.DataFrame:
    """Who has bought in the last ACTIVE_DAYS before a time, as known then: one row a customer_id and at, sorted."""
    instant = pl.lit(at).cast(pl.Datetime("us", "UTC"))
    return tables.sql(
        f"""
        select distinct customer_id from sales.orders
        where customer_id is not null and units > 0 and ingested_at <= timestamptz '{at.isoformat()}'
            and ordered_at < timestamptz '{at.isoformat()}'
            and ordered_at >= timestamptz '{(at - timedelta(days=ACTIVE_DAYS)).isoformat()}'
        order by customer_id
        """
    ).with_columns(instant.alias("at"))


def who_were_active(tables: Pinned, asked: pl.DataFrame) -> pl.DataFrame:
    """Keep the rows of customers asked about at a time who were active then; the rule of `active_customers`."""
    bought = purchases_before(purchases(tables, asked), asked.select("customer_id", "at").unique())
    return asked.join(bought.filter(pl.col("ago") <= ACTIVE_DAYS), on=["customer_id", "at"], how="semi")


def purchases(tables: Pinned, asked: pl.DataFrame) -> pl.DataFrame:
    """Read all purchases of the customers asked about; amounts stay exact, so that sums don't depend on the order."""
    return tables.sql(
        """
        select
            customer_id,
            ordered_at,
            ingested_at,
            cast(net_amount as decimal(18, 4)) as net_amount,
            cast(gross_amount as decimal(18, 4)) as gross_amount,
            cast(discount_amount as decimal(18, 4)) as discount_amount,
            promotions > 0 as promoted,
            channel = 'store' as in_store
        from sales.orders
        where units > 0 and customer_id in (select customer_id from asked)
        """,
        asked=asked,
    )


def _lately(tables: Pinned, asked: pl.DataFrame) -> Pinned:
    """The same tables, with only those rows of customer_360 that can count: a few days of its whole history."""
    source = BEHAVIOUR.source
    if source not in tables.snapshots:
        return tables
    ends = asked["at"].dt.date().unique()
    days = {end - timedelta(days=1 + late) for end in ends for late in range(LATE_DAYS + 1)}
    columns = [*BEHAVIOUR.entity, "as_of", *BEHAVIOUR.features, "ingested_at"]
    rows = tables.scan(source, columns=columns, days=days)
    some = rows.join(asked.lazy().select("customer_id").unique(), on="customer_id", how="semi").collect()
    others = {table: snapshot for table, snapshot in tables.snapshots.items() if table != source}
    return replace(tables, snapshots=others, frames={**tables.frames, source: some})


def _sessions(tables: Pinned, asked: pl.DataFrame) -> pl.DataFrame:
    return tables.sql(
        """
        select customer_id, started_at, ended_at, add_to_carts, ingested_at
        from marketing.sessions
        where customer_id in (select customer_id from asked)
        """,
        asked=asked,
    )


def _habits(bought: pl.DataFrame) -> pl.DataFrame:
    """How a customer buys: the share of orders in a store and with a promotion, of the price that was let off."""
    return bought.group_by("customer_id", "at").agg(
        pl.col("in_store").mean().alias("store_share"),
        (_total("discount_amount") / _total("gross_amount")).fill_nan(0.0).alias("discount_share"),
        pl.col("promoted").mean().alias("promotion_share"),
    )


def _total(amount: str) -> pl.Expr:
    return pl.col(amount).sum().cast(pl.Float64)


def _with_groups(rows: pl.DataFrame) -> pl.DataFrame:
    years = (pl.col("at").dt.date() - pl.col("birth_date")).dt.total_days() / 365.25
    labels = ["under 30", "30-44", "45-59", "60 and over"]
    band = years.cut(list(AGE_BANDS), labels=labels, left_closed=True).cast(pl.String)
    return rows.with_columns(
        band.fill_null("unknown").alias("age_band"), pl.col("country").fill_null("unknown").alias("region")
    ).drop("birth_date", "country")
