"""The simple forecasts that the model must beat, for all series at once.

* seasonal naive: what was sold on the same weekday of the last week;
* exponential smoothing: additive level and weekday season, ETS(A,N,A) without trend (Hyndman et al., 2008), with the
  smoothing weights that did best one step ahead over all series;
* Croston's method as corrected by Syntetos and Boylan (2005), for rare sellers.

The first two have normal intervals as in the textbooks, cut at zero; the third a Poisson's.
"""

from __future__ import annotations

from datetime import date
from itertools import product

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_inventory.ml.demand.design import HORIZON_DAYS, WEEK
from mesh_inventory.ml.demand.distribution import LEVELS, QUANTILES, SIZES, quantiles
from mesh_inventory.ml.demand.model import LEAST_MEAN
from mesh_inventory.ml.demand.panel import SERIES, scatter

Floats = npt.NDArray[np.float64]
NAMES = {"seasonal naive": "naive", "exponential smoothing": "ets", "Croston (SBA)": "croston"}
LEVEL_WEIGHTS = (0.02, 0.05, 0.1, 0.2)
SEASON_WEIGHTS = (0.01, 0.05, 0.1)
CROSTON_WEIGHT = 0.1


def baseline_columns(past: pl.DataFrame, cut: date, horizon_days: int = HORIZON_DAYS) -> pl.DataFrame:
    """Forecast every series by every baseline, and say how much it usually changes from day to day.

    Args:
        past: sku, location_id, day, units; days without a row sold nothing.
        cut: The last day of the past.
        horizon_days: How many days ahead.

    Returns:
        One row a series and horizon: `scale` (mean squared daily change) and a mean and deviation a baseline.
    """
    keys = past.select(SERIES).unique().sort(SERIES)
    first = min(past["day"].unique().to_list())
    units = scatter(past, "units", keys, first, (cut - first).days + 1).astype(np.float64)
    steps = np.arange(1, horizon_days + 1)
    made = {
        "naive": seasonal_naive(units, WEEK, steps),
        "ets": smoothing(units, WEEK, steps),
        "croston": croston(units, steps),
    }
    rows = keys.with_columns(
        scale=pl.Series(np.maximum((np.diff(units, axis=1) ** 2).mean(axis=1), 1 / units.shape[1]))
    ).join(pl.DataFrame({"horizon_days": steps.astype(np.float32)}), how="cross", maintain_order="left_right")
    columns = {f"{name}_{part}": m.ravel() for name, pair in made.items() for part, m in zip("ms", pair, strict=True)}
    return rows.with_columns(pl.Series(name, values) for name, values in columns.items())


def seasonal_naive(units: Floats, period: int, steps: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Repeat the last season; the deviation is that of the changes from season to season.

    Args:
        units: (series, periods).
        period: Periods of a season.
        steps: Periods ahead.

    Returns:
        Mean and standard deviation; (series, steps) each.
    """
    last = units[:, -period:]
    mean = last[:, (steps - 1) % period]
    change = units[:, period:] - units[:, :-period]
    deviation = np.sqrt((change**2).mean(axis=1))[:, None] * np.sqrt((steps - 1) // period + 1)
    return mean, np.broadcast_to(deviation, mean.shape)


def smoothing(units: Floats, period: int, steps: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Additive exponential smoothing of level and season; arguments and result as in `seasonal_naive`."""
    tried = [(smooth(units, period, a, g), a, g) for a, g in product(LEVEL_WEIGHTS, SEASON_WEIGHTS)]
    (level, season, error), a, g = min(tried, key=lambda one: float(np.mean(one[0][2] ** 2)))
    mean = level[:, None] + season[:, (steps - 1) % period]
    seasons_ahead = (steps - 1) // period
    variance = 1 + (steps - 1) * a**2 + g * seasons_ahead * (2 * a + g)
    deviation = np.sqrt((error**2).mean(axis=1))[:, None] * np.sqrt(variance)
    return np.maximum(mean, 0.0), deviation


def smooth(units: Floats, period: int, alpha: float, gamma: float) -> tuple[Floats, Floats, Floats]:
    """Run the smoothing through the past.

    Args:
        units: (series, periods).
        period: Periods of a season.
        alpha: Weight of the newest error in the level.
        gamma: Weight of it in the season.

    Returns:
        The level at the end; the season of the coming periods, (series, period); the one-step errors after two seasons.
    """
    warm = units[:, : 2 * period]
    level = warm.mean(axis=1)
    season = (warm[:, :period] + warm[:, period : 2 * period]) / 2 - level[:, None]
    errors = np.zeros_like(units)
    for column in range(units.shape[1]):
        place = column % period
        error = units[:, column] - level - season[:, place]
        level = level + alpha * error
        season[:, place] += gamma * error
        errors[:, column] = error
    return level, np.roll(season, -(units.shape[1] % period), axis=1), errors[:, 2 * period :]


def croston(units: Floats, steps: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Smooth the sizes of sales and the days between them apart; arguments and result as in `seasonal_naive`."""
    sold = units > 0
    times = np.maximum(sold.sum(axis=1), 1)
    size, interval = units.sum(axis=1) / times, units.shape[1] / times
    since = np.ones(len(units))
    for column in range(units.shape[1]):
        now = sold[:, column]
        size = np.where(now, size + CROSTON_WEIGHT * (units[:, column] - size), size)
        interval = np.where(now, interval + CROSTON_WEIGHT * (since - interval), interval)
        since = np.where(now, 1, since + 1)
    mean = np.repeat(((1 - CROSTON_WEIGHT / 2) * size / interval)[:, None], len(steps), axis=1)
    return mean, np.sqrt(mean)


def baseline_forecast(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """A baseline's forecast of hold-out rows, in the columns of the model's.

    Args:
        rows: Rows with the columns of `baseline_columns`.
        name: One of `NAMES`.
    """
    short = NAMES[name]
    mean, deviation = rows[f"{short}_m"].to_numpy(), rows[f"{short}_s"].to_numpy()
    if short == "croston":
        made = quantiles(np.maximum(mean, LEAST_MEAN), np.full(len(mean), SIZES[1]))
    else:
        made = normal_quantiles(mean, deviation)
    columns = dict(zip(QUANTILES, made.T, strict=True))
    return pl.DataFrame({"mean": mean, "standard_deviation": deviation, **columns})


def normal_quantiles(mean: Floats, deviation: Floats) -> Floats:
    """Quantiles of a normal distribution, cut at zero; (rows, levels)."""
    from scipy.special import ndtri

    made: Floats = np.maximum(mean[:, None] + deviation[:, None] * ndtri(np.asarray(LEVELS)), 0.0)
    return made
