"""A contract taken apart: its columns, key, partition and sort order, for rooms that don't speak Pandera."""

from dataclasses import dataclass, replace
from functools import cache
from inspect import cleandoc

import pandera.polars as pa
import polars as pl

from mesh_platform.contract.columns import CLASSIFICATIONS, ColumnMeaning, Contract
from mesh_platform.errors import BadContract


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a contract: its name, Polars type, meaning and whether it may be null."""

    name: str
    dtype: pl.DataType
    nullable: bool
    description: str
    meaning: ColumnMeaning


@dataclass(frozen=True, slots=True)
class Shape:
    """The parts of a contract that decide how its rows are stored."""

    description: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All columns, in the contract's order."""
        return tuple(c.name for c in self.columns)

    @property
    def key(self) -> tuple[str, ...]:
        """The columns whose values together name a row."""
        return tuple(c.name for c in self.columns if c.meaning.key)

    @property
    def partition(self) -> str | None:
        """The date column whose days partition the table, or None."""
        return next((c.name for c in self.columns if c.meaning.partition), None)

    @property
    def sort(self) -> tuple[str, ...]:
        """The columns that rows are sorted by within a partition: the lookup key."""
        return tuple(c.name for c in self.columns if c.meaning.sort) or self.key

    @property
    def references(self) -> dict[str, str]:
        """Column → the "<domain>.<table>.<column>" that holds each of its values."""
        return {c.name: c.meaning.references for c in self.columns if c.meaning.references}

    @property
    def schema(self) -> pl.Schema:
        """The Polars schema of the rows."""
        return pl.Schema({c.name: c.dtype for c in self.columns})


@cache
def shape_of(contract: type[Contract]) -> Shape:
    """Take a contract apart, once.

    Raises:
        BadContract: Where the contract has no key, no description, or two partition columns.
    """
    schema = contract.to_schema()
    columns = tuple(_column(contract.__name__, name, field) for name, field in schema.columns.items())
    shape = Shape(cleandoc(contract.__doc__ or ""), tuple(_as_secret_as_key(c, columns) for c in columns))
    if not shape.key:
        raise BadContract(f"contract {contract.__name__} has no key; mark its columns with column(..., key=True)")
    if sum(c.meaning.partition for c in shape.columns) > 1:
        raise BadContract(f"contract {contract.__name__} has two partition columns; keep one")
    return shape


def _column(contract: str, name: str, field: pa.Column) -> Column:
    meaning = (field.metadata or {}).get("meaning")
    if meaning is None or not field.description:
        raise BadContract(f"{contract}.{name} has no meaning; declare it with column('what it is', ...)")
    return Column(name, field.dtype.type, bool(field.nullable), str(field.description), meaning)


def _as_secret_as_key(column: Column, columns: tuple[Column, ...]) -> Column:
    """A column that spells out the key is at least as secret as the key, and holds its personal data."""
    if not column.meaning.holds_key:
        return column
    inside = [column.meaning, *(c.meaning for c in columns if c.meaning.key)]
    classification = max((m.classification for m in inside), key=CLASSIFICATIONS.index)
    personal = next((m.personal for m in inside if m.personal), None)
    return replace(column, meaning=replace(column.meaning, classification=classification, personal=personal))
