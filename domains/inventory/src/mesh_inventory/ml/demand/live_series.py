"""Forecasts of all series as arrays, by the model or by the simple rule that stands in for it.

They are made once for the pinned snapshots, by the code of the batch: a request is a lookup.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_inventory.ml.demand import examples as collecting
from mesh_inventory.ml.demand.baselines import croston
from mesh_inventory.ml.demand.design import HORIZON_DAYS
from mesh_inventory.ml.demand.distribution import QUANTILES, SIZES
from mesh_inventory.ml.demand.history import WINDOW_DAYS
from mesh_inventory.ml.demand.model import LEAST_MEAN, as_forecast
from mesh_inventory.ml.demand.panel import SERIES, scatter
from mesh_platform.errors import TooFewExamples

if TYPE_CHECKING:
    from mesh_platform.lake import Pinned

FIGURES = ("mean", "standard_deviation", *QUANTILES)


@dataclass(frozen=True, slots=True)
class Series:
    """Every series' coming days.

    Args:
        forecast_on: The newest known day.
        rows: (sku, location) → row.
        figures: (series, days ahead, `FIGURES`).
    """

    forecast_on: date
    rows: Mapping[tuple[str, str], int]
    figures: npt.NDArray[np.float64]

    @classmethod
    def of(cls, forecast: pl.DataFrame, forecast_on: date) -> Series:
        """Lay a forecast out: sku, location_id, day and `FIGURES`, every series with every day."""
        ordered = forecast.sort(*SERIES, "day")
        names = ordered.select(SERIES)[::HORIZON_DAYS].rows()
        figures = ordered.select(FIGURES).to_numpy().reshape(len(names), HORIZON_DAYS, len(FIGURES))
        return cls(forecast_on, {(sku, place): row for row, (sku, place) in enumerate(names)}, figures)

    def of_days(self, row: int, days: list[date]) -> list[dict[str, Any]]:
        """Figures of days within the horizon, as JSON's values."""
        return [
            {"day": day.isoformat(), **dict(zip(FIGURES, self.figures[row, self.ahead(day) - 1].tolist(), strict=True))}
            for day in days
        ]

    def ahead(self, day: date) -> int:
        """Days from the newest known one."""
        return (day - self.forecast_on).days

    @property
    def horizon(self) -> list[date]:
        """The days that are forecast."""
        return [self.forecast_on + timedelta(days=ahead) for ahead in range(1, HORIZON_DAYS + 1)]


def by_croston(tables: Pinned, today: date) -> pl.DataFrame:
    """Forecast by Croston's method (SBA), the strongest of the gate's simple rules, with a Poisson's quantiles.

    Args:
        tables: Holds the feature table.
        today: The newest known day.

    Raises:
        TooFewExamples: Where nothing is told of the last weeks.
    """
    first = today - timedelta(days=WINDOW_DAYS - 1)
    days = [first + timedelta(days=n) for n in range(WINDOW_DAYS)]
    past = collecting.read(tables, days, ())
    if past.is_empty():
        raise TooFewExamples(f"demand: no features from {first} to {today} (rule: some); make {collecting.TABLE} first")
    keys = past.select(SERIES).unique().sort(SERIES)
    units = scatter(past, "units", keys, first, WINDOW_DAYS).astype(np.float64)
    mean, _ = croston(units, np.arange(1, HORIZON_DAYS + 1))
    flat = np.maximum(mean.ravel(), LEAST_MEAN)
    coming = pl.DataFrame({"day": [today + timedelta(days=ahead) for ahead in range(1, HORIZON_DAYS + 1)]})
    named = keys.join(coming, how="cross", maintain_order="left_right")
    return named.hstack(as_forecast(flat, np.full(len(flat), SIZES[1])))
