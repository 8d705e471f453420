"""Values of governance's structured properties."""

from collections.abc import Mapping, Sequence
from typing import Any

from mesh_platform.catalog import urns
from mesh_platform.catalog.documents import Column, Document
from mesh_platform.catalog.proposals import Aspect

Value = str | int | float | Sequence[str]
CLASSIFICATIONS = ("public", "internal", "confidential", "restricted")
"""From open to secret, as contracts classify columns."""


def structured(values: Mapping[str, Value]) -> Aspect | None:
    """Give structured properties their values; None where there is none to give.

    Args:
        values: Property's short name → value; an empty text or list is left out.
    """
    assigned = [
        {"propertyUrn": urns.structured_property(name), "values": _values(value)}
        for name, value in sorted(values.items())
        if value not in ("", (), [])
    ]
    return {"properties": assigned} if assigned else None


def of_column(column: Column) -> Aspect | None:
    """What governance asks of a column: its classification, unit and kind of personal data."""
    return structured({"classification": column.classification, "unit": column.unit, "personal_kind": column.personal})


def of_table(document: Document) -> Aspect | None:
    """What governance asks of a table: its most secret class, kinds of personal data, grain, version, service level."""
    found = {column.classification for column in document.columns}
    promises = document.promises
    return structured(
        {
            "classification": next((c for c in reversed(CLASSIFICATIONS) if c in found), ""),
            "personal_kind": sorted({c.personal for c in document.columns if c.personal}),
            "grain": document.grain,
            "contract_version": document.version,
            "freshness_hours": promises.get("latency", ""),
            "retention_days": promises.get("retention", ""),
        }
    )


def _values(value: Value) -> list[dict[str, Any]]:
    if isinstance(value, str):
        return [{"string": value}]
    if isinstance(value, int | float):
        return [{"double": float(value)}]
    return [{"string": text} for text in value]
