"""Raw rows for the tests of sales: each builder takes what a test is about and fills in the rest."""

from datetime import date
from decimal import Decimal
from typing import Any

from mesh_platform.testing import Row, at, end_of

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 1, day) for day in (5, 6, 7))
USUAL = {"ingested_at": end_of(MONDAY)}


def line(order_id: str, line_no: int, day: date = MONDAY, clock: str = "12:00", **values: Any) -> Row:
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


def reading(kind: str, value: float, day: date = MONDAY, clock: str = "12:00", **values: Any) -> Row:
    """A minute of the sensor at the door of store S1."""
    usual = {"store_id": "S1", "sensor_id": "door"}
    return {"kind": kind, "value": value, "measured_at": at(day, clock), "_day": day, **usual, **values}
