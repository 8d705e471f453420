"""Raw rows for the tests of sales: each builder takes what a test is about and fills in the rest."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from mesh_platform.transform import Input, raw_schema
from mesh_sales.domain import DOMAIN

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 1, day) for day in (5, 6, 7))


def at(day: date, clock: str = "12:00") -> datetime:
    """An instant of a UTC day."""
    hours, minutes = map(int, clock.split(":"))
    return datetime(day.year, day.month, day.day, hours, minutes, tzinfo=UTC)


def line(order_id: str, line_no: int, day: date = MONDAY, clock: str = "12:00", **values: Any) -> dict[str, Any]:
    """A line of a web order: one piece at 10 without a discount."""
    usual = {
        "channel": "web",
        "sku": "tea",
        "quantity": 1,
        "unit_price": Decimal(10),
        "discount": Decimal(0),
        "payment_method": "card",
        "currency": "EUR",
    }
    return {"order_id": order_id, "line_no": line_no, "ordered_at": at(day, clock), "_day": day, **usual, **values}


def reading(kind: str, value: float, day: date = MONDAY, clock: str = "12:00", **values: Any) -> dict[str, Any]:
    """A minute of the sensor at the door of store S1."""
    usual = {"store_id": "S1", "sensor_id": "door"}
    return {"kind": kind, "value": value, "measured_at": at(day, clock), "_day": day, **usual, **values}


def raw(source: str, rows: list[dict[str, Any]], folder: Path) -> Input:
    """Write rows of a source as the raw table keeps them."""
    schema = raw_schema(DOMAIN.source(source))
    added = {"_file": "f", "_line": 2, "ingested_at": at(MONDAY) + timedelta(days=1)}
    full = [{name: {**added, **row}.get(name) for name in schema} for row in rows]
    path = folder / f"{source}.parquet"
    pl.DataFrame(full, schema=schema, orient="row").write_parquet(path)
    return Input((str(path),), schema)
