"""Small files as the lake would hold them: rows say what matters, the rest is filled in."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from mesh_platform.contract import Contract, shape_of
from mesh_platform.transform import Input, raw_schema

from mesh_customers.domain import DOMAIN

Row = dict[str, Any]
USUAL: dict[str, Row] = {
    "profiles": {
        "country": "DE",
        "loyalty_tier": "none",
        "consent_marketing": True,
        "consent_profiling": True,
    },
    "posts": {"network": "reviews", "text": "fine", "language": "en"},
}


def at(day: str, clock: str = "12:00") -> datetime:
    """An instant in UTC."""
    return datetime.fromisoformat(f"{day}T{clock}+00:00").astimezone(UTC)


def end_of(day: datetime) -> datetime:
    """The midnight that ends an instant's day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def raw(folder: Path, source: str, rows: Sequence[Row]) -> Input:
    """Write a source's raw rows; what a row does not say is usual, and it was delivered on its day."""
    declared = DOMAIN.source(source)
    clock = declared.event_time or "changed_at"
    filled = [
        {**USUAL[source], "_file": f"{source}.csv", "_line": line, "ingested_at": end_of(row[clock]), **row}
        for line, row in enumerate(rows, start=2)
    ]
    if declared.event_time:
        filled = [{**row, "_day": row[clock].date()} for row in filled]
    return _written(folder, source, filled, raw_schema(declared))


def published(folder: Path, name: str, rows: Sequence[Row], contract: type[Contract]) -> Input:
    """Write a neighbour's product; what a row does not say is missing."""
    return _written(folder, name, rows, shape_of(contract).schema)


def _written(folder: Path, name: str, rows: Sequence[Row], schema: pl.Schema) -> Input:
    file = folder / f"{name}.parquet"
    pl.DataFrame(list(rows), schema=schema).write_parquet(file)
    return Input((str(file),), schema)
