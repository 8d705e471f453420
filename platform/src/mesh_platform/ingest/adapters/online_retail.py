"""UCI Online Retail: a year of invoices of a British web shop for gifts.

A row is a line of an invoice. Invoices that begin with C are cancellations, with negative quantities; those with A
adjust bad debt, with a negative price that the contract refuses.
"""

from pathlib import Path
from typing import Final

import polars as pl

from mesh_platform.ingest.adapters.interface import Feed, Mapped
from mesh_platform.ingest.adapters.tables import (
    PROFILE_NOTE,
    UNKNOWN_COUNTRY,
    find_file,
    order_lines,
    products,
    profiles,
    read_table,
    without_noise,
)

COLUMNS: Final = {
    "InvoiceNo": pl.String(),
    "StockCode": pl.String(),
    "Description": pl.String(),
    "Quantity": pl.Int64(),
    "InvoiceDate": pl.Datetime("us"),
    "UnitPrice": pl.Float64(),
    "CustomerID": pl.Int64(),
    "Country": pl.String(),
}
COUNTRIES: Final = dict(
    pair.split(":")
    for pair in (
        "Australia:AU,Austria:AT,Bahrain:BH,Belgium:BE,Brazil:BR,Canada:CA,Cyprus:CY,Czech Republic:CZ,Denmark:DK,"
        "EIRE:IE,European Community:EU,Finland:FI,France:FR,Germany:DE,Greece:GR,Hong Kong:HK,Iceland:IS,Israel:IL,"
        "Italy:IT,Japan:JP,Lebanon:LB,Lithuania:LT,Malta:MT,Netherlands:NL,Norway:NO,Poland:PL,Portugal:PT,RSA:ZA,"
        "Saudi Arabia:SA,Singapore:SG,Spain:ES,Sweden:SE,Switzerland:CH,USA:US,United Arab Emirates:AE,"
        f"United Kingdom:GB,Channel Islands:{UNKNOWN_COUNTRY},Unspecified:{UNKNOWN_COUNTRY}"
    ).split(",")
)


def read(path: Path) -> Mapped:
    """Map the export; see `adapt`."""
    rows = read_table(find_file(path, ("online_retail.parquet", "online_retail.csv")), COLUMNS)
    rows = rows.with_columns(pl.col("CustomerID").cast(pl.String))
    return Mapped(
        rows_read={"online_retail": rows.height},
        feeds=(
            Feed("sales", "order_lines", _lines(rows)),
            Feed("inventory", "product_master", _products(rows)),
            Feed("customers", "profiles", _profiles(rows)),
        ),
        notes=(
            "times have no zone in the export and are read as UTC",
            "payment, device and promotion are not in the export: payment is 'unknown', the others are missing",
            "a product has the latest description of a priced line, its code where it has none; no category is known",
            f"Channel Islands and Unspecified are {UNKNOWN_COUNTRY}: no one country's code",
            PROFILE_NOTE,
            "no stock, locations, web events, campaigns, sensors, posts or fraud reports",
        ),
    )


def _lines(rows: pl.DataFrame) -> pl.DataFrame:
    return order_lines(
        rows,
        "InvoiceDate",
        order_id=pl.col("InvoiceNo"),
        line_no=pl.int_range(1, pl.len() + 1).over("InvoiceNo"),
        channel=pl.lit("web"),
        customer_id=pl.col("CustomerID"),
        sku=pl.col("StockCode"),
        quantity=pl.col("Quantity"),
        unit_price=without_noise(pl.col("UnitPrice")),
        discount=pl.lit(0),
        payment_method=pl.lit("unknown"),
        currency=pl.lit("GBP"),
    )


def _products(rows: pl.DataFrame) -> pl.DataFrame:
    named, priced = pl.col("Description").drop_nulls(), pl.col("UnitPrice") > 0
    known = (
        rows.sort("InvoiceDate", maintain_order=True)
        .group_by(sku="StockCode")
        .agg(
            changed_at=pl.col("InvoiceDate").min(),
            sold_as=pl.col("Description").filter(priced).drop_nulls().last(),
            called=named.last(),
        )
    )
    name = pl.coalesce("sold_as", "called", "sku")
    return products(known.with_columns(name=name, category=pl.lit("uncategorised")))


def _profiles(rows: pl.DataFrame) -> pl.DataFrame:
    """Make a profile a customer and country: a new country is a change."""
    known = rows.filter(pl.col("CustomerID").is_not_null())
    seen = known.group_by(customer_id="CustomerID", country="Country").agg(changed_at=pl.col("InvoiceDate").min())
    return profiles(
        seen.with_columns(
            pl.col("country").replace(COUNTRIES), signed_up_at=pl.col("changed_at").min().over("customer_id")
        )
    )
