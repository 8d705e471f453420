"""A domain of one product for the service: orders, as many as are wanted."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl

from mesh_platform.contract import Contract, Money, Timestamp, column
from mesh_platform.product import DataProduct, Domain, Owner, ServiceLevel, Source

DAY = date(2026, 3, 10)
LINES = 900
"""Orders have 1 to so many lines, in the order of their numbers, and from 1 again."""


class Orders(Contract):
    """What customers bought. Grain: one row per order."""

    order_id: str = column("The order", key=True, sort=True, str_matches=r"^o\d+$")
    day: pl.Date = column("The day of the order", partition=True)
    ordered_at: Timestamp = column("When it was placed")
    customer_email: str = column("Whose it is", classification="confidential", personal="email", nullable=True)
    channel: str = column("Where", classification="public", isin=["store", "web"])
    lines: int = column("How many lines", unit="lines", gt=0)
    net_amount: Money = column("After discount", unit="EUR", ge=0)
    paid: bool = column("Whether it is paid", nullable=True)


PRODUCT = DataProduct(
    "orders",
    Orders,
    "1.2.0",
    "fct_orders",
    sources=("order_lines",),
    service_level=ServiceLevel(timedelta(hours=30), 90, 2),
)


def domain() -> Domain:
    """The domain."""
    source = Source("order_lines", Orders, "csv", "till", "ordered_at")
    return Domain("sales", Owner("Sales", "sales@shop.example", "#sales"), "What is sold.", (source,), (PRODUCT,))


def order_id(number: int) -> str:
    """The key of an order."""
    return f"o{number}"


def lines(number: int) -> int:
    """The lines of an order."""
    return number % LINES + 1


def orders(count: int) -> pl.DataFrame:
    """Orders 0 to count - 1."""
    numbers = pl.select(pl.int_range(count).alias("number"))
    return numbers.select(
        ("o" + pl.col("number").cast(pl.String)).alias("order_id"),
        pl.lit(DAY).alias("day"),
        pl.lit(datetime(2026, 3, 10, 12, tzinfo=UTC)).alias("ordered_at"),
        pl.lit("ada@shop.example").alias("customer_email"),
        pl.lit("web").alias("channel"),
        (pl.col("number") % LINES + 1).alias("lines"),
        pl.lit(Decimal(10)).cast(pl.Decimal(18, 4)).alias("net_amount"),
        pl.lit(True).alias("paid"),
    )
