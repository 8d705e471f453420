"""Raw rows for the tests of inventory: each builder takes what a test is about and fills in the rest."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from mesh_inventory.domain import DOMAIN
from mesh_platform.transform import Input, raw_schema

DAYS = [date(2026, 1, day) for day in range(1, 8)]
SALES = pl.Schema({"sku": pl.String(), "location_id": pl.String(), "sold_on": pl.Date(), "units_sold": pl.Int64()})


def at(day: date, clock: str = "12:00") -> datetime:
    """An instant of a UTC day."""
    hours, minutes = map(int, clock.split(":"))
    return datetime(day.year, day.month, day.day, hours, minutes, tzinfo=UTC)


def movement(day: date, quantity: int, after: int, **values: Any) -> dict[str, Any]:
    """A movement of tea in store S1: a receipt, or a sale where pieces leave."""
    clock = values.pop("clock", "12:00")
    usual = {
        "movement_id": f"{day}/{clock}/{after}",
        "location_id": "S1",
        "sku": "tea",
        "kind": "receipt" if quantity > 0 else "sale",
    }
    return {**usual, "moved_at": at(day, clock), "_day": day, "quantity": quantity, "on_hand_after": after, **values}


def location(location_id: str, kind: str, **values: Any) -> dict[str, Any]:
    """A location that opened before everything else."""
    usual = {"changed_at": at(date(2025, 1, 1)), "city": "Lyon", "opened_on": date(2025, 1, 1)}
    return {"location_id": location_id, "kind": kind, **usual, **values}


def version(sku: str, day: date, **values: Any) -> dict[str, Any]:
    """A product as known from a day on."""
    return {"sku": sku, "changed_at": at(day), "name": sku.title(), "category": "food", **values}


def raw(source: str, rows: list[dict[str, Any]], folder: Path) -> Input:
    """Write rows of a source as the raw table keeps them."""
    schema = raw_schema(DOMAIN.source(source))
    full = [
        {name: {"_file": "f", "_line": line, "ingested_at": at(DAYS[-1]), **row}.get(name) for name in schema}
        for line, row in enumerate(rows)
    ]
    path = folder / f"{source}.parquet"
    pl.DataFrame(full, schema=schema, orient="row").write_parquet(path)
    return Input((str(path),), schema)


def sales(rows: list[tuple[str, str, date, int]], folder: Path) -> Input:
    """Write rows of sales.daily_sales, as far as inventory reads it: sku, location, day, units sold."""
    path = folder / "daily_sales.parquet"
    pl.DataFrame(rows, schema=SALES, orient="row").write_parquet(path)
    return Input((str(path),), SALES)
