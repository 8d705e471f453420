"""A tiny shop for the tests of models: three stores, a web shop and a warehouse, told as the mesh would tell it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl

from mesh_platform.lake import Lake, Pinned
from mesh_platform.ml import Making
from mesh_platform.settings import Settings

FIRST = date(2026, 1, 1)
DAYS = 98
STORES = ("S1", "S2", "S3")
PLACES = (*STORES, "web")
SKUS = tuple(f"P{n:02d}" for n in range(16))
WEEKDAYS = (0.7, 0.8, 0.9, 1.0, 1.3, 1.6, 0.7)
EMPTY_EVERY = 5
Rows = list[tuple[object, ...]]
Types = dict[str, type[pl.DataType] | pl.DataType]
PACK, LEAD_DAYS = 6, 5


class Told(Pinned):
    """Tables that are frames, so that no lake is needed."""

    def scan(
        self, table: str, *, columns: Collection[str] | None = None, days: Collection[date] | None = None
    ) -> pl.LazyFrame:
        rows = self.frames[table].lazy()
        return rows if columns is None else rows.select(list(columns))

    def days_of(self, table: str) -> list[date]:
        if table not in self.frames:
            return []
        partition = {"inventory.demand_forecast": "forecast_on"}.get(table, "day")
        return sorted({*self.frames[table][partition].to_list()})

    @property
    def days(self) -> list[date]:
        return self.days_of("inventory.stock_levels")


@dataclass(frozen=True)
class Shop:
    """What the mesh tells of the shop, and what is true of it."""

    tables: Told
    settings: Settings
    rates: dict[tuple[str, str], float]

    def making(self, days: frozenset[date] | None = None) -> Making:
        return Making(self.tables, days, until(self.tables.days[-1]), self.settings)

    def having(self, **frames: pl.DataFrame) -> "Shop":
        """The shop with other tables; `sales__daily_sales` is sales.daily_sales."""
        changed = {name.replace("__", "."): rows for name, rows in frames.items()}
        return replace(self, tables=replace(self.tables, frames={**self.tables.frames, **changed}))


def until(day: date) -> datetime:
    """Midnight after a day."""
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def make_shop(home: Path, days: int = DAYS, seed: int = 5) -> Shop:
    """Let customers come for so many days; stores are empty all day on every fifth day, in turn."""
    rng = np.random.default_rng(seed)
    rates = {(sku, place): float(rate) for sku, place, rate in _rates(rng)}
    sold: list[tuple[object, ...]] = []
    stock: list[tuple[object, ...]] = []
    lines: list[tuple[object, ...]] = []
    for number, ((sku, place), rate) in enumerate(rates.items()):
        for at in range(days):
            day = FIRST + timedelta(days=at)
            empty = place != "web" and (at + number) % EMPTY_EVERY == 0
            units = 0 if empty else int(rng.poisson(rate * WEEKDAYS[day.weekday()]))
            if units:
                sold.append((sku, place, day, units, Decimal(units * 10), Decimal(0)))
                lines.append((sku, place, day, units, until(day)))
            stock.append((sku, "W1" if place == "web" else place, day, 0 if empty else 40, 1440.0 if empty else 0.0))
    settings = Settings.load(home)
    told = Told(Lake.open(settings), {}, _frames(sold, stock, lines))
    return Shop(told, settings, rates)


def _rates(rng: np.random.Generator) -> list[tuple[str, str, float]]:
    likes = rng.gamma(2.0, 0.4, len(SKUS)) + 0.1
    return [
        (sku, place, like * size)
        for sku, like in zip(SKUS, likes, strict=True)
        for place, size in zip(PLACES, (0.8, 1.0, 1.4, 0.9), strict=True)
    ]


def _frames(sold: Rows, stock: Rows, lines: Rows) -> dict[str, pl.DataFrame]:
    money = pl.Decimal(18, 4)
    when = pl.Datetime("us", "UTC")
    told = datetime(2025, 12, 31, tzinfo=UTC)
    line: Types = {
        "sku": pl.String,
        "place": pl.String,
        "ordered_on": pl.Date,
        "quantity": pl.Int64,
        "ingested_at": when,
    }
    sale: Types = {
        "sku": pl.String,
        "location_id": pl.String,
        "sold_on": pl.Date,
        "units_sold": pl.Int64,
        "gross_amount": money,
        "discount_amount": money,
    }
    level: Types = {
        "sku": pl.String,
        "location_id": pl.String,
        "day": pl.Date,
        "on_hand": pl.Int64,
        "stock_out_minutes": pl.Float64,
    }
    channel = pl.when(place=pl.lit("web")).then(pl.lit("web")).otherwise(pl.lit("store"))
    products = pl.DataFrame({"sku": SKUS}).with_columns(
        category=pl.when(pl.col("sku") < "P08").then(pl.lit("food")).otherwise(pl.lit("toys")),
        cost=pl.lit(Decimal(6)).cast(money),
        list_price=pl.lit(Decimal(10)).cast(money),
        pack_size=pl.lit(PACK, pl.Int64),
        lead_time_days=pl.lit(LEAD_DAYS, pl.Int64),
    )
    moved: Types = {"location_id": pl.String, "kind": pl.String, "moved_at": when, "_day": pl.Date}
    return {
        "sales.daily_sales": pl.DataFrame(sold, schema=sale, orient="row"),
        "sales.order_lines": pl.DataFrame(lines, schema=line, orient="row").with_columns(
            channel=channel, store_id="place"
        ),
        "inventory.stock_levels": pl.DataFrame(stock, schema=level, orient="row").with_columns(
            received=pl.lit(0, pl.Int64), transferred=pl.lit(0, pl.Int64)
        ),
        "inventory.products": products,
        "inventory_raw.product_master": products.with_columns(changed_at=pl.lit(told), ingested_at=pl.lit(told)),
        "inventory_raw.locations": pl.DataFrame(
            {"location_id": [*STORES, "W1"], "kind": ["store"] * 3 + ["warehouse"], "changed_at": [told] * 4}
        ),
        "inventory_raw.stock_movements": pl.DataFrame(schema=moved),
        "marketing.campaigns": pl.DataFrame(schema={"starts_on": pl.Date, "ends_on": pl.Date}),
    }
