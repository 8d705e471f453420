"""What a transformation reads: pinned Parquet files, shown to dbt as views in the domain's warehouse."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import polars as pl

from mesh_platform.contract import shape_of
from mesh_platform.errors import MissingSource
from mesh_platform.lake.duck import rows_sql, text
from mesh_platform.product import Source


@dataclass(frozen=True, slots=True)
class Input:
    """One relation that dbt reads.

    Args:
        files: The Parquet files that hold its rows; none is an empty relation.
        schema: Its columns. With it, a column that older files lack is null and one that it does not name is hidden;
            without it, the files themselves are asked, which costs a look into each.
    """

    files: tuple[str, ...] = ()
    schema: pl.Schema | None = None


def raw_schema(source: Source) -> pl.Schema:
    """The columns of a source's raw table: those of its contract, then those that the mesh adds."""
    added: dict[str, pl.DataType] = {"_file": pl.String(), "_line": pl.Int64()}
    if source.event_time:
        added["_day"] = pl.Date()
    return pl.Schema({**shape_of(source.contract).schema, **added, "ingested_at": pl.Datetime("us", "UTC")})


def show(connection: duckdb.DuckDBPyConnection, inputs: Mapping[str, Input]) -> None:
    """Create a view for each input, in place of an older one.

    Args:
        connection: The domain's warehouse.
        inputs: "<schema>.<table>" → what the view shows.

    Raises:
        MissingSource: An input with neither files nor a schema.
    """
    for schema in sorted({name.split(".")[0] for name in inputs}):
        connection.execute(f'create schema if not exists "{schema}"')
    for name, given in inputs.items():
        schema, table = name.split(".")
        connection.execute(f'create or replace view "{schema}"."{table}" as {_query(name, given)}')


def _query(name: str, given: Input) -> str:
    if given.schema is not None:
        return rows_sql(given.files, given.schema)
    if not given.files:
        raise MissingSource(f"{name} has no files and no schema; ingest or publish it first")
    files = ", ".join(map(text, given.files))
    return f"select * from read_parquet([{files}], union_by_name = true, hive_partitioning = false)"
