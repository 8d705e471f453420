"""dunnhumby, The Complete Journey: two years of a grocer's baskets, with its products, households and campaigns.

What the retailer received (sales_value) is what a line brings in. The shelf price is that plus what the loyalty card
and matched coupons took off; a manufacturer's coupon (coupon_disc) is paid back to the retailer and takes nothing off.
"""

from datetime import datetime
from pathlib import Path
from typing import Final

import polars as pl

from mesh_platform.ingest.adapters.interface import Feed, Mapped
from mesh_platform.ingest.adapters.tables import (
    PROFILE_NOTE,
    find_file,
    order_lines,
    priced,
    products,
    profiles,
    read_table,
    ticks,
)

TRANSACTIONS: Final = {
    "household_id": pl.String(),
    "store_id": pl.String(),
    "basket_id": pl.String(),
    "product_id": pl.String(),
    "quantity": pl.Float64(),
    "sales_value": pl.Float64(),
    "retail_disc": pl.Float64(),
    "coupon_disc": pl.Float64(),
    "coupon_match_disc": pl.Float64(),
    "transaction_timestamp": pl.Float64(),
}
PRODUCTS: Final = dict.fromkeys(
    ("product_id", "manufacturer_id", "department", "brand", "product_category", "product_type"), pl.String()
)
DESCRIPTIONS: Final = {
    "campaign_id": pl.String(),
    "campaign_type": pl.String(),
    "start_date": pl.Float64(),
    "end_date": pl.Float64(),
}
HOUSEHOLDS: Final = {"household_id": pl.String()}
AUDIENCE: Final = {"campaign_id": pl.String(), **HOUSEHOLDS}
NOTES: Final = (
    "times have no zone in the export and are read as UTC; amounts are USD, households are in the US",
    "net of a line is its sales_value to the cent; the unit price is rounded up, the discount takes that off again",
    "coupon_disc is left out: manufacturers pay it back to the retailer",
    "campaigns were mailed: their channel is 'email', the nearest one; their budget is not in the export: 0",
    "everybody addressed is 'treated': the export has no hold-out",
    "household_id is the customer; a household without a purchase in the export is known from its start",
    "coupons, redemptions, displays and mailers are left out: they tell no percentage off; package sizes are free text",
    PROFILE_NOTE,
    "no stock, locations, web events, sensors, posts or fraud reports",
)


def read(path: Path) -> Mapped:
    """Map the export; see `adapt`."""
    transactions = find_file(path, ("transactions.parquet", "transactions_sample.parquet"))
    folder = transactions.parent
    rows = _timed(read_table(transactions, TRANSACTIONS))
    goods = read_table(find_file(folder, ("products.parquet",)), PRODUCTS)
    campaigns = _dated(read_table(find_file(folder, ("campaign_descriptions.parquet",)), DESCRIPTIONS))
    audience = read_table(find_file(folder, ("campaigns.parquet",)), AUDIENCE)
    households = read_table(find_file(folder, ("demographics.parquet",)), HOUSEHOLDS)
    read_rows = {
        "transactions": rows.height,
        "products": goods.height,
        "campaign_descriptions": campaigns.height,
        "campaigns": audience.height,
        "demographics": households.height,
    }
    return Mapped(read_rows, _feeds(rows, goods, campaigns, audience, households), NOTES)


def _feeds(
    rows: pl.DataFrame, goods: pl.DataFrame, campaigns: pl.DataFrame, audience: pl.DataFrame, households: pl.DataFrame
) -> tuple[Feed, ...]:
    begin = rows.select(pl.col("at").min().dt.truncate("1d")).item()
    everybody = pl.concat([rows.select("household_id"), audience.select("household_id"), households]).unique()
    return (
        Feed("sales", "order_lines", _lines(rows)),
        Feed("inventory", "product_master", _products(goods, begin)),
        Feed("customers", "profiles", _profiles(everybody, rows, begin)),
        Feed("marketing", "campaigns", _campaigns(campaigns)),
        Feed("marketing", "campaign_audience", _audience(audience, campaigns)),
    )


def _timed(rows: pl.DataFrame) -> pl.DataFrame:
    microseconds = (pl.col("transaction_timestamp") * 1_000_000).round().cast(pl.Int64)
    return rows.with_columns(at=microseconds.cast(pl.Datetime("us")))


def _dated(campaigns: pl.DataFrame) -> pl.DataFrame:
    """Turn days since 1970 into dates."""
    return campaigns.with_columns(pl.col("start_date", "end_date").cast(pl.Int32).cast(pl.Date))


def _lines(rows: pl.DataFrame) -> pl.DataFrame:
    pieces = pl.col("quantity").cast(pl.Int64)
    off = ticks(pl.col("retail_disc")) + ticks(pl.col("coupon_match_disc"))
    return order_lines(
        rows,
        "at",
        order_id=pl.col("basket_id"),
        line_no=pl.int_range(1, pl.len() + 1).over("basket_id"),
        channel=pl.lit("store"),
        store_id=pl.col("store_id"),
        customer_id=pl.col("household_id"),
        sku=pl.col("product_id"),
        quantity=pieces,
        payment_method=pl.lit("unknown"),
        currency=pl.lit("USD"),
        **priced(ticks(pl.col("sales_value")), off, pieces),
    )


def _products(goods: pl.DataFrame, begin: datetime) -> pl.DataFrame:
    known = goods.select(
        sku="product_id",
        changed_at=pl.lit(begin, pl.Datetime("us")),
        name=pl.coalesce("product_type", "product_category", "department"),
        category=pl.coalesce("product_category", "department"),
        brand="brand",
        supplier_id="manufacturer_id",
    )
    return products(known)


def _profiles(everybody: pl.DataFrame, rows: pl.DataFrame, begin: datetime) -> pl.DataFrame:
    bought = rows.group_by("household_id").agg(changed_at=pl.col("at").min())
    seen = everybody.join(bought, on="household_id", how="left").with_columns(pl.col("changed_at").fill_null(begin))
    return profiles(seen.with_columns(customer_id="household_id", signed_up_at="changed_at", country=pl.lit("US")))


def _campaigns(campaigns: pl.DataFrame) -> pl.DataFrame:
    return campaigns.select(
        "campaign_id",
        name=pl.format("{} campaign {}", "campaign_type", "campaign_id"),
        channel=pl.lit("email"),
        starts_on="start_date",
        ends_on="end_date",
        budget=pl.lit(0),
        _day="start_date",
    ).sort("_day", "campaign_id")


def _audience(audience: pl.DataFrame, campaigns: pl.DataFrame) -> pl.DataFrame:
    """Deliver an audience on the day on which its campaign starts; that of an unknown campaign on the first day."""
    started = audience.join(campaigns.select("campaign_id", _day="start_date"), on="campaign_id", how="left")
    first = campaigns["start_date"].min()
    return started.select(
        "campaign_id", customer_id="household_id", arm=pl.lit("treated"), _day=pl.col("_day").fill_null(first)
    ).sort("_day", "campaign_id", "customer_id")
