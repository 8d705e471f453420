"""What the fraud model sees of an order: its features at its own moment, and what was known of its customer then.

Age is no feature: a birth date is read for the check of fairness alone, and only as an age band. The country of
residence is none either: it only tells whether the caller's address is elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from mesh_platform.features import FeatureView

if TYPE_CHECKING:
    from mesh_platform.lake import Pinned

WINDOWS = ("1h", "1d", "7d", "30d")
ENTITIES = ("card", "device", "customer", "store")
OF_AN_ENTITY = (
    *(f"{what}_{window}" for what in ("orders", "spent") for window in WINDOWS),
    *("mean_amount_30d", "amount_to_mean", "hours_since_last", "known_frauds", "fraud_share"),
)
RETURNS = ("returns_1d", "returns_30d", "refunded_30d", "unmatched_returns_30d")
ORDER = (
    *("amount", "discount_share", "lines", "units", "returned_units", "unmatched_returned_units"),
    *("hour_of_day", "is_weekend"),
)
NOVELTY = (
    *("card_age_days", "device_age_days", "customer_age_days"),
    *("card_is_new_to_customer", "device_is_new_to_customer", "country_is_new_to_customer"),
    *("device_cards_1d", "device_cards_30d", "device_customers_30d"),
    *("customer_cards_1d", "customer_cards_30d", "customer_devices_30d", "card_customers_30d"),
)
PAID_BY = ("card", "wallet", "cash", "invoice", "gift_card")
PUBLISHED = (
    *ORDER,
    *(f"{who}_{what}" for who in ENTITIES for what in OF_AN_ENTITY),
    *(f"{who}_{what}" for who in ENTITIES if who != "device" for what in RETURNS),
    *NOVELTY,
)
"""Features as sales.order_features publishes them."""
DERIVED = ("is_web", *(f"paid_by_{how}" for how in PAID_BY), "has_profile", "tenure_days", "tier_rank", "ip_is_abroad")
FEATURES = (*PUBLISHED, *DERIVED)
"""What the model sees, in its order."""
UNWATCHED = (
    *("card_age_days", "device_age_days", "customer_age_days", "tenure_days"),
    *(f"store_{what}" for what in (*OF_AN_ENTITY, *RETURNS) if not what.endswith(("_1h", "_1d"))),
)
"""Ages grow with the history and with the membership; a dozen stores have a dozen levels, which move with trade from
week to week. That is no drift of who orders what."""
TIER_RANK = {"none": 0, "bronze": 1, "silver": 2, "gold": 3}
ABOUT = ("order_id", "ordered_on", "ordered_at", "customer_id")
RAW = ("ip_country", "channel", "payment_method")

ORDERS = FeatureView(
    name="order_features",
    entity=("order_id",),
    source="sales.order_features",
    event_time="ordered_at",
    features=(*RAW, *PUBLISHED),
    known_at="",  # every value is of the order's own moment, whenever the file with it came
)
PROFILES = FeatureView(
    name="customer_profile",
    entity=("customer_id",),
    source="customers.customers",
    event_time="valid_from",
    features=("signed_up_at", "loyalty_tier", "country"),
)
GROUPS = FeatureView(
    name="customer_groups",
    entity=("customer_id",),
    source="customers.customers",
    event_time="valid_from",
    features=("birth_date",),
)


def orders(tables: Pinned, where: str = "true") -> pl.DataFrame:
    """Read orders with their features; an order's row is its own, so that there is nothing to join by time.

    Args:
        tables: Holds sales.order_features and customers.customers.
        where: SQL over the columns of sales.order_features.

    Returns:
        One row an order in the order of time: `ABOUT`, `FEATURES`, `country` of residence and `channel`.
    """
    columns = ", ".join(dict.fromkeys((*ABOUT, *ORDERS.features)))
    rows = tables.sql(f"select {columns} from {ORDERS.source} where {where} order by ordered_at, order_id")
    return derived(PROFILES.historical(tables, rows, at="ordered_at"))


def on(days: Collection[date] | None) -> str:
    """SQL that picks the orders of some days; None picks all."""
    if days is None:
        return "true"
    named = ", ".join(f"date '{day}'" for day in sorted(days))
    return f"ordered_on in ({named})" if days else "false"


def derived(rows: pl.DataFrame) -> pl.DataFrame:
    """Turn words and times into numbers."""
    tenure = (pl.col("ordered_at") - pl.col("signed_up_at")).dt.total_seconds() / 86_400
    return rows.select(
        *ABOUT,
        *PUBLISHED,
        is_web=pl.col("channel") == "web",
        **{f"paid_by_{how}": pl.col("payment_method") == how for how in PAID_BY},
        has_profile=pl.when(pl.col("customer_id").is_not_null()).then(pl.col("signed_up_at").is_not_null()),
        tenure_days=tenure.clip(0),
        tier_rank=pl.col("loyalty_tier").replace_strict(TIER_RANK, default=None, return_dtype=pl.Int64),
        ip_is_abroad=pl.col("ip_country") != pl.col("country"),
        country=pl.col("country"),
        channel=pl.col("channel"),
    )


def grouped(tables: Pinned, rows: pl.DataFrame) -> pl.DataFrame:
    """Add the groups that decisions must treat alike: `age_band` and `region`, missing where they aren't known."""
    born = GROUPS.historical(tables, rows.select("customer_id", "ordered_at"), at="ordered_at")
    years = (born["ordered_at"].dt.date() - born["birth_date"]).dt.total_days() / 365.25
    bands = years.cut([25, 40, 60], labels=["under 25", "25 to 39", "40 to 59", "60 and over"], left_closed=True)
    return rows.with_columns(age_band=bands.cast(pl.String), region=pl.col("country"))
