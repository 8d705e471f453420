"""What a customer's visits of the web shop tell beyond customer_360's sums: how lately, since the last purchase.

Who still puts products in the cart has not left; who only looks may have. Like `rhythm`, it takes frames and uses only
visits that had happened and were known at the time asked about.
"""

from __future__ import annotations

import polars as pl

from mesh_customers.ml.rhythm import DAY_US

LATELY = (7, 14)
"""Days back over which visits are counted, within the 28 of customer_360."""


def engagement(sessions: pl.DataFrame, asked: pl.DataFrame, looks_back: float) -> pl.DataFrame:
    """Sum up each customer's visits before a time.

    Args:
        sessions: One row a visit: customer_id, started_at, ended_at, add_to_carts, ingested_at.
        asked: One row a customer_id and time `at`, with `silence_days`.
        looks_back: Visits longer ago, in days, do not count.

    Returns:
        One row a customer_id and at of those who visited. The visit that made the latest purchase is not since it.
    """
    both = asked.lazy().select("customer_id", "at", "silence_days").join(sessions.lazy(), on="customer_id")
    known = both.filter(pl.col("started_at") < pl.col("at"), pl.col("ingested_at") <= pl.col("at"))
    ago = (pl.col("at") - pl.col("started_at")).dt.total_microseconds() / DAY_US
    ended_ago = (pl.col("at") - pl.col("ended_at")).dt.total_microseconds() / DAY_US
    since = ago < pl.col("silence_days")
    carted = pl.col("add_to_carts") > 0
    return (
        known.filter(ago <= looks_back)
        .with_columns(ago.alias("ago"), (since & (ended_ago < pl.col("silence_days"))).alias("since"))
        .group_by("customer_id", "at")
        .agg(
            pl.col("ago").filter(carted).min().alias("days_since_cart"),
            *((pl.col("ago") <= days).sum().cast(pl.Float64).alias(f"sessions_{days}d") for days in LATELY),
            pl.col("since").sum().cast(pl.Float64).alias("sessions_since_purchase"),
            (pl.col("since") & carted).sum().cast(pl.Float64).alias("carts_since_purchase"),
        )
        .collect()
    )
