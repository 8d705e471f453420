"""How good forecasts are: pinball loss, scaled and weighted errors, bias, and whether intervals cover."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_inventory.ml.demand.distribution import LEVELS, QUANTILES
from mesh_inventory.ml.demand.panel import SERIES

Floats = npt.NDArray[np.float64]


def pinball(units: Floats, forecast: pl.DataFrame) -> Floats:
    """The pinball loss of each row, averaged over the quantiles, in pieces.

    Source: Koenker and Bassett, 1978; the loss of the M5 competition's uncertainty track, unscaled.
    """
    total = np.zeros(len(units))
    for level, name in zip(LEVELS, QUANTILES, strict=True):
        short = units - forecast[name].to_numpy()
        total += np.maximum(level * short, (level - 1) * short)
    return total / len(LEVELS)


def weighted_pinball(rows: pl.DataFrame, forecast: pl.DataFrame, weight: Floats) -> float:
    """The mean pinball loss, each row counted `weight` times."""
    return float(np.average(pinball(rows["units"].to_numpy().astype(np.float64), forecast), weights=weight))


def judge(rows: pl.DataFrame, forecast: pl.DataFrame) -> dict[str, float]:
    """All figures of a forecast.

    Args:
        rows: Keys, units, scale.
        forecast: mean and quantiles of the same rows.

    Returns:
        pinball loss; RMSSE over series (Hyndman and Koehler, 2006); WAPE; bias as a share of what was sold; coverage of
        the 80% and 90% intervals; and WAPE of the totals by location and day, where single customers average out.
    """
    units, mean = rows["units"].to_numpy().astype(np.float64), forecast["mean"].to_numpy()
    sold = max(float(units.sum()), 1e-9)
    return {
        "pinball loss": float(pinball(units, forecast).mean()),
        "RMSSE": rmsse(rows, mean),
        "WAPE": float(np.abs(units - mean).sum() / sold),
        "bias": float((mean - units).sum() / sold),
        "coverage of 80%": coverage(units, forecast, "q10", "q90"),
        "coverage of 90%": coverage(units, forecast, "q05", "q95"),
        "WAPE of totals": wape_of_totals(rows, mean, ["location_id", "day"]),
        "WAPE of series": wape_of_totals(rows, mean, SERIES),
    }


def rmsse(rows: pl.DataFrame, mean: Floats) -> float:
    """Root mean squared error of each series over its usual daily change, averaged over series."""
    scaled = (
        rows.select(*SERIES, "scale")
        .with_columns(error=pl.Series((rows["units"].to_numpy() - mean) ** 2))
        .group_by(SERIES)
        .agg((pl.col("error").mean() / pl.col("scale").first()).sqrt().alias("value"))
    )
    return float(np.mean(np.sort(scaled["value"].to_numpy())))


def coverage(units: Floats, forecast: pl.DataFrame, low: str, high: str) -> float:
    """The share of rows between two quantiles, both included."""
    return float(np.mean((units >= forecast[low].to_numpy()) & (units <= forecast[high].to_numpy())))


def wape_of_totals(rows: pl.DataFrame, mean: Floats, group: list[str]) -> float:
    """Weighted absolute percentage error of sums over groups of rows."""
    sums = (
        rows.select(*group, pl.col("units").cast(pl.Float64))
        .with_columns(mean=pl.Series(mean))
        .group_by(group, maintain_order=True)
        .agg(pl.sum("units", "mean"))
    )
    units, forecast = sums["units"].to_numpy(), sums["mean"].to_numpy()
    return float(np.abs(units - forecast).sum() / max(float(units.sum()), 1e-9))
