"""Lines of the log for the tests of governance: each builder takes what a test is about and fills in the rest."""

from datetime import date
from typing import Any

from mesh_platform.testing import Row, at, end_of

MONDAY = date(2026, 1, 5)
USUAL = {"_day": MONDAY, "ingested_at": end_of(MONDAY)}
HASH = "0" * 64


def access(access_id: str, **values: Any) -> Row:
    """A dashboard reads a product on Monday noon."""
    usual = {
        "accessed_at": at(MONDAY),
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
