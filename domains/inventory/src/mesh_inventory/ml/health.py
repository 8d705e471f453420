"""What of the demand model is watched: the newest forecast with its features, and older forecasts with what was sold.

As the hold-out, a forecast is looked at with its whole horizon, from one day; judged are days with enough stock alone.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from mesh_inventory.ml.demand.design import HORIZON_DAYS, NEEDED, ahead_of, design
from mesh_inventory.ml.demand.distribution import QUANTILES
from mesh_inventory.ml.demand.examples import OUTCOME, read
from mesh_inventory.ml.demand.model import well_stocked
from mesh_inventory.ml.demand.panel import SERIES
from mesh_inventory.ml.demand.recipe import RECIPE
from mesh_platform.ml.watch import Watched, health

if TYPE_CHECKING:
    from mesh_platform.lake import Pinned
    from mesh_platform.ml import Making

FORECAST = "inventory.demand_forecast"
PREDICTED = ("mean", "standard_deviation", *QUANTILES)
KEY = [*SERIES, "day"]
LEAST_DAYS = 7
"""Each weekday once: they differ in how well they can be foreseen."""


def model_health(making: Making) -> pl.DataFrame:
    """Make the rows of inventory.model_health."""
    return health(making, WATCHED)


def current(tables: Pinned, days: frozenset[date]) -> pl.DataFrame:
    """Take the newest forecast made on one of the days, with the features that the model saw.

    Args:
        tables: Holds inventory.demand_features and inventory.demand_forecast.
        days: The days on which it may have been made.
    """
    made = [day for day in tables.days_of(FORECAST) if day in days]
    newest = made[-1] if made else max(days)
    known = read(tables, [newest], NEEDED).drop(OUTCOME)
    rows = design(ahead_of(known, HORIZON_DAYS))
    return rows.join(_forecast(tables, newest), on=KEY, how="left", maintain_order="left")


def labelled(tables: Pinned, as_of: datetime) -> pl.DataFrame:
    """Take the oldest forecast of the last four weeks with the days of it that have passed.

    It has the most days behind it and so comes closest to the hold-out, which has the whole horizon. None younger than
    a week is taken: a Saturday alone is always forecast worse than the mean of all days.

    Args:
        tables: Those of `current`.
        as_of: The time; the features of a day are known at its end.
    """
    first = as_of.date() - timedelta(days=HORIZON_DAYS + 1)
    last = as_of.date() - timedelta(days=LEAST_DAYS + 1)
    made = [day for day in tables.days_of(FORECAST) if first <= day <= last]
    oldest = made[0] if made else first
    passed = [oldest + timedelta(days=n) for n in range(1, (as_of.date() - oldest).days)]
    level = read(tables, [oldest], NEEDED).drop(OUTCOME)
    expected = design(ahead_of(level, HORIZON_DAYS)).select(*KEY, "expected")
    sold = read(tables, passed, ()).join(expected, on=KEY).filter(well_stocked())
    return sold.join(_forecast(tables, oldest), on=KEY, maintain_order="left")


def _forecast(tables: Pinned, made_on: date) -> pl.DataFrame:
    rows = tables.scan(FORECAST, columns=[*KEY, "forecast_on", *PREDICTED, "model_version"], days=[made_on])
    return rows.filter(pl.col("forecast_on") == made_on).drop("forecast_on").collect()


WATCHED = Watched(RECIPE, current, labelled, RECIPE.segments)
