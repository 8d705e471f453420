"""The words of a comparison: what changed, what the contract alone demands, and whom it reaches."""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any, Literal


class Level(IntEnum):
    """The part of the version that a change raises; only MINOR and MAJOR are demanded."""

    NONE = 0
    MINOR = 1
    MAJOR = 2


class Effect(IntEnum):
    """What a change does to a consumer whom it reaches."""

    UNAFFECTED = 0
    AT_RISK = 1
    BROKEN = 2


Whom = Literal["nobody", "column", "product", "listing", "relying", "freshness"]
"""Whom a change reaches: readers of its columns; every reader of the product; who tells the column's values apart; who
relies on one of the change's values; who needs rows newer than the product still promises."""

Kind = Literal[
    "product added",
    "product removed",
    "product retired",
    "source added",
    "source removed",
    "version lowered",
    "table moved",
    "status changed",
    "sunset changed",
    "column added",
    "column removed",
    "column renamed",
    "columns reordered",
    "type widened",
    "type changed",
    "null allowed",
    "null forbidden",
    "value added",
    "value removed",
    "values listed",
    "values freed",
    "key changed",
    "partition changed",
    "sort changed",
    "unit changed",
    "unit added",
    "classification raised",
    "classification lowered",
    "personal data",
    "deprecated",
    "deprecation changed",
    "reference added",
    "reference changed",
    "rule tightened",
    "rule loosened",
    "service level raised",
    "service level lowered",
    "description changed",
    "owner changed",
    "lineage changed",
    "input port changed",
    "other",
]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two states of the published interface.

    Args:
        table: The product, such as "sales.orders", or a source's raw table, such as "sales_raw.order_lines".
        major: The major version whose document changed.
        kind: What happened.
        said: The difference in words, such as "long → string".
        level: The version that the contract alone demands, whoever consumes it.
        columns: The columns that it is about; none where it is about the table.
        whom: Whom it reaches.
        effect: What it does to those.
        values: The values that it is about.
        hours: The freshness that is still promised.
        removable_from: The day from which what was taken away could be, as announced; None where it was not.
        stops_runs: True where whatever is computed from the columns can't be computed any more.
    """

    table: str
    major: int
    kind: Kind
    said: str
    level: Level = Level.NONE
    columns: tuple[str, ...] = ()
    whom: Whom = "nobody"
    effect: Effect = Effect.UNAFFECTED
    values: tuple[Any, ...] = ()
    hours: float | None = None
    removable_from: date | None = None
    stops_runs: bool = False

    @property
    def where(self) -> str:
        """The column, or the table where it is about no single one."""
        return f"{self.table}.{self.columns[0]}" if len(self.columns) == 1 else self.table
