"""The demand forecast on the simulated world, against the truth: what customers wanted, whether it was there or not.

The training sees published data only; the truth is read to judge. Needs a finished `make run` of at least 84 days; the
home is the usual one (`MESH_HOME`).
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks.ml.table import Row
from mesh_inventory.ml.demand import examples
from mesh_inventory.ml.demand.baselines import NAMES, baseline_forecast
from mesh_inventory.ml.demand.design import HORIZON_DAYS
from mesh_inventory.ml.demand.distribution import interval_transform
from mesh_inventory.ml.demand.judge import judge
from mesh_inventory.ml.demand.panel import SERIES, WEB
from mesh_inventory.ml.demand.product import demand_features
from mesh_inventory.ml.demand.reading import TABLES
from mesh_inventory.ml.demand.recipe import RECIPE
from mesh_inventory.ml.order_policy import interval_variance, size_of
from mesh_platform.lake import Lake, Pinned
from mesh_platform.ml import Making
from mesh_platform.settings import Settings

Floats = npt.NDArray[np.float64]
SEED = 7
SUMMED_DAYS = 14
"""Days over which sums are judged: about what an order at a supplier must last for."""


class World(Pinned):
    """The lake's tables, and frames that stand for tables that are not published yet."""

    def scan(
        self, table: str, *, columns: Collection[str] | None = None, days: Collection[date] | None = None
    ) -> pl.LazyFrame:
        """The rows of a table or frame."""
        if table not in self.frames:
            return Pinned.scan(self, table, columns=columns, days=days)
        rows = self.frames[table].lazy()
        return rows if columns is None else rows.select(list(columns))


def measure(data: Path) -> list[Row]:
    """Hold out the last 28 days, and judge by the truth of those days."""
    began = time.perf_counter()
    world = open_world(("inventory.products",))
    as_of = world.known_until
    found = RECIPE.examples(world, as_of)
    fitted = RECIPE.fit(found, SEED)
    rows = true_rows(world, as_of.date())
    forecast = RECIPE.predict(fitted, rows)
    figures = {"ours": judge(rows, forecast)}
    figures |= {name: judge(rows, baseline_forecast(rows, name)) for name in NAMES}
    ours, seconds = figures["ours"], time.perf_counter() - began
    task, protocol = "simulated demand, sku x location x day", "last 28 days, against unconstrained demand"
    accuracy = [
        Row(
            task,
            protocol,
            name,
            "; ".join(f"{who} {figures[who][name]:.4f}" for who in NAMES),
            f"{ours[name]:.4f}",
            seconds,
        )
        for name in ("pinball loss", "RMSSE", "WAPE", "bias", "WAPE of series", "WAPE of totals")
    ]
    return [*accuracy, *calibration(task, protocol, rows, forecast, seconds)]


def calibration(task: str, protocol: str, rows: pl.DataFrame, forecast: pl.DataFrame, seconds: float) -> list[Row]:
    """How often intervals cover: as published in whole pieces, exactly (randomised), and of sums over days."""
    units = rows["units"].to_numpy().astype(np.float64)
    figures = judge(rows, forecast)
    mean, variance = forecast["mean"].to_numpy(), forecast["standard_deviation"].to_numpy() ** 2
    days = inside(interval_transform(units, mean, size_of(mean, variance), SEED))
    total, summed, spread = sums(rows, mean, variance)
    weeks = inside(interval_transform(total, summed, size_of(summed, spread), SEED))
    whole = f"{figures['coverage of 80%']:.1%} / {figures['coverage of 90%']:.1%}"
    return [
        Row(task, protocol, "coverage of 80% / 90% intervals, whole pieces", "at least 80% / 90%", whole, seconds),
        Row(task, protocol, "the same, randomised to be exact", "80% / 90%", days, seconds),
        Row(task, protocol, f"the same, sums of {SUMMED_DAYS} days, randomised", "80% / 90%", weeks, seconds),
    ]


def inside(transform: Floats) -> str:
    """The share of outcomes within the central 80% and 90%."""
    shares = [float(np.mean(np.abs(transform - 0.5) <= level / 2)) for level in (0.8, 0.9)]
    return " / ".join(f"{share:.1%}" for share in shares)


def sums(rows: pl.DataFrame, mean: Floats, variance: Floats) -> tuple[Floats, Floats, Floats]:
    """Demand, mean and variance of the first days of each series, as the replenishment adds them up."""
    total = (
        rows.select(*SERIES, "horizon_days", pl.col("units").cast(pl.Float64))
        .with_columns(mean=pl.Series(mean), variance=pl.Series(variance))
        .filter(pl.col("horizon_days") <= SUMMED_DAYS)
        .group_by(SERIES, maintain_order=True)
        .agg(pl.sum("units", "mean", "variance"))
    )
    units, summed, spread = (total[name].to_numpy() for name in ("units", "mean", "variance"))
    return units, summed, interval_variance(summed, spread, summed / SUMMED_DAYS, 0.0)


def open_world(more: tuple[str, ...] = ()) -> World:
    """Open the simulated world; features are made where they are not published."""
    settings = Settings.load()
    lake = Lake.open(settings)
    pinned = Pinned.current(lake, sorted({*TABLES, *more}), settings.memory_mb)
    world = World(pinned.lake, pinned.snapshots, memory_mb=pinned.memory_mb)
    made = demand_features(Making(world, None, world.known_until, settings))
    return replace(world, frames={examples.TABLE: made})


def truth() -> pl.DataFrame:
    """What was wanted, by sku, place and day; the web's demand stands at its warehouse."""
    return pl.read_parquet(Settings.load().truth / "demand" / "*.parquet")


def true_rows(world: World, until: date) -> pl.DataFrame:
    """Hold-out rows of all series and days, also those without stock, with the truth as their outcome."""
    days = [day for day in examples.days_of(world) if day < until]
    cut = days[-1] - timedelta(days=HORIZON_DAYS)
    outcome = examples.read(world, days, ())
    rows = examples.horizon_rows(world, outcome, cut)
    warehouses = world.scan("inventory_raw.locations").filter(kind="warehouse").collect()["location_id"].unique()
    wanted = truth().with_columns(pl.col("location_id").replace(dict.fromkeys(warehouses, WEB)))
    true = rows.drop("units").join(wanted, on=[*SERIES, "day"], how="left", maintain_order="left")
    return examples.with_scale(true.with_columns(units=pl.col("demanded").fill_null(0)), outcome, cut)
