"""Online Retail: weekly demand of the 500 best sellers, by the inventory domain's own forecast.

The days of the file go through the domain's features, design and trees as those of the mesh do; daily forecasts are
added up to weeks. The items, the trees, and shape and width of the weeks' intervals are chosen before the hold-out.
The last eight full weeks are held out, in two forecasts of four weeks each; the second knows the first four weeks.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks.ml.table import Row
from mesh_inventory.ml.demand import model
from mesh_inventory.ml.demand.baselines import normal_quantiles, seasonal_naive, smoothing
from mesh_inventory.ml.demand.design import HORIZON_DAYS, ahead_of, design
from mesh_inventory.ml.demand.distribution import LEVELS, QUANTILES, fit_size, quantiles, sizes
from mesh_inventory.ml.demand.examples import FIRST_ORIGIN, OUTCOME, pairs
from mesh_inventory.ml.demand.history import features
from mesh_inventory.ml.demand.judge import pinball
from mesh_inventory.ml.demand.panel import SERIES, Panel, scatter

Floats = npt.NDArray[np.float64]
ITEMS = 500
WEEK = 7
BLOCK = HORIZON_DAYS // WEEK
BLOCKS = 2
LAST_FULL_WEEK_ENDS = date(2011, 12, 4)
"""The file ends on a Friday; its last, shorter week is left out."""
MOVING_WEEKS = 8
SEED = 7


@dataclass(frozen=True)
class Forecast:
    """Weekly forecasts; (items, weeks) and (items, weeks, levels)."""

    mean: Floats
    levels: Floats


def measure(data: Path) -> list[Row]:
    """Hold out the last eight weeks."""
    began = time.perf_counter()
    cut = LAST_FULL_WEEK_ENDS - timedelta(days=BLOCKS * HORIZON_DAYS)
    panel = read(data / "uci-online-retail" / "online_retail.parquet", cut)
    rows = features(panel, panel.days)
    fitted = model.fit(training(rows, panel.first_day, cut), SEED)
    spread = width(panel, rows, cut)
    origins = [cut + timedelta(days=HORIZON_DAYS * n) for n in range(BLOCKS)]
    truth = np.concatenate([actual(panel, origin) for origin in origins], axis=1)
    past = weekly(panel, cut)
    scale = np.maximum((np.diff(past, axis=1) ** 2).mean(axis=1), 1.0)
    made = {"ours": [ours(fitted, spread, rows, weekly(panel, origin), origin) for origin in origins]}
    for name in ("seasonal naive", "moving average", "ETS"):
        made[name] = [baseline(name, weekly(panel, origin)) for origin in origins]
    figures = {name: judged(truth, scale, blocks) for name, blocks in made.items()}
    best = min(figures[name][2] for name in made if name != "ours")
    return [
        Row(
            f"Online Retail, weekly demand of {ITEMS} items",
            "last 8 full weeks held out, forecast 4 weeks at a time",
            "RMSSE / WAPE / pinball loss",
            "; ".join(f"{name} {told(figures[name])}" for name in made if name != "ours"),
            f"{told(figures['ours'])} (pinball loss {figures['ours'][2] / best - 1:+.1%} against the best of them); "
            f"90% interval covers {covered(truth, made['ours']):.1%}",
            time.perf_counter() - began,
        )
    ]


def told(figures: tuple[float, float, float]) -> str:
    """Write RMSSE, WAPE and pinball loss."""
    return "{:.3f} / {:.3f} / {:.2f}".format(*figures)


def read(file: Path, cut: date) -> Panel:
    """Read the file as a panel with one location; the items that sold most money up to `cut`."""
    lines = (
        pl.read_parquet(file)
        .filter(
            pl.col("Quantity") > 0,
            pl.col("UnitPrice") > 0,
            pl.col("StockCode").str.contains(r"^\d{5}"),
            ~pl.col("InvoiceNo").str.starts_with("C"),
        )
        .with_columns(day=pl.col("InvoiceDate").dt.date(), amount=pl.col("Quantity") * pl.col("UnitPrice"))
        .filter(pl.col("day") <= LAST_FULL_WEEK_ENDS)
    )
    best = (
        lines.filter(pl.col("day") <= cut)
        .group_by("StockCode")
        .agg(pl.sum("amount"))
        .sort("amount", "StockCode", descending=True)
    )
    chosen = best["StockCode"].head(ITEMS).sort()
    days = (
        lines.filter(pl.col("StockCode").is_in(chosen.to_list()))
        .group_by(pl.col("StockCode").alias("sku"), "day")
        .agg(pl.sum("Quantity").alias("units"), pl.sum("amount"), pl.max("UnitPrice"))
    )
    first = min(days["day"].unique().to_list())
    first += timedelta(days=-first.weekday() % WEEK)
    count = (LAST_FULL_WEEK_ENDS - first).days + 1
    skus = pl.DataFrame({"sku": chosen})
    units = scatter(days, "units", skus, first, count)
    price = scatter(days, "UnitPrice", skus, first, count)
    known = np.where(price > 0, price, np.nan).astype(np.float32)
    asked = pl.DataFrame(known.T).select(pl.all().fill_nan(None).forward_fill()).to_numpy().T.astype(np.float32)
    series = skus.with_columns(location_id=pl.lit("web"), category=pl.lit("all"))
    begun = np.maximum.accumulate(units > 0, axis=1).astype(np.float32)
    return Panel(
        series.select(*SERIES, "category"),
        first,
        units,
        begun,
        np.full(units.shape, np.nan, np.float32),
        scatter(days, "amount", skus, first, count),
        np.zeros(units.shape, np.float32),
        asked,
        [],
    )


def training(rows: pl.DataFrame, first: date, cut: date) -> pl.DataFrame:
    """Examples as the recipe collects them, from the days up to `cut`."""
    known = rows.filter(pl.col("day") <= cut)
    origins = [first + timedelta(days=n) for n in range(FIRST_ORIGIN, (cut - first).days)]
    return design(pairs(known.filter(pl.col("day").is_in(origins)), known.select(*SERIES, "day", *OUTCOME), cut))


def weekly(panel: Panel, until: date) -> Floats:
    """Demand by item and week up to a Sunday."""
    days = panel.column(until) + 1
    made: Floats = panel.units[:, :days].reshape(len(panel.units), -1, WEEK).sum(axis=2).astype(np.float64)
    return made


def actual(panel: Panel, origin: date) -> Floats:
    """Demand of the four weeks after a Sunday."""
    made: Floats = weekly(panel, origin + timedelta(days=HORIZON_DAYS))[:, -BLOCK:]
    return made


def expected(fitted: model.Fitted, rows: pl.DataFrame, origin: date, items: int) -> Floats:
    """The forecast means of the four weeks after a Sunday; items that never sold before have none."""
    known = rows.filter(pl.col("day") == origin)
    ahead = design(ahead_of(known.drop(OUTCOME)))
    skus = pl.DataFrame({"sku": rows["sku"].unique().sort()})
    daily = ahead.select("sku", "day").with_columns(mean=model.predict(fitted, ahead)["mean"])
    made = scatter(daily, "mean", skus, origin + timedelta(days=1), HORIZON_DAYS)
    weeks: Floats = made.reshape(items, BLOCK, WEEK).sum(axis=2).astype(np.float64)
    return np.maximum(weeks, model.LEAST_MEAN)


@dataclass(frozen=True)
class Width:
    """How wide weeks are around their mean: one of two shapes, whichever did better before the hold-out.

    Args:
        spread: Coefficients of the negative binomial's size.
        residuals: Quantiles of the errors over the item's recent deviation.
        counted: Whether the negative binomial is used.
    """

    spread: Floats
    residuals: Floats
    counted: bool

    def around(self, mean: Floats, past: Floats) -> Floats:
        """The quantiles of weeks; (items, weeks, levels)."""
        if self.counted:
            made = quantiles(mean.ravel(), sizes(terms(mean, past), self.spread)).reshape(*mean.shape, len(LEVELS))
        else:
            made = np.maximum(mean[..., None] + unsteadiness(past)[:, None, None] * self.residuals, 0.0)
        return np.asarray(made)


def unsteadiness(past: Floats) -> Floats:
    """The deviation of each item's recent weeks."""
    made: Floats = past[:, -2 * MOVING_WEEKS :].std(axis=1) + 1
    return made


def terms(mean: Floats, past: Floats) -> Floats:
    """What the size of a week's distribution depends on: one, log mean, log weeks ahead, how unsteady the item was."""
    ahead = np.broadcast_to(np.arange(1, BLOCK + 1), mean.shape).ravel()
    unsteady = np.log(unsteadiness(past) / (past[:, -2 * MOVING_WEEKS :].mean(axis=1) + 1))
    columns = [np.ones(mean.size), np.log(mean).ravel(), np.log(ahead), np.repeat(unsteady, BLOCK)]
    return np.column_stack(columns)


def width(panel: Panel, rows: pl.DataFrame, cut: date) -> Width:
    """Fit both shapes on the four weeks before the hold-out, forecast by trees that have not seen them."""
    before = cut - timedelta(days=HORIZON_DAYS)
    early = model.fit(training(rows, panel.first_day, before), SEED)
    mean, past = expected(early, rows, before, len(panel.units)), weekly(panel, before)
    truth = actual(panel, before)
    spread = fit_size(truth.ravel(), mean.ravel(), terms(mean, past))
    residuals = np.quantile((truth - mean) / unsteadiness(past)[:, None], LEVELS)
    scale = np.ones(len(truth))
    losses = [
        judged(truth, scale, [Forecast(mean, Width(spread, residuals, counted).around(mean, past))])[2]
        for counted in (True, False)
    ]
    return Width(spread, residuals, losses[0] <= losses[1])


def ours(fitted: model.Fitted, spread: Width, rows: pl.DataFrame, past: Floats, origin: date) -> Forecast:
    """Forecast four weeks from a Sunday on."""
    mean = expected(fitted, rows, origin, rows["sku"].n_unique())
    return Forecast(mean, spread.around(mean, past))


def baseline(name: str, past: Floats) -> Forecast:
    """Forecast four weeks from the weeks before; normal intervals, cut at zero."""
    steps = np.arange(1, BLOCK + 1)
    if name == "moving average":
        mean = np.repeat(past[:, -MOVING_WEEKS:].mean(axis=1, keepdims=True), BLOCK, axis=1)
        deviation = np.repeat(past[:, -2 * MOVING_WEEKS :].std(axis=1, keepdims=True), BLOCK, axis=1)
    else:
        # a year of weeks holds no yearly season: the season is one week long
        mean, deviation = (seasonal_naive if name == "seasonal naive" else smoothing)(past, 1, steps)
    made = normal_quantiles(mean.ravel(), np.asarray(deviation).ravel())
    return Forecast(mean, made.reshape(*mean.shape, len(LEVELS)))


def judged(truth: Floats, scale: Floats, blocks: list[Forecast]) -> tuple[float, float, float]:
    """RMSSE, WAPE and pinball loss of the blocks together."""
    mean = np.concatenate([block.mean for block in blocks], axis=1)
    made = np.concatenate([block.levels for block in blocks], axis=1).reshape(-1, len(LEVELS))
    table = pl.DataFrame(dict(zip(QUANTILES, made.T, strict=True)))
    rmsse = float(np.sqrt(((truth - mean) ** 2).mean(axis=1) / scale).mean())
    return rmsse, float(np.abs(truth - mean).sum() / truth.sum()), float(pinball(truth.ravel(), table).mean())


def covered(truth: Floats, blocks: list[Forecast]) -> float:
    """The share of weeks within the 90% interval."""
    made = np.concatenate([block.levels for block in blocks], axis=1)
    return float(np.mean((truth >= made[..., 0]) & (truth <= made[..., -1])))
