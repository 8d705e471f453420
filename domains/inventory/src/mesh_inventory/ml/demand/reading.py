"""Reads the published tables into a panel: sales, stock, products, campaigns, and the hours in which places sell."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_inventory.ml.demand.censoring import HOURS, PROFILE_DAYS, selling_profile, served_share
from mesh_inventory.ml.demand.panel import NOWHERE, SERIES, WEB, Matrix, Panel, scatter
from mesh_platform.errors import TooFewExamples

if TYPE_CHECKING:
    from mesh_platform.lake import Pinned

TABLES = (
    "sales.daily_sales",
    "sales.order_lines",
    "inventory.stock_levels",
    "inventory_raw.product_master",
    "inventory_raw.locations",
    "inventory_raw.stock_movements",
    "marketing.campaigns",
)


def read_panel(tables: Pinned, first_day: date, last_day: date) -> Panel:
    """Read the days into a panel.

    Args:
        tables: Holds `TABLES`.
        first_day: The first day, of which nothing earlier is looked at.
        last_day: The last day.

    Raises:
        TooFewExamples: Where nothing was sold or held in those days.
    """
    span = [first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)]
    sold = known_sales(tables, span)
    stock = stock_by_place(tables, span)
    series = _series(tables, sold, stock)
    if series.is_empty():
        raise TooFewExamples(
            f"no sales and no stock from {first_day} to {last_day} (rule: at least one series); ingest those days first"
        )
    keys, skus = series.select(SERIES), series.select("sku").unique().sort("sku")
    units = scatter(sold, "units", keys, first_day, len(span))
    money = sold.group_by("sku", "day").agg(pl.sum("gross", "discount"))
    held = scatter(stock.with_columns(known=1.0), "known", keys, first_day, len(span)) > 0
    on_hand = scatter(stock, "on_hand", keys, first_day, len(span))
    return Panel(
        series,
        first_day,
        units,
        _served(tables, stock, series, units, span),
        np.where(held, on_hand + units, np.float32(np.nan)),
        scatter(money, "gross", skus, first_day, len(span)),
        scatter(money, "discount", skus, first_day, len(span)),
        _list_prices(tables, skus, span),
        campaign_days(tables),
    )


def known_sales(tables: Pinned, span: list[date]) -> pl.DataFrame:
    """Pieces and amounts sold by sku, location and day, as known when the day ended.

    Sales publishes a day's totals without saying when they were known; its order lines do: what came late is taken off.
    """
    late = (
        tables.scan(
            "sales.order_lines",
            columns=["ordered_on", "channel", "store_id", "sku", "quantity", "ingested_at"],
            days=span,
        )
        .filter(pl.col("quantity") > 0, pl.col("ingested_at").dt.date() > pl.col("ordered_on").dt.offset_by("1d"))
        .select(
            "sku",
            location_id=pl.when(channel=pl.lit(WEB)).then(pl.lit(WEB)).otherwise(pl.col("store_id").fill_null(NOWHERE)),
            day="ordered_on",
            late="quantity",
        )
        .group_by([*SERIES, "day"])
        .agg(pl.sum("late"))
    )
    columns = [*SERIES, "sold_on", "units_sold", "gross_amount", "discount_amount"]
    return (
        tables.scan("sales.daily_sales", columns=columns, days=span)
        .filter(pl.col("location_id") != NOWHERE)
        .rename({"sold_on": "day"})
        .join(late, on=[*SERIES, "day"], how="left")
        .with_columns(
            units=(pl.col("units_sold") - pl.col("late").fill_null(0)).clip(0),
            gross=pl.col("gross_amount").cast(pl.Float64).clip(0),
            discount=pl.col("discount_amount").cast(pl.Float64),
        )
        .filter(pl.col("units") > 0)
        .select(*SERIES, "day", "units", "gross", "discount")
        .collect()
    )


def stock_by_place(tables: Pinned, span: list[date]) -> pl.DataFrame:
    """Stock at each place that sells: the web has what its warehouses have, and is out where all of them are."""
    warehouses = tables.scan("inventory_raw.locations").filter(kind="warehouse").collect()["location_id"].unique()
    columns = [*SERIES, "day", "on_hand", "stock_out_minutes"]
    place = pl.when(pl.col("location_id").is_in(warehouses.to_list())).then(pl.lit(WEB)).otherwise("location_id")
    return (
        tables.scan("inventory.stock_levels", columns=columns, days=span)
        .group_by("sku", place.alias("location_id"), "day")
        .agg(pl.sum("on_hand"), pl.min("stock_out_minutes"))
        .collect()
    )


def campaign_days(tables: Pinned) -> list[tuple[date, date]]:
    """First and last day of each campaign."""
    return sorted(tables.scan("marketing.campaigns", columns=["starts_on", "ends_on"]).collect().rows())


def _series(tables: Pinned, sold: pl.DataFrame, stock: pl.DataFrame) -> pl.DataFrame:
    """Every sku at every location that sold or held it, with what the product master says."""
    versions = tables.scan("inventory_raw.product_master", columns=["sku", "changed_at", "category"]).collect()
    products = versions.group_by("sku").agg(pl.col("category").sort_by("changed_at").last())
    return (
        pl.concat([sold.select(SERIES), stock.select(SERIES)])
        .unique()
        .join(products, on="sku", how="left")
        .with_columns(pl.col("category").fill_null(""))
        .sort(SERIES)
    )


def _list_prices(tables: Pinned, skus: pl.DataFrame, span: list[date]) -> Matrix:
    """Each sku's list price at the end of each day, as the master had told it by then; (skus, days)."""
    told = (
        tables.scan("inventory_raw.product_master", columns=["sku", "changed_at", "list_price", "ingested_at"])
        .filter(pl.col("list_price").is_not_null())
        .select(
            "sku",
            day=pl.max_horizontal("changed_at", pl.col("ingested_at").dt.offset_by("-1us")).dt.date(),
            price=pl.col("list_price").cast(pl.Float32),
        )
        .sort("day", maintain_order=True)
        .collect()
    )
    asked = pl.DataFrame({"day": pl.Series(span, dtype=pl.Date)}).join(skus.with_row_index("row"), how="cross")
    found = asked.sort("day").join_asof(told, on="day", by="sku", check_sortedness=False).sort("row", "day")
    prices: Matrix = found["price"].to_numpy().reshape(len(skus), len(span))
    return prices


def _served(tables: Pinned, stock: pl.DataFrame, series: pl.DataFrame, units: Matrix, span: list[date]) -> Matrix:
    """The share served of every cell; a day without a word about stock counts as served once the series has begun."""
    keys = series.select(SERIES)
    known = scatter(stock.with_columns(known=1.0), "known", keys, span[0], len(span)) > 0
    out = scatter(stock, "stock_out_minutes", keys, span[0], len(span)).astype(np.float64)
    on_hand = scatter(stock, "on_hand", keys, span[0], len(span))
    profile = selling_profile(_sales_by_hour(tables, span), PROFILE_DAYS)
    begun = np.maximum.accumulate(known | (units > 0), axis=1)
    served = begun.astype(np.float32)
    row, column = np.nonzero(known & (out > 0))
    kind = (series["location_id"] == WEB).to_numpy().astype(np.int64)[row]
    served[row, column] = served_share(
        out[row, column], on_hand[row, column] <= 0, units[row, column].astype(np.float64), profile[kind, column]
    )
    return served


def _sales_by_hour(tables: Pinned, span: list[date]) -> npt.NDArray[np.float64]:
    """Sales by kind of place (stores, the web), day and hour, from the ledger; (2, days, 24)."""
    warehouses = tables.scan("inventory_raw.locations").filter(kind="warehouse").collect()["location_id"].unique()
    counted = (
        tables.scan("inventory_raw.stock_movements", days=span)
        .filter(pl.col("kind") == "sale")
        .group_by(
            web=pl.col("location_id").is_in(warehouses.to_list()).cast(pl.Int64),
            day=(pl.col("_day") - pl.lit(span[0])).dt.total_days(),
            hour=pl.col("moved_at").dt.hour().cast(pl.Int64),
        )
        .len()
        .filter(pl.col("day").is_between(0, len(span) - 1))
        .collect()
    )
    hours = np.zeros((2, len(span), HOURS))
    hours[counted["web"].to_numpy(), counted["day"].to_numpy(), counted["hour"].to_numpy()] = counted["len"].to_numpy()
    return hours
