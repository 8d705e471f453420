"""From a series' features and a horizon to what the model sees.

The model does not learn how much is sold but how far demand departs from a plain expectation, `expected`: the level of
the series times the location's habit on that weekday. Everything else is a ratio, so that a bigger shop or a renamed
sku is no news to the model.
"""

from __future__ import annotations

import polars as pl

from mesh_platform.errors import MissingFeature

HORIZON_DAYS = 28
WEEK = 7
CATEGORY = "category"
PLANNED = "discount_planned"
RATIOS = ("rate_1", "rate_3", "rate_7", "rate_14", "rate_28", "rate_56", "rate_84", "regular_rate_28", "pooled_rate")
TRENDS = ("sku",)
"""Whose recent weeks are compared with earlier ones. Those of the location and the category come in with the level
(`pooled_rate`): their trends are common to hundreds of series, so that trees learn the season of one year by heart from
them, and every day's distribution differs from the one before.
"""
AS_THEY_ARE = (
    "average_interval",
    "squared_variation",
    "days_since_sale",
    "is_web",
    "discount_depth",
    "discount_days",
    "price_change_28",
)
WEEKDAYS = tuple(f"{kind}_{ahead}" for kind in ("location_weekday", "weekday_rate") for ahead in range(1, WEEK + 1))
NEEDED = (
    "level",
    "list_price",
    "deviation_28",
    "discount_days_left",
    CATEGORY,
    *RATIOS,
    *(f"{trend}_rate_{window}" for trend in TRENDS for window in (7, 28, 56)),
    *AS_THEY_ARE,
    *WEEKDAYS,
)
"""The columns of the feature table that are used."""
FEATURES = (
    "log_level",
    *(f"{name}_ratio" for name in RATIOS),
    "weekday_ratio",
    "deviation_ratio",
    *(f"{trend}_trend_{window}" for trend in TRENDS for window in (7, 28)),
    *AS_THEY_ARE,
    "silence",
    "log_price",
    "horizon_days",
    "weekday",
    PLANNED,
    CATEGORY,
)
"""What the model sees."""
SMALL = 0.02
"""Added to both sides of a ratio, in pieces a day, so that rare sellers do not shout."""


def design(rows: pl.DataFrame) -> pl.DataFrame:
    """Add what the model sees to rows of the feature table that name the days that are forecast.

    Args:
        rows: Feature rows with `origin` (their day) and `day` (the forecast one).

    Returns:
        The rows' keys and outcome, `expected` and `FEATURES`; in the rows' order.

    Raises:
        MissingFeature: Where the feature table lacks a column.
    """
    if missing := sorted(set(NEEDED) - set(rows.columns)):
        raise MissingFeature.of("demand", missing, rows.columns)
    kept = [c for c in ("sku", "location_id", "origin", "day", "units", "served", "offered") if c in rows.columns]
    ahead = (pl.col("day") - pl.col("origin")).dt.total_days()
    level = pl.col("level")
    return (
        rows.with_columns(horizon_days=ahead.cast(pl.Float32))
        .with_columns(location_weekday=_of_weekday("location_weekday"), weekday_rate=_of_weekday("weekday_rate"))
        .select(
            *kept,
            (level * pl.col("location_weekday").clip(SMALL)).cast(pl.Float64).alias("expected"),
            level.log().alias("log_level"),
            *(_ratio(name, level).alias(f"{name}_ratio") for name in RATIOS),
            _ratio("weekday_rate", level * pl.col("location_weekday")).alias("weekday_ratio"),
            (pl.col("deviation_28") / level.sqrt()).alias("deviation_ratio"),
            *(
                _ratio(f"{trend}_rate_{window}", pl.col(f"{trend}_rate_56")).alias(f"{trend}_trend_{window}")
                for trend in TRENDS
                for window in (7, 28)
            ),
            *AS_THEY_ARE,
            (pl.col("days_since_sale") * level).alias("silence"),
            pl.col("list_price").log1p().alias("log_price"),
            "horizon_days",
            pl.col("day").dt.weekday().cast(pl.Float32).alias("weekday"),
            pl.when(pl.col("discount_days_left") >= pl.col("horizon_days"))
            .then("discount_depth")
            .otherwise(0.0)
            .cast(pl.Float32)
            .alias(PLANNED),
            CATEGORY,
        )
    )


def ahead_of(rows: pl.DataFrame, horizon_days: int = HORIZON_DAYS) -> pl.DataFrame:
    """Repeat feature rows of a day for each day of the horizon.

    Args:
        rows: Rows of the feature table, with `day`.
        horizon_days: How many days ahead.
    """
    ahead = pl.DataFrame({"ahead": pl.Series(range(1, horizon_days + 1), dtype=pl.Int64)})
    return (
        rows.rename({"day": "origin"})
        .join(ahead, how="cross", maintain_order="left_right")
        .with_columns(day=pl.col("origin") + pl.duration(days="ahead"))
        .drop("ahead")
    )


def _ratio(name: str, to: pl.Expr) -> pl.Expr:
    return ((pl.col(name) + SMALL) / (to + SMALL)).log()


def _of_weekday(kind: str) -> pl.Expr:
    """The column of the forecast day's weekday among those of the coming seven days."""
    place = ((pl.col("horizon_days") - 1) % WEEK + 1).cast(pl.Int32)
    cases = pl.coalesce(*(pl.when(place == ahead).then(f"{kind}_{ahead}") for ahead in range(1, WEEK + 1)))
    return cases.alias(kind)
