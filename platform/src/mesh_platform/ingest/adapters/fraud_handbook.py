"""Fraud Detection Handbook: simulated card transactions at terminals, some of them fraudulent.

A transaction is an order of one line in the store that the terminal is; that it was a fraud is reported a week later,
the delay that the handbook itself trains with.
"""

from datetime import timedelta
from pathlib import Path
from typing import Final

import polars as pl

from mesh_platform.ingest.adapters.interface import Feed, Mapped
from mesh_platform.ingest.adapters.tables import (
    PROFILE_NOTE,
    find_file,
    first_seen,
    order_lines,
    products,
    read_table,
    without_noise,
)

COLUMNS: Final = {
    "TRANSACTION_ID": pl.String(),
    "TX_DATETIME": pl.Datetime("us"),
    "CUSTOMER_ID": pl.String(),
    "TERMINAL_ID": pl.String(),
    "TX_AMOUNT": pl.Float64(),
    "TX_FRAUD": pl.Int8(),
}
SKU: Final = "card-payment"
REPORTING_DELAY: Final = timedelta(days=7)


def read(path: Path) -> Mapped:
    """Map the export; see `adapt`."""
    rows = read_table(find_file(path, ("transactions_raw.parquet", "transactions.parquet")), COLUMNS)
    frauds = rows.filter(pl.col("TX_FRAUD") != 0)
    return Mapped(
        rows_read={"transactions": rows.height},
        feeds=(
            Feed("sales", "order_lines", _lines(rows)),
            Feed("sales", "fraud_reports", _reports(frauds)),
            Feed("inventory", "product_master", _products(rows)),
            Feed("customers", "profiles", first_seen(rows, "CUSTOMER_ID", "TX_DATETIME")),
        ),
        notes=(
            "a transaction is an order of one line: one made-up product, the terminal as store, a card a customer",
            "amounts have no currency in the export and are read as EUR, times as UTC",
            f"frauds are reported {REPORTING_DELAY.days} days after the transaction",
            "the fraud scenario is left out: no operational system knows it",
            PROFILE_NOTE,
            "no stock, locations, web events, campaigns, sensors or posts",
        ),
    )


def _lines(rows: pl.DataFrame) -> pl.DataFrame:
    return order_lines(
        rows,
        "TX_DATETIME",
        order_id=pl.col("TRANSACTION_ID"),
        line_no=pl.lit(1),
        channel=pl.lit("store"),
        store_id=pl.lit("terminal-") + pl.col("TERMINAL_ID"),
        customer_id=pl.col("CUSTOMER_ID"),
        sku=pl.lit(SKU),
        quantity=pl.lit(1),
        unit_price=without_noise(pl.col("TX_AMOUNT")),
        discount=pl.lit(0),
        payment_method=pl.lit("card"),
        card_id=pl.lit("card-") + pl.col("CUSTOMER_ID"),
        currency=pl.lit("EUR"),
    )


def _reports(frauds: pl.DataFrame) -> pl.DataFrame:
    reported = frauds.with_columns(reported_at=pl.col("TX_DATETIME") + REPORTING_DELAY)
    return reported.select(
        "reported_at", order_id="TRANSACTION_ID", kind=pl.lit("confirmed_fraud"), _day=pl.col("reported_at").dt.date()
    )


def _products(rows: pl.DataFrame) -> pl.DataFrame:
    known = rows.select(changed_at=pl.col("TX_DATETIME").min().dt.truncate("1d"))
    return products(known.with_columns(sku=pl.lit(SKU), name=pl.lit("Card payment"), category=pl.lit("uncategorised")))
