"""The contract language: a Pandera model whose columns say what they mean, how secret they are and what they key.

A contract is written once and read by the audit, the ingest, the exported documents and the catalog.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, get_args

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData

Classification = Literal["public", "internal", "confidential", "restricted"]
CLASSIFICATIONS: tuple[Classification, ...] = get_args(Classification)
"""From open to secret."""
Money = Annotated[pl.Decimal, 18, 4]
"""An exact amount with four decimals, so that sums are equal on every engine and in every order of addition."""
Timestamp = Annotated[pl.Datetime, "us", "UTC"]
"""A UTC instant with microseconds."""


@dataclass(frozen=True, slots=True)
class ColumnMeaning:
    """What a column is, beyond its type and checks.

    Args:
        classification: Who may see it.
        personal: The kind of personal data, such as "email", or None.
        unit: The unit of the value, such as "EUR" or "minutes", or None.
        term: The business glossary's term, such as "Order", or None.
        key: True where the column is part of the row's key.
        partition: True for the date column whose days partition the table.
        sort: True where rows are sorted by it within a partition, for fast lookups.
        references: The product's or source's column it points to, such as "sales.orders.order_id", or None.
        holds_key: True where the value spells out the row's key: then it is as secret as the key.
        deprecated: The day from which the column may be taken away, or None.
    """

    classification: Classification = "internal"
    personal: str | None = None
    unit: str | None = None
    term: str | None = None
    key: bool = False
    partition: bool = False
    sort: bool = False
    references: str | None = None
    holds_key: bool = False
    deprecated: date | None = None


def column(
    description: str,
    *,
    classification: Classification = "internal",
    personal: str | None = None,
    unit: str | None = None,
    term: str | None = None,
    key: bool = False,
    partition: bool = False,
    sort: bool = False,
    references: str | None = None,
    holds_key: bool = False,
    deprecated: date | None = None,
    nullable: bool = False,
    **checks: Any,
) -> Any:
    """Declare a column of a contract.

    Args:
        description: What a value means, in a sentence.
        classification: Who may see it.
        personal: The kind of personal data, if any.
        unit: The unit of the value, if it has one.
        term: The glossary term, if there is one.
        key: Part of the row's key.
        partition: The date column whose days partition the table.
        sort: Rows are sorted by it within a partition.
        references: "<domain>.<product or source>.<column>" that holds every value.
        holds_key: The value spells out the row's key, and becomes as secret as the key.
        deprecated: The day from which the column may be taken away without a new major version, once no registered
            consumer uses it any more; None for as long as the product lives.
        nullable: Whether a value may be missing.
        checks: Pandera's checks, such as `ge=0`, `isin=[...]`, `str_matches=r"..."`.
    """
    meaning = ColumnMeaning(
        classification, personal, unit, term, key, partition, sort, references, holds_key, deprecated
    )
    return pa.Field(description=description, nullable=nullable, metadata={"meaning": meaning}, **checks)


def row_rule(sql: str) -> Any:
    """Declare a rule across a row's columns, as a SQL condition that every row meets or leaves unknown.

    Args:
        sql: A condition that Polars and DuckDB read alike, such as "net = gross - discount".
    """

    def holds(cls: type[pa.DataFrameModel], data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.sql_expr(sql))

    return pa.dataframe_check(holds, name=sql, error=sql)


class Contract(pa.DataFrameModel):
    """What every row of a table promises: types, checks, key, references, meaning."""

    class Config:
        """No column more and none less than declared."""

        strict = True
