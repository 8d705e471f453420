"""What a planner looks at before trusting a forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from mesh_inventory.ml.demand.distribution import LEVELS, QUANTILES, interval_transform
from mesh_inventory.ml.demand.model import LEAST_MEAN, Fitted, importance
from mesh_inventory.ml.demand.panel import SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = 3
MOST_IMPORTANT = 15


def draw(fitted: Fitted, holdout: pl.DataFrame, forecast: pl.DataFrame) -> dict[str, Figure]:
    """Draw forecast against actual (total and some series), calibration, importance."""
    rows = holdout.select(*SERIES, "day", "units").hstack(forecast)
    return {
        "forecast against actual": _against_actual(rows),
        "calibration": _calibration(rows),
        "importance": _importance(fitted),
    }


def _figure(rows: int, columns: int, width: float = 9, height: float = 4) -> tuple[Figure, list[Axes]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height * rows), layout="constrained")
    return figure, [figure.add_subplot(rows, columns, place + 1) for place in range(rows * columns)]


def _against_actual(rows: pl.DataFrame) -> Figure:
    """The total of what is judged, then the best sellers of three sizes."""
    figure, axes = _figure(SHOWN + 1, 1, height=2.4)
    total = rows.group_by("day").agg(pl.sum("units", "mean")).sort("day")
    axes[0].plot(total["day"], total["units"], "k.-", label="sold")
    axes[0].plot(total["day"], total["mean"], label="forecast")
    axes[0].set(title="all well-stocked series", ylabel="pieces")
    axes[0].legend()
    by_size = rows.group_by(SERIES).agg(pl.sum("units"), pl.len()).filter(pl.col("len") == pl.col("len").max())
    ranked = by_size.sort("units", *SERIES, descending=True)
    for axis, place in zip(axes[1:], (0, len(ranked) // 20, len(ranked) // 4), strict=True):
        sku, location = ranked.select(SERIES).row(min(place, len(ranked) - 1))
        one = rows.filter(sku=sku, location_id=location).sort("day")
        axis.fill_between(one["day"], one["q05"], one["q95"], alpha=0.2, step="mid", label="90%")
        axis.plot(one["day"], one["units"], "k.", label="sold")
        axis.plot(one["day"], one["mean"], label="forecast")
        axis.set(title=f"{sku} at {location}", ylabel="pieces")
    return figure


def _calibration(rows: pl.DataFrame) -> Figure:
    """How often outcomes stay below each quantile, and the probability integral transform."""
    figure, axes = _figure(1, 2)
    units = rows["units"].to_numpy().astype(np.float64)
    found = [float(np.mean(units <= rows[name].to_numpy())) for name in QUANTILES]
    axes[0].plot([0, 1], [0, 1], "k:")
    axes[0].plot(LEVELS, found, "o-")
    axes[0].set(title="outcomes up to the quantile", xlabel="promised", ylabel="found (whole pieces: at least)")
    mean, deviation = rows["mean"].to_numpy(), rows["standard_deviation"].to_numpy()
    size = mean**2 / np.maximum(deviation**2 - mean, LEAST_MEAN**2)
    axes[1].hist(interval_transform(units, mean, size, seed=0), bins=20, density=True)
    axes[1].axhline(1, color="k", linestyle=":")
    axes[1].set(title="probability integral transform", xlabel="even where calibrated")
    return figure


def _importance(fitted: Fitted) -> Figure:
    figure, axes = _figure(1, 1)
    best = sorted(importance(fitted).items(), key=lambda one: one[1])[-MOST_IMPORTANT:]
    axes[0].barh([name for name, _ in best], [gain for _, gain in best])
    axes[0].set(title="share of the gain")
    return figure
