"""Streams a mart out of a domain's warehouse, for publishing."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date

import duckdb
import polars as pl
import pyarrow as pa

from mesh_platform.contract import shape_of
from mesh_platform.errors import ContractBroken, MeshFailure
from mesh_platform.product import Domain
from mesh_platform.settings import Settings
from mesh_platform.transform.warehouse import MARTS, opened

BATCH_ROWS = 1_000_000


def read_mart(
    domain: Domain,
    mart: str,
    settings: Settings,
    *,
    days: Collection[date] | None = None,
    partition: str | None = None,
    batch_rows: int = BATCH_ROWS,
) -> Iterator[pl.DataFrame]:
    """Yield a mart's rows in batches, sorted as its product's contract sorts them.

    Args:
        domain: The domain.
        mart: The dbt model, as `transform` left it.
        settings: Where the warehouse is.
        days: The days wanted; None means all.
        partition: The date column of the days; with it a batch holds whole days, without it any rows.
        batch_rows: How many rows a batch holds at most, unless one day alone has more.

    Raises:
        ContractBroken: Rows without a day in a partitioned mart.
        MeshFailure: The mart was not built.
    """
    with opened(domain.name, settings) as connection:
        relation = _relation(connection, domain, mart)
        yield from batches(connection, relation, _sort(domain, mart), partition, days, batch_rows)


def batches(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    sort: Sequence[str],
    partition: str | None,
    days: Collection[date] | None = None,
    batch_rows: int = BATCH_ROWS,
) -> Iterator[pl.DataFrame]:
    """Yield a relation's rows in sorted batches; of a partitioned one each holds whole days.

    Args:
        connection: The warehouse.
        relation: The relation, quoted where it must be.
        sort: The columns to sort by, within a day where there are days.
        partition: The date column of the days; None for a relation without.
        days: The days wanted; None means all.
        batch_rows: How many rows a batch holds at most, unless one day alone has more.

    Raises:
        ContractBroken: Rows without a day in a partitioned relation.
    """
    order = [f'"{name}"' for name in sort]
    if partition is None:
        sorting = f" order by {', '.join(order)}" if order else ""
        yield from _stream(connection, f"select * from {relation}{sorting}", batch_rows)
        return
    column = f'"{partition}"'
    sorting = ", ".join([column, *order])
    for group in _groups(_counts(connection, relation, column, days), batch_rows):
        wanted = ", ".join(f"date '{day}'" for day in group)
        query = f"select * from {relation} where {column} in ({wanted}) order by {sorting}"
        yield pl.DataFrame(connection.sql(query).to_arrow_table())


def _sort(domain: Domain, mart: str) -> tuple[str, ...]:
    return next(
        (
            shape_of(product.contract).sort
            for product in domain.products
            if product.mart == mart and not product.program
        ),
        (),
    )


def _relation(connection: duckdb.DuckDBPyConnection, domain: Domain, mart: str) -> str:
    query = "select count(*) from duckdb_tables() where schema_name = ? and table_name = ?"
    [(found,)] = connection.execute(query, [MARTS, mart]).fetchall()
    if not found:
        raise MeshFailure(f"{domain.name}.{mart} is not in the warehouse; transform it first")
    return f'{MARTS}."{mart}"'


def _counts(
    connection: duckdb.DuckDBPyConnection, relation: str, column: str, days: Collection[date] | None
) -> list[tuple[date, int]]:
    rows = connection.execute(f"select {column}, count(*) from {relation} group by all order by all").fetchall()
    for day, count in rows:
        if day is None:
            raise ContractBroken(
                f"{relation}.{column}: {count:,} rows have no day (rule: every row has one); mend the SQL"
            )
    return [(day, count) for day, count in rows if days is None or day in days]


def _groups(counts: Sequence[tuple[date, int]], batch_rows: int) -> Iterator[list[date]]:
    group: list[date] = []
    held = 0
    for day, count in counts:
        if group and held + count > batch_rows:
            yield group
            group, held = [], 0
        group.append(day)
        held += count
    if group:
        yield group


def _stream(connection: duckdb.DuckDBPyConnection, query: str, batch_rows: int) -> Iterator[pl.DataFrame]:
    for batch in connection.sql(query).to_arrow_reader(batch_rows):
        yield pl.DataFrame(pa.Table.from_batches([batch]))
