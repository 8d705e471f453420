"""How DuckDB reads a table's files: by their paths and by the table's columns, without a look into each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def rows_sql(files: Sequence[str], schema: pl.Schema) -> str:
    """Write the query for the rows of Parquet files.

    Args:
        files: Their paths; none give no row.
        schema: The columns. One that older files lack is null, one that it does not name is hidden.
    """
    types = sql_types(schema)
    if not files:
        nothing = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in types.items())
        return f"select {nothing} where false"
    return f"select * from read_parquet([{', '.join(map(text, files))}], schema = map {{{_columns(types)}}})"


def sql_types(schema: pl.Schema) -> dict[str, str]:
    """Name the DuckDB type of each column."""
    import duckdb
    import polars as pl

    relation = duckdb.from_arrow(pl.DataFrame(schema=schema).to_arrow())
    return dict(zip(relation.columns, map(str, relation.types), strict=True))


def text(value: str) -> str:
    """A value as an SQL text."""
    return "'" + value.replace("'", "''") + "'"


def _columns(types: Mapping[str, str]) -> str:
    each = ((text(name), text(kind)) for name, kind in types.items())
    return ", ".join(f"{name}: {{name: {name}, type: {kind}, default_value: null}}" for name, kind in each)
