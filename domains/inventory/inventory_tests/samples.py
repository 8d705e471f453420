"""Raw rows for the tests of inventory: each builder takes what a test is about and fills in the rest."""

from datetime import date
from typing import Any

import polars as pl

from mesh_platform.testing import Row, at

DAYS = [date(2026, 1, day) for day in range(1, 8)]
USUAL = {"ingested_at": at(DAYS[-1])}
SALES = pl.Schema({"sku": pl.String(), "location_id": pl.String(), "sold_on": pl.Date(), "units_sold": pl.Int64()})
NEIGHBOURS = {"sales.daily_sales": SALES}
"""What inventory reads of published products."""


def movement(day: date, quantity: int, after: int, **values: Any) -> Row:
    """A movement of tea in store S1: a receipt, or a sale where pieces leave."""
    clock = values.pop("clock", "12:00")
    usual = {
        "movement_id": f"{day}/{clock}/{after}",
        "location_id": "S1",
        "sku": "tea",
        "kind": "receipt" if quantity > 0 else "sale",
    }
    return {**usual, "moved_at": at(day, clock), "_day": day, "quantity": quantity, "on_hand_after": after, **values}


def location(location_id: str, kind: str, **values: Any) -> Row:
    """A location that opened before everything else."""
    usual = {"changed_at": at(date(2025, 1, 1)), "city": "Lyon", "opened_on": date(2025, 1, 1)}
    return {"location_id": location_id, "kind": kind, **usual, **values}


def version(sku: str, day: date, **values: Any) -> Row:
    """A product as known from a day on."""
    return {"sku": sku, "changed_at": at(day), "name": sku.title(), "category": "food", **values}


def sold(sku: str, location_id: str, day: date, units: int) -> Row:
    """What sales counted of a product in a place on a day."""
    return {"sku": sku, "location_id": location_id, "sold_on": day, "units_sold": units}
