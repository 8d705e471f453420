"""Columns between Polars and the lake's Parquet files: types, and reading files of several schemas as one frame."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

import polars as pl

POLARS: Final[Mapping[str, pl.DataType]] = {
    "string": pl.String(),
    "long": pl.Int64(),
    "int": pl.Int32(),
    "double": pl.Float64(),
    "float": pl.Float32(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "timestamptz": pl.Datetime("us", "UTC"),
    "timestamp": pl.Datetime("us"),
    "binary": pl.Binary(),
}
DECIMAL: Final = re.compile(r"decimal\((\d+),\s*(\d+)\)")


def polars_type(iceberg: str) -> pl.DataType:
    """The Polars type in which a column of an Iceberg type is read."""
    if decimal := DECIMAL.fullmatch(iceberg):
        return pl.Decimal(int(decimal[1]), int(decimal[2]))
    return POLARS[iceberg]


def polars_schema(columns: Mapping[str, str]) -> dict[str, pl.DataType]:
    """Column → Polars type, from column → Iceberg type."""
    return {name: polars_type(iceberg) for name, iceberg in columns.items()}


def iceberg_type(dtype: pl.DataType) -> str | None:
    """The Iceberg type that holds a column of a Polars type; None where the lake has none."""
    if isinstance(dtype, pl.Decimal):
        return f"decimal({dtype.precision}, {dtype.scale})"
    if isinstance(dtype, pl.Categorical | pl.Enum):
        return "string"
    if isinstance(dtype, pl.Int8 | pl.Int16 | pl.UInt8 | pl.UInt16):
        return "int"
    if isinstance(dtype, pl.UInt32):
        return "long"
    return next((iceberg for iceberg, known in POLARS.items() if known == dtype), None)


def stored_schema(schema: Mapping[str, pl.DataType]) -> pl.Schema:
    """The schema in which rows of a schema come back from the lake: small integers are wider, categories are text."""
    return pl.Schema({name: polars_type(iceberg_type(dtype) or str(dtype)) for name, dtype in schema.items()})


def lazy_frame(paths: Iterable[str], schema: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    """Read files as one frame of a schema: columns by name, missing ones null, narrower types widened."""
    sources = list(paths)
    if not sources:
        return pl.LazyFrame(schema=schema)
    return pl.scan_parquet(
        sources,
        schema=dict(schema),
        missing_columns="insert",
        extra_columns="ignore",
        cast_options=pl.ScanCastOptions(integer_cast="upcast", float_cast="upcast"),
        hive_partitioning=False,
        glob=False,
    )
