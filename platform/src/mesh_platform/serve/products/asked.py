"""What a request for rows asks, read from its query and checked against the contract before anything is opened."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mesh_platform.contract.export.read import PublishedColumn
from mesh_platform.errors import UnknownName
from mesh_platform.serve.problems import Problem
from mesh_platform.serve.products.conditions import Condition, conditions
from mesh_platform.serve.products.kinds import moment

PAGE_ROWS: Final = 1_000
"""Rows of a page of JSON where nothing is said: an answer that a person can still scroll through."""
MOST_PAGE_ROWS: Final = 50_000
"""The largest page; a page is held in memory, a stream without `limit` is not."""
COMMON: Final = ("major", "as_of", "format")
ROWS: Final = (*COMMON, "columns", "sort", "limit", "cursor")
ROW: Final = (*COMMON, "columns")
AGGREGATE: Final = (*COMMON, "group_by", "measure", "limit")
CHANGES: Final = ("major", "format", "since", "until", "columns")
_WHOLE: Final = re.compile(r"\d{1,18}")

Query = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Sort:
    """A column to sort by; missing values come last either way.

    Args:
        column: The column.
        descending: Largest first.
    """

    column: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks of a product.

    Args:
        columns: The columns to give, in order; None for all that may be read.
        conditions: What rows must fulfil.
        sort: The order; empty for that of the files.
        limit: The most rows of a page; None for all rows.
        cursor: Where the page begins, as the page before said; "" for the first one.
        as_of: The snapshot's id or a time; None for the current one.
    """

    columns: tuple[str, ...] | None = None
    conditions: tuple[Condition, ...] = ()
    sort: tuple[Sort, ...] = ()
    limit: int | None = None
    cursor: str = ""
    as_of: int | datetime | None = None

    @property
    def looked_at(self) -> tuple[str, ...]:
        """Columns that the answer would tell something of without giving them."""
        return tuple(dict.fromkeys([*(c.column for c in self.conditions), *(s.column for s in self.sort)]))


def asked(query: Query, columns: Mapping[str, PublishedColumn], reserved: Sequence[str] = ROWS) -> Asked:
    """Read what a request asks.

    Args:
        query: The parameters as they were sent.
        columns: The product's columns by name.
        reserved: The parameters of the route that are no columns.

    Raises:
        Problem: 422 where a parameter is unknown, sent twice or holds what it can't.
    """
    said = parameters(query, reserved)
    return Asked(
        columns=names(said["columns"], columns, "columns") if said.get("columns") is not None else None,
        conditions=conditions(query, columns, reserved),
        sort=_sort(said.get("sort"), columns),
        limit=whole(said["limit"], "limit", 1, MOST_PAGE_ROWS) if "limit" in said else None,
        cursor=said.get("cursor", ""),
        as_of=snapshot_or_time(said["as_of"], "as_of") if "as_of" in said else None,
    )


def parameters(query: Query, reserved: Sequence[str]) -> dict[str, str]:
    """Take the parameters that are no columns.

    Raises:
        Problem: 422 where one is sent twice.
    """
    found: dict[str, str] = {}
    for name, value in query:
        if name in reserved:
            if name in found:
                raise Problem(422, "sent-twice", f"{name}: send it once", name, rule="once")
            found[name] = value
    return found


def names(written: str, columns: Mapping[str, PublishedColumn], field: str) -> tuple[str, ...]:
    """Read a list of columns.

    Raises:
        Problem: 422 where one does not exist, or is there twice.
    """
    found = tuple(part.strip() for part in written.split(","))
    for name in found:
        if name not in columns:
            wrong = UnknownName.of("column", name[:80], list(columns))
            raise Problem(422, "unknown-column", f"{field}: {wrong}", field, name[:80], f"one of {', '.join(columns)}")
    if len(set(found)) < len(found):
        raise Problem(422, "sent-twice", f"{field}: names a column twice", field, rule="each column once")
    return found


def whole(written: str, field: str, smallest: int, largest: int) -> int:
    """Read a whole number within bounds.

    Raises:
        Problem: 422 where it is none.
    """
    if not (written.isascii() and _WHOLE.fullmatch(written)) or not smallest <= int(written) <= largest:
        rule = f"a whole number from {smallest:,} to {largest:,}"
        raise Problem(422, "wrong-value", f"{field}: send {rule}", field, written[:20], rule)
    return int(written)


def snapshot_or_time(written: str, field: str) -> int | datetime:
    """Read a snapshot's id or a time.

    Raises:
        Problem: 422 where it is neither.
    """
    if written.isascii() and written.isdigit() and len(written) < 20:
        return int(written)
    try:
        return moment(written)
    except ValueError as error:
        rule = "a snapshot's id, or a time such as 2026-11-20T08:30:00Z"
        raise Problem(422, "wrong-value", f"{field}: send {rule}", field, written[:40], rule) from error


def _sort(written: str | None, columns: Mapping[str, PublishedColumn]) -> tuple[Sort, ...]:
    if written is None:
        return ()
    parts = [part.strip() for part in written.split(",")]
    found = names(",".join(part.removeprefix("-") for part in parts), columns, "sort")
    return tuple(Sort(name, part.startswith("-")) for name, part in zip(found, parts, strict=True))
