"""An older major version's SQL: its rows out of the newest one's, what its columns come from, whether it fits.

The query sees the newest rows as the table `newest`. Where it takes rows one by one and hands the partition column on,
a changed day is made of that day's rows alone; any other query is asked about all rows, since it may look across days.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date

import duckdb
import polars as pl
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from mesh_platform.contract import shape_of
from mesh_platform.errors import BadContract
from mesh_platform.lake.duck import rows_sql, sql_types
from mesh_platform.product import NEWEST, DataProduct, Domain
from mesh_platform.settings import Settings
from mesh_platform.transform.lineage import DIALECT, columns_of
from mesh_platform.transform.marts import batches
from mesh_platform.transform.warehouse import opened

SCHEMA = "older"
"""Where in the domain's warehouse the rows are until they are published."""
_ACROSS_ROWS = (
    exp.AggFunc,
    exp.Anonymous,  # a function that the parser does not know may be an aggregate
    exp.Distinct,
    exp.Group,
    exp.Join,
    exp.Lateral,
    exp.Limit,
    exp.Offset,
    exp.SetOperation,
    exp.TableSample,
    exp.Window,
)
"""What lets a row depend on other rows."""


def older_rows(
    domain: Domain,
    product: DataProduct,
    files: Sequence[str],
    schema: pl.Schema,
    settings: Settings,
    days: Collection[date] | None = None,
) -> Iterator[pl.DataFrame]:
    """Make the rows of an older major version, in batches of whole days, sorted as its contract sorts them.

    Args:
        domain: The domain.
        product: The older major version, as `contract.older` derives it.
        files: The files of the newest one's snapshot, those of the days at least.
        schema: The newest one's columns.
        settings: Where the warehouse is, in which the rows wait, and how much memory it may use.
        days: The days wanted; None makes all. Only of a query that `by_day` knows to be made day by day.

    Raises:
        BadContract: Where the query can't run over the newest one's columns.
    """
    shape, relation = shape_of(product.contract), f'{SCHEMA}."{product.name}"'
    newest = rows_sql(files, schema)
    if days is not None:
        column = shape_of(_newest_of(domain, product).contract).partition
        wanted = ", ".join(f"date '{day}'" for day in sorted(days))
        newest = f'select * from ({newest}) where "{column}" in ({wanted})' if wanted else f"{newest} where false"
    with opened(domain.name, settings) as connection:
        connection.execute(f"create schema if not exists {SCHEMA}")
        try:
            connection.execute(f"create or replace table {relation} as {_over(product, newest)}")
        except duckdb.Error as error:
            raise _misfit(domain, product, str(error).partition("\n")[0]) from error
        try:
            yield from batches(connection, relation, shape.sort, shape.partition)
        finally:
            connection.execute(f"drop table {relation}")


def by_day(domain: Domain, product: DataProduct) -> bool:
    """Whether a day's rows of an older major version are made of that day's rows of the newest one alone."""
    newest, partition = shape_of(_newest_of(domain, product).contract), shape_of(product.contract).partition
    if partition is None or newest.partition is None:
        return False
    known: dict[str, object] = {NEWEST: dict.fromkeys(newest.names, "unknown")}
    tree = qualify(_parsed(domain, product), schema=known, dialect=DIALECT, validate_qualify_columns=False)
    if tree.find(*_ACROSS_ROWS) or len(list(tree.find_all(exp.Select))) > 1:
        return False
    handed = [select.unalias() for select in tree.selects if select.alias_or_name == partition]  # type: ignore[attr-defined]
    return all(isinstance(column, exp.Column) and column.name == newest.partition for column in handed) and bool(handed)


def older_origins(domain: Domain, product: DataProduct) -> dict[str, tuple[str, ...]]:
    """Tell from which columns of the newest major version each column of an older one comes.

    Returns:
        Column → its origins, such as "sales.orders.net_amount", sorted.
    """
    newest = _newest_of(domain, product)
    name = domain.full_name(newest)
    _, origins = columns_of(
        _over(product, f"select * from {name}"), {name: sql_types(shape_of(newest.contract).schema)}
    )
    return origins


def check_older(domain: Domain, product: DataProduct) -> None:
    """Hold an older major version's SQL against both contracts, without any rows.

    Raises:
        BadContract: Where it can't run over the newest one's columns, or makes others than the older one promises.
    """
    newest, promised = shape_of(_newest_of(domain, product).contract).schema, shape_of(product.contract).schema
    expected = sql_types(promised)
    with duckdb.connect() as connection:
        try:
            found = connection.sql(_over(product, rows_sql((), newest)))
        except duckdb.Error as error:
            raise _misfit(domain, product, str(error).partition("\n")[0]) from error
        made = dict(zip(found.columns, map(str, found.types), strict=True))
    wrong = [
        f"{name} is {made.get(name, 'missing')} instead of {kind}"
        for name, kind in expected.items()
        if made.get(name) != kind
    ]
    wrong += [f"{name} is no column of the contract" for name in made if name not in expected]
    if wrong:
        raise _misfit(domain, product, "; ".join(wrong))


def _over(product: DataProduct, newest: str) -> str:
    return f"with {NEWEST} as ({newest}) select * from (\n{product.older_sql.strip().rstrip(';')}\n)"


def _newest_of(domain: Domain, product: DataProduct) -> DataProduct:
    return domain.product(product.inputs[0].product.partition(".")[2])


def _parsed(domain: Domain, product: DataProduct) -> exp.Expr:
    try:
        return parse_one(product.older_sql, dialect=DIALECT)
    except SqlglotError as error:
        raise _misfit(domain, product, " ".join(str(error).split())) from error


def _misfit(domain: Domain, product: DataProduct, found: str) -> BadContract:
    return BadContract(
        f"{domain.full_name(product)}: its SQL does not make it from the newest major version: {found} "
        "(rule: exactly the contract's columns and types); mend the OlderMajor's sql"
    )
