"""A small shop for the tests: contracts, rows that keep them, and a domain that publishes them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from mesh_platform.contract import Contract, Money, Timestamp, column, row_rule, shape_of
from mesh_platform.contract.audit import AuditReport, audit
from mesh_platform.product import DataProduct, Domain, InputPort, OlderMajor, Owner, ServiceLevel, Source

NEWEST = date(2026, 3, 10)
SKUS = ("s1", "s2")


class Orders(Contract):
    """What customers bought.

    Headers only: lines are a product of their own.

    Grain: one row per order. Source: point of sale and web shop. Usage: join to lines by order_id.
    Limitations: no staff purchases.
    """

    order_id: str = column("The order", key=True, sort=True, term="Order", str_matches=r"^o\d+$")
    day: pl.Date = column("The day of the order", partition=True, ge=date(2020, 1, 1))
    ordered_at: Timestamp = column("When it was placed")
    customer_email: str = column(
        "Whose it is", classification="confidential", personal="email", nullable=True, str_matches="^[^@ ]+@"
    )
    channel: str = column("Where", classification="public", isin=["store", "web"])
    sku: str = column("The first product", references="inventory.products.sku", nullable=True)
    lines: int = column("How many lines", unit="lines", gt=0, lt=1000)
    gross_amount: Money = column("Before discount", unit="EUR", ge=0)
    net_amount: Money = column("After discount", unit="EUR", ge=0)
    rating: float = column("Stars", nullable=True, in_range={"min_value": 1, "max_value": 5})
    paid: bool = column("Whether it is paid")

    net_is_at_most_gross = row_rule("net_amount <= gross_amount")


class DailySales(Contract):
    """Sales a day. Grain: one row per sku and day."""

    sku: str = column("The product", key=True, str_length={"min_value": 1, "max_value": 20}, ne="none")
    day: pl.Date = column("The day", key=True, partition=True)
    units: pl.Int32 = column("Units sold")
    price: pl.Float32 = column("Mean price", nullable=True)


ORDERS = DataProduct(
    "orders",
    Orders,
    "1.2.0",
    "fct_orders",
    sources=("order_lines",),
    inputs=(InputPort("inventory.products", ("sku", "name"), "names on receipts"),),
    service_level=ServiceLevel(timedelta(hours=30), 90, 2, 0.25, 0.01),
)
DAILY = DataProduct("daily_sales", DailySales, "2.0.1", "fct_daily", sources=("order_lines",))


OLDER = OlderMajor("1.2.0", Orders, "select * from newest", date(2027, 6, 30))
"""Version 1 beside a version 2 of the orders."""


def shop(*products: DataProduct) -> Domain:
    """Assemble the domain that publishes these products."""
    source = Source("order_lines", Orders, "csv", "till", "ordered_at")
    owner = Owner("Sales", "sales@shop.example", "#sales")
    return Domain("sales", owner, "What is sold.", (source,), products or (ORDERS, DAILY))


def order(number: int, **changes: Any) -> dict[str, Any]:
    """Make one row that keeps the contract, then change it."""
    row = {
        "order_id": f"o{number}",
        "day": NEWEST,
        "ordered_at": datetime(2026, 3, 10, 12, tzinfo=UTC),
        "customer_email": "ada@shop.example",
        "channel": "web",
        "sku": "s1",
        "lines": 1,
        "gross_amount": Decimal("10.5"),
        "net_amount": Decimal(10),
        "rating": 4.5,
        "paid": True,
    }
    return row | changes


def orders(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Make a frame of the contract's types."""
    return pl.DataFrame(list(rows), schema=shape_of(Orders).schema, orient="row")


def written(folder: Path, *frames: pl.DataFrame, name: str = "part") -> list[str]:
    """Write each frame to a file, as the lake does for a partition."""
    files = []
    for number, frame in enumerate(frames):
        # The lake's folders look like hive partitions; the files hold the column themselves.
        file = folder / f"day=1999-01-{number + 1:02}" / f"{name}-{number}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(file)
        files.append(str(file))
    return files


def audited(
    folder: Path,
    new: Sequence[pl.DataFrame],
    kept: Sequence[pl.DataFrame] = (),
    *,
    contract: type[Contract] = Orders,
    rows_before: int = 0,
    service_level: ServiceLevel | None = None,
    newest_delivery: date | None = NEWEST,
) -> AuditReport:
    """Audit frames as if they were a candidate's files."""
    new_files = written(folder, *new, name="new")
    kept_files = written(folder, *kept, name="kept")
    known = written(folder, pl.DataFrame({"sku": SKUS}), name="products")
    return audit(
        contract,
        new_files,
        kept_files,
        {"inventory.products.sku": known},
        name="sales.orders",
        rows_before=rows_before,
        rows_after=sum(frame.height for frame in (*new, *kept)),
        service_level=service_level or ServiceLevel(),
        newest_delivery=newest_delivery,
    )
