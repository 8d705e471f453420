"""Polars types in the words of the lake (Iceberg) and of the contract standard (ODCS)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from mesh_platform.errors import BadContract


@dataclass(frozen=True, slots=True)
class PublishedType:
    """A column's type.

    Args:
        logical: ODCS's logical type.
        physical: Iceberg's type.
        options: ODCS's options of the logical type.
        items: The type of a list's elements.
    """

    logical: str
    physical: str
    options: Mapping[str, Any] = field(default_factory=dict)
    items: "PublishedType | None" = None


_SIMPLE: dict[type[pl.DataType], PublishedType] = {
    pl.String: PublishedType("string", "string"),
    pl.Boolean: PublishedType("boolean", "boolean"),
    pl.Date: PublishedType("date", "date"),
    pl.Int32: PublishedType("integer", "int", {"format": "i32"}),
    pl.Int64: PublishedType("integer", "long", {"format": "i64"}),
    pl.Float32: PublishedType("number", "float", {"format": "f32"}),
    pl.Float64: PublishedType("number", "double", {"format": "f64"}),
}


def published_type(dtype: pl.DataType, where: str) -> PublishedType:
    """Translate a Polars type.

    Args:
        dtype: The contract's type.
        where: The column's full name, for the error.

    Raises:
        BadContract: Where the lake has no such type.
    """
    if isinstance(dtype, pl.Decimal):
        return PublishedType("number", f"decimal({dtype.precision},{dtype.scale})")
    if isinstance(dtype, pl.Datetime) and dtype.time_unit == "us":
        if dtype.time_zone is None:
            return PublishedType("timestamp", "timestamp", {"timezone": False})
        return PublishedType("timestamp", "timestamptz", {"timezone": True, "defaultTimezone": "Etc/UTC"})
    if isinstance(dtype, pl.List):
        inner = published_type(pl.Series(dtype=dtype.inner).dtype, where)
        return PublishedType("array", f"list<{inner.physical}>", items=inner)
    found = _SIMPLE.get(dtype.base_type())
    if found is None:
        known = ", ".join(str(t) for t in _SIMPLE)
        raise BadContract(
            f"{where}: the lake has no type for {dtype}; use {known}, Decimal, Datetime in microseconds or a List"
        )
    return found
