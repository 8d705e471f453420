"""The rhythm of a customer's purchases as known at a time: how often, how regularly, how much, how long silent.

Everything counts in days and from what the mesh had learnt by then, so a late order is missing until it arrives.
Several purchases of one UTC day are one occasion. The functions know nothing of the lake: they take frames and serve
any shop.
"""

from __future__ import annotations

import polars as pl

WINDOWS = (14, 28, 56)
"""Days back over which purchases are counted: two weeks, four, eight; each is the change of the next."""
DAY_US = 86_400_000_000


def purchases_before(orders: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """Give each customer asked about at a time the purchases that had happened and were known by then.

    Args:
        orders: One row a purchase: customer_id, ordered_at, ingested_at, and anything else.
        asked: One row a customer_id and time `at`.

    Returns:
        One row a customer_id, at and purchase, with `ago`: the days from the purchase to that time.
    """
    both = asked.lazy().select("customer_id", "at").join(orders.lazy(), on="customer_id")
    known = both.filter(pl.col("ordered_at") < pl.col("at"), pl.col("ingested_at") <= pl.col("at"))
    ago = (pl.col("at") - pl.col("ordered_at")).dt.total_microseconds() / DAY_US
    return known.with_columns(ago.alias("ago")).collect()


def rhythm(purchases: pl.DataFrame) -> pl.DataFrame:
    """Sum up each customer's purchases before a time.

    Args:
        purchases: What `purchases_before` gives, with net_amount; exact amounts add up to the same in any order.

    Returns:
        One row a customer_id and at: `repeats`, `last_days` and `age_days` are the x, t_x and T of BG/NBD,
        `silence_days` the time since the last occasion, `interval_*` the statistics of the time between two occasions
        (missing without two of them), `occasions_*d` the occasions in so many days.
    """
    key = ("customer_id", "at")
    occasions = (
        purchases.lazy()
        .group_by(*key, day=pl.col("ordered_at").dt.date())
        .agg(ago=pl.col("ago").min(), amount=pl.col("net_amount").sum().cast(pl.Float64))
        .sort(*key, "ago", descending=[False, False, True])
    )
    gap = pl.col("ago").diff(-1).drop_nulls()
    return (
        occasions.group_by(*key, maintain_order=True)
        .agg(
            (pl.len() - 1).cast(pl.Float64).alias("repeats"),
            (pl.col("ago").max() - pl.col("ago").min()).alias("last_days"),
            pl.col("ago").max().alias("age_days"),
            pl.col("ago").min().alias("silence_days"),
            gap.mean().alias("interval_mean"),
            gap.std().alias("interval_sd"),
            gap.max().alias("interval_max"),
            gap.last().alias("interval_last"),
            pl.col("amount").mean().alias("basket_mean"),
            pl.col("amount").last().alias("basket_last"),
            *((pl.col("ago") <= days).sum().cast(pl.Float64).alias(f"occasions_{days}d") for days in WINDOWS),
            *(
                pl.when(pl.col("ago") <= days).then("amount").otherwise(0.0).sum().alias(f"amount_{days}d")
                for days in WINDOWS
            ),
        )
        .collect()
    )


def next_purchase(orders: pl.DataFrame, asked: pl.DataFrame, days: int) -> pl.DataFrame:
    """What each customer bought in the days after a time: the truth that a prediction is held against.

    Args:
        orders: One row a purchase: customer_id, ordered_at, net_amount.
        asked: One row a customer_id and time `at`.
        days: The length of the window.

    Returns:
        One row a row of `asked`, in its order: customer_id, at, `purchases` and `spent` of the window.
    """
    after = asked.lazy().select("customer_id", "at").join(orders.lazy(), on="customer_id")
    within = after.filter(
        pl.col("ordered_at") >= pl.col("at"), pl.col("ordered_at") < pl.col("at") + pl.duration(days=days)
    )
    sums = within.group_by("customer_id", "at").agg(
        purchases=pl.len().cast(pl.Int64), spent=pl.col("net_amount").sum().cast(pl.Float64)
    )
    found = (
        asked.lazy().select("customer_id", "at").join(sums, on=["customer_id", "at"], how="left", maintain_order="left")
    )
    return found.with_columns(pl.col("purchases").fill_null(0), pl.col("spent").fill_null(0.0)).collect()
