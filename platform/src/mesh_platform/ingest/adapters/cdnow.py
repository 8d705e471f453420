"""CDNOW: the purchases, until June 1998, of everybody who first bought in the first quarter of 1997.

A line of CDNOW_master.txt is a customer, a day, a number of CDs and what they cost.
"""

from pathlib import Path
from typing import Final

import polars as pl

from mesh_platform.errors import BadFile
from mesh_platform.ingest.adapters.interface import Feed, Mapped
from mesh_platform.ingest.adapters.tables import (
    PROFILE_NOTE,
    TICKS,
    find_file,
    first_seen,
    order_lines,
    priced,
    products,
)

RECORD: Final = r"^\s*(?<customer>\d+)\s+(?<day>\d{8})\s+(?<cds>\d+)\s+(?<paid>\d+(?:\.\d{1,4})?)\s*$"
HEADER: Final = "customer_id"
SKU: Final = "cd"


def read(path: Path) -> Mapped:
    """Map the export; see `adapt`."""
    rows = _purchases(find_file(path, ("CDNOW_master.txt",)))
    return Mapped(
        rows_read={"purchases": rows.height},
        feeds=(
            Feed("sales", "order_lines", _lines(rows)),
            Feed("inventory", "product_master", _products(rows)),
            Feed("customers", "profiles", first_seen(rows, "customer", "at")),
        ),
        notes=(
            "a row is an order of one line, numbered in the order of the file: one made-up product, bought on the web",
            "the time of day is not in the export: orders are placed at midnight UTC; amounts are USD",
            "the unit price is what was paid by CDs, rounded up; the discount takes that off again",
            PROFILE_NOTE,
            "no stock, locations, web events, campaigns, sensors, posts or fraud reports",
        ),
    )


def _purchases(path: Path) -> pl.DataFrame:
    lines = pl.read_lines(path, row_index_name="number", row_index_offset=1)
    data = lines.filter(~((pl.col("number") == 1) & pl.col("line").str.contains(HEADER, literal=True)))
    parts = data.select("number", "line", parts=pl.col("line").str.extract_groups(RECORD)).unnest("parts")
    rows = parts.select(
        "number",
        "line",
        "customer",
        at=pl.col("day").str.to_datetime("%Y%m%d", time_unit="us", strict=False),
        cds=pl.col("cds").cast(pl.Int64, strict=False),
        paid=(pl.col("paid").cast(pl.Decimal(18, 4), strict=False) * TICKS).cast(pl.Int64),
    )
    for number, line in rows.filter(pl.any_horizontal(pl.all().is_null())).select("number", "line").head(1).iter_rows():
        raise BadFile(
            path.name,
            "a line is: customer, YYYYMMDD, number of CDs, dollars",
            f"line {number} is '{line.strip()}'",
            "give CDNOW_master.txt as it was published",
        )
    return rows


def _lines(rows: pl.DataFrame) -> pl.DataFrame:
    return order_lines(
        rows,
        "at",
        order_id=pl.format("cdnow-{}", pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(6)),
        line_no=pl.lit(1),
        channel=pl.lit("web"),
        customer_id=pl.col("customer"),
        sku=pl.lit(SKU),
        quantity=pl.col("cds"),
        payment_method=pl.lit("unknown"),
        currency=pl.lit("USD"),
        **priced(pl.col("paid"), pl.lit(0), pl.col("cds")),
    )


def _products(rows: pl.DataFrame) -> pl.DataFrame:
    known = rows.select(changed_at=pl.col("at").min())
    return products(known.with_columns(sku=pl.lit(SKU), name=pl.lit("CD"), category=pl.lit("uncategorised")))
