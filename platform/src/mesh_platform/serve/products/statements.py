"""The SQL of each question: written from the contract's names, with every value of a request bound.

Rows without `sort` come in the order of the files (by day, then as the table is sorted), which needs no sorting and
lets a page begin in the middle. `file_index` and `file_row_number` name a row within a snapshot, so they settle ties.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mesh_platform.contract.export.masks import MASK
from mesh_platform.lake.relation import quoted
from mesh_platform.serve.products.asked import Asked, Sort
from mesh_platform.serve.products.conditions import Condition, files_for, missing, where
from mesh_platform.serve.products.cursor import Cursor
from mesh_platform.serve.products.keys import Place
from mesh_platform.serve.products.views import View

PLACES: Final = ("file_index", "file_row_number")


@dataclass(frozen=True, slots=True)
class Statement:
    """A question as DuckDB takes it.

    Args:
        sql: The query.
        parameters: The bound values.
        columns: The columns that the answer gives; any further ones are for us.
        files: The numbers, in the snapshot's plan, of the files that are read.
    """

    sql: str
    parameters: tuple[Any, ...]
    columns: tuple[str, ...]
    files: tuple[int, ...] = ()


@dataclass(slots=True)
class _Parts:
    """A query under way."""

    conditions: list[str] = field(default_factory=list)
    parameters: list[Any] = field(default_factory=list)


def rows(view: View, columns: Sequence[str], asked: Asked, cursor: Cursor | None) -> Statement:
    """Write the query for rows, or for a page of them and the first row of the next."""
    held = (*asked.conditions, *view.policy)
    numbers = _numbers(view, held)
    parts = _Parts()
    parts.conditions += where(held, parts.parameters)
    if cursor is not None:
        if not asked.sort:
            numbers = numbers[bisect_left(numbers, cursor.file) :]
        parts.conditions.append(_after(asked.sort, cursor, numbers, parts.parameters))
    files = view.files
    used = [*columns, *(c.column for c in held), *(s.column for s in asked.sort)]
    paged = asked.limit is not None
    picked = [*_projected(view, columns), *(_extras(asked.sort) if paged else [])]
    sql = f"select {', '.join(picked)} from {view.relation([files[n] for n in numbers], used)}"
    sql += _clause("where", parts.conditions, " and ")
    if asked.sort:
        order = [f"{quoted(s.column)} {'desc' if s.descending else 'asc'} nulls last" for s in asked.sort]
        sql += _clause("order by", [*order, *PLACES], ", ")
    sql += f" limit {asked.limit + 1}" if asked.limit is not None else ""
    return Statement(sql, tuple(parts.parameters), tuple(columns), tuple(numbers))


def row(view: View, columns: Sequence[str], key: Sequence[Condition], place: Place) -> Statement:
    """Write the query for the row of a key.

    Args:
        view: What the caller sees.
        columns: The columns to give.
        key: A condition for each column of the key.
        place: Where it can be.
    """
    held = (*key, *view.policy)
    parameters: list[Any] = []
    conditions = where(held, parameters)
    if place.rows is not None:
        conditions.append("file_row_number between ? and ?")
        parameters += [place.rows.start, place.rows.stop - 1]
    used = [*columns, *(c.column for c in held)]
    sql = f"select {', '.join(_projected(view, columns))} from {view.relation(place.files, used)}"
    return Statement(sql + _clause("where", conditions, " and "), tuple(parameters), tuple(columns))


def _numbers(view: View, held: Sequence[Condition]) -> list[int]:
    files = view.files
    if not held:
        return list(range(len(files)))
    kept = frozenset(files_for(files, held))
    return [number for number, path in enumerate(files) if path in kept]


def projected(view: View, column: str, prefix: str = "") -> str:
    """Write a column as the caller sees it: masked where it must be; what is missing stays missing."""
    name = prefix + quoted(column)
    return f"case when {name} is not null then '{MASK}' end" if column in view.hidden else name


def _projected(view: View, columns: Sequence[str]) -> list[str]:
    return [f"{projected(view, column)} as {quoted(column)}" for column in columns]


def _extras(sort: Sequence[Sort]) -> list[str]:
    """What the cursor needs of the last row, under names that no column has (a contract's begin with a letter)."""
    values = [f'{quoted(s.column)} as "_sort_{number}"' for number, s in enumerate(sort)]
    return [*values, 'file_index as "_file"', 'file_row_number as "_row"']


def _after(sort: Sequence[Sort], cursor: Cursor, numbers: Sequence[int], parameters: list[Any]) -> str:
    """Write "comes after the cursor's row": column by column, each with all before it equal."""
    ways: list[str] = []
    equal: list[str] = []
    bound: list[Any] = []
    for each, value in zip(sort, cursor.values, strict=True):
        name = quoted(each.column)
        if value is not None:
            sign = "<" if each.descending else ">"
            ways.append(" and ".join([*equal, f"({name} {sign} ? or {name} is null)"]))
            parameters += [*bound, value]
            bound.append(value)
        equal.append(missing(name) if value is None else f"{name} = ?")
    index = bisect_left(numbers, cursor.file)
    here = index < len(numbers) and numbers[index] == cursor.file
    last = f"(file_index > {index} or (file_index = {index} and file_row_number > {cursor.row}))"
    ways.append(" and ".join([*equal, last if here else f"file_index >= {index}"]))
    parameters += bound
    return "(" + " or ".join(f"({way})" for way in ways) + ")"


def _clause(word: str, parts: Sequence[str], joined: str) -> str:
    return f" {word} {joined.join(parts)}" if parts else ""
