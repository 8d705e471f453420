"""Rows turned into records as they stand in a file: a line of text, or a row of Parquet.

Text goes through two steps so that a single field can be spoilt in between: each field is written on its own, then the
fields are joined into lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from mesh_simulator.layouts import Layout

TIME_TEXT = "%Y-%m-%dT%H:%M:%S%.3fZ"


def header(layout: Layout, columns: list[str]) -> str | None:
    """The first line of a file, where its format has one."""
    return ",".join(columns) if layout.format == "csv" else None


def fields(layout: Layout, rows: pl.DataFrame) -> pl.DataFrame:
    """Write every field of text formats as it will stand in its line, missing ones as null; leave Parquet alone."""
    if layout.format == "parquet":
        return rows
    quoted = layout.format == "jsonl"
    return rows.select(
        _field(pl.col(name), kind, quoted, name in layout.free).alias(name) for name, kind in rows.schema.items()
    )


def _field(column: pl.Expr, kind: pl.DataType, json: bool, free: bool) -> pl.Expr:
    if isinstance(kind, pl.Datetime):
        column = column.dt.strftime(TIME_TEXT)
    elif not isinstance(kind, pl.String):
        return column.cast(pl.String)
    if free and json:
        column = column.str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)
    elif free:
        column = _csv_quoted(column)
    return pl.concat_str(pl.lit('"'), column, pl.lit('"')) if json else column


def _csv_quoted(column: pl.Expr) -> pl.Expr:
    inside = column.str.replace_all('"', '""', literal=True)
    quoted = pl.concat_str(pl.lit('"'), inside, pl.lit('"'))
    return pl.when(column.str.contains('[",]')).then(quoted).otherwise(column)


def records(layout: Layout, written: pl.DataFrame) -> pl.Series:
    """Join fields into lines; a Parquet record is a struct."""
    if layout.format == "parquet":
        return written.to_struct("record")
    if layout.format == "csv":
        line = pl.concat_str([pl.col(name).fill_null("") for name in written.columns], separator=",")
    else:
        parts = [pl.concat_str(pl.lit(f'"{name}":'), pl.col(name)) for name in written.columns]
        line = pl.concat_str(pl.lit("{"), pl.concat_str(parts, separator=",", ignore_nulls=True), pl.lit("}"))
    return written.select(line.alias("record"))["record"]


def few_records(layout: Layout, written: Sequence[Mapping[str, Any]], schema: pl.Schema) -> pl.Series:
    """Join the fields of a few rows; the same records as from a table of them."""
    if layout.format == "parquet":
        return pl.DataFrame(written, schema=schema).to_struct("record")
    if layout.format == "csv":
        lines = [",".join(value or "" for value in row.values()) for row in written]
    else:
        named = [[f'"{name}":{value}' for name, value in row.items() if value is not None] for row in written]
        lines = ["{" + ",".join(parts) + "}" for parts in named]
    return pl.Series("record", lines, dtype=pl.String)
