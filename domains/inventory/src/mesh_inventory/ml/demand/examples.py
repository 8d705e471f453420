"""Examples: what was known about a series on some day, and what it sold some days later.

The last `HORIZON_DAYS` are held out and forecast from the day before them, as a forecast in use is. In training every
series is looked at from every day, each time with one other horizon, so that all pairs of day and horizon occur.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from mesh_inventory.ml.demand.design import FEATURES, HORIZON_DAYS, NEEDED, ahead_of, design
from mesh_inventory.ml.demand.model import well_stocked
from mesh_inventory.ml.demand.panel import SERIES
from mesh_platform.errors import MissingFeature, TooFewExamples
from mesh_platform.ml import Examples

if TYPE_CHECKING:
    from mesh_platform.lake import Pinned

TABLE = "inventory.demand_features"
OUTCOME = ("units", "served", "offered")
FIRST_ORIGIN = 21
"""Days of history before a series is looked at for the first time: earlier averages mean little."""
NEEDS_DAYS = 84
AGING = ("average_interval",)
"""Features that settle as the history grows, whatever is sold."""
"""Three weeks to look back, four to learn, two or more to choose, four to judge."""
MOST_ROWS = 420_000
"""More examples make the forecast hardly better and the training slower."""
SPREAD = (11, 5)
"""Steps with which horizons are spread over series and days; both prime to 28."""


def collect(tables: Pinned, as_of: datetime) -> Examples:
    """Collect training and hold-out examples.

    Args:
        tables: Holds the feature table.
        as_of: Until when the mesh knew the world.

    Raises:
        TooFewExamples: Where there are fewer than `NEEDS_DAYS` days of features.
        MissingFeature: Where the feature table lacks a column.
    """
    days = sorted(d for d in days_of(tables) if d < as_of.date())
    if len(days) < NEEDS_DAYS:
        raise TooFewExamples(
            f"demand: {len(days)} days of {TABLE} before {as_of.date()} (rule: at least {NEEDS_DAYS}); "
            "wait for more days, or simulate a longer history"
        )
    cut = days[-1] - timedelta(days=HORIZON_DAYS)
    outcome = read(tables, days, ())
    train = training_rows(tables, outcome, days[0], cut)
    holdout = horizon_rows(tables, outcome, cut).filter(well_stocked())
    if train.is_empty() or holdout.is_empty():
        raise TooFewExamples(
            f"demand: nothing was served from {cut} on (rule: some day of some series); check the stock"
        )
    return Examples(
        train,
        with_scale(holdout, outcome, cut),
        FEATURES,
        {
            "learnt until": str(cut),
            "held out until": str(days[-1]),
            "horizon days": HORIZON_DAYS,
            "series": holdout.select(SERIES).n_unique(),
            "training rows": len(train),
            "hold-out rows": len(holdout),
        },
        unwatched=AGING,
    )


def days_of(tables: Pinned) -> list[date]:
    """The days of which the pinned feature table has rows."""
    return sorted(tables.scan(TABLE, columns=["day"]).unique().collect()["day"].to_list())


def read(tables: Pinned, days: list[date], columns: tuple[str, ...] = NEEDED) -> pl.DataFrame:
    """Read feature rows of days: keys, outcome and the columns, sorted.

    Raises:
        MissingFeature: Where the feature table lacks a column.
    """
    wanted = [*SERIES, "day", *OUTCOME, *columns]
    frame = tables.scan(TABLE, days=days)
    if missing := sorted(set(wanted) - set(frame.collect_schema().names())):
        raise MissingFeature.of("demand", missing, frame.collect_schema().names())
    return frame.select(wanted).filter(pl.col("day").is_in(days)).sort("day", *SERIES).collect()


def training_rows(tables: Pinned, outcome: pl.DataFrame, first: date, cut: date) -> pl.DataFrame:
    """Every series from every day, each time with one horizon whose outcome is known by `cut`."""
    every = [first + timedelta(days=n) for n in range(FIRST_ORIGIN, (cut - first).days)]
    series = outcome.select(SERIES).n_unique()
    step = max(1, -(-len(every) * series // MOST_ROWS))
    origins = every[::-step]
    return design(pairs(read(tables, origins), outcome, cut))


def pairs(rows: pl.DataFrame, outcome: pl.DataFrame, cut: date) -> pl.DataFrame:
    """Give each feature row one day of its future, not after `cut`, and what was sold on it.

    Args:
        rows: Rows of the feature table.
        outcome: What was sold, by series and day.
        cut: The last day whose outcome may be known.
    """
    number = pl.struct(SERIES).rank("dense").cast(pl.Int64)
    age = (pl.lit(cut) - pl.col("origin")).dt.total_days()
    ahead = 1 + (number * SPREAD[0] + age * SPREAD[1]) % pl.min_horizontal(age, pl.lit(HORIZON_DAYS, pl.Int64))
    known = rows.drop(OUTCOME).rename({"day": "origin"}).filter(pl.col("origin") < cut)
    dated = known.with_columns(day=pl.col("origin") + pl.duration(days=ahead))
    return dated.join(outcome, on=[*SERIES, "day"], maintain_order="left")


def horizon_rows(tables: Pinned, outcome: pl.DataFrame, origin: date) -> pl.DataFrame:
    """Every series from one day, with every horizon of which the outcome is known."""
    rows = ahead_of(read(tables, [origin]).drop(OUTCOME))
    return design(rows.join(outcome, on=[*SERIES, "day"], maintain_order="left"))


def with_scale(rows: pl.DataFrame, outcome: pl.DataFrame, cut: date) -> pl.DataFrame:
    """Add what scaled errors are divided by and what baselines forecast, from the days up to `cut` alone."""
    from mesh_inventory.ml.demand.baselines import baseline_columns

    past = outcome.filter(pl.col("day") <= cut)
    return rows.join(baseline_columns(past, cut), on=[*SERIES, "horizon_days"], how="left", maintain_order="left")
