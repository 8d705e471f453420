"""Ingest: from files in the landing zone to typed, unique rows in the lake; what breaks the contract to quarantine.

Light to import: Polars and DuckDB come in with the first name that needs them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mesh_platform.ingest.landing import delivery_day
    from mesh_platform.ingest.ledger import deliveries, ledger_rows, pending
    from mesh_platform.ingest.quarantine import quarantine_rows
    from mesh_platform.ingest.run import Ingested, ingest

__all__ = ["Ingested", "deliveries", "delivery_day", "ingest", "ledger_rows", "pending", "quarantine_rows"]

_HOMES = {
    "Ingested": "run",
    "deliveries": "ledger",
    "delivery_day": "landing",
    "ingest": "run",
    "ledger_rows": "ledger",
    "pending": "ledger",
    "quarantine_rows": "quarantine",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
