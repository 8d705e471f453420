"""Lines of the log for the tests of governance: each builder takes what a test is about and fills in the rest."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import polars as pl

from mesh_governance.domain import DOMAIN
from mesh_platform.transform import Input, raw_schema

Row = dict[str, Any]
MONDAY = date(2026, 1, 5)
MIDNIGHT = datetime.combine(date(2026, 1, 6), time(), UTC)
HASH = "0" * 64


def access(access_id: str, **values: Any) -> Row:
    """A dashboard reads a product on Monday noon."""
    usual = {
        "accessed_at": datetime(2026, 1, 5, 12, tzinfo=UTC),
        "request_id": "r",
        "consumer": "board",
        "proof": "0123456789ab",
        "action": "rows",
        "product": "sales.orders",
        "major_version": 1,
        "purpose": "the morning report",
        "columns_read": "order_id, net_amount",
        "snapshot_id": 1,
        "row_count": 10,
        "status": 200,
        "chain": "c",
        "sequence": 1,
        "previous_hash": HASH,
        "line_hash": HASH,
    }
    return {"access_id": access_id, **usual, **values}


def files(folder: Path, lines: Sequence[Row]) -> dict[str, Input]:
    """Write the log as the lake keeps it."""
    schema = raw_schema(DOMAIN.source("accesses"))
    added = {"_file": "f", "_line": 1, "_day": MONDAY, "ingested_at": MIDNIGHT}
    rows = [{name: {**added, **line}.get(name) for name in schema} for line in lines]
    path = folder / "accesses.parquet"
    pl.DataFrame(rows, schema=schema, orient="row").write_parquet(path)
    return {"raw.accesses": Input((str(path),), schema)}
