"""How a table's rows are laid out: columns, which must have a value, the partition and the order within it.

Needs no engine by itself; Polars comes in with the schema that the caller already holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mesh_platform.errors import BadContract

if TYPE_CHECKING:
    import polars as pl

    from mesh_platform.contract import Shape


@dataclass(frozen=True, slots=True)
class TableLayout:
    """The layout of a lake table.

    Args:
        schema: Column → Polars type, in the table's order.
        required: Columns that have a value in every row; the partition always has one.
        partition: The date column whose days partition the table, or None.
        sort: The columns by which rows are sorted within a file.
        descriptions: Column → what a value means, kept as the column's doc.
    """

    schema: pl.Schema
    required: frozenset[str] = frozenset()
    partition: str | None = None
    sort: tuple[str, ...] = ()
    descriptions: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        named = {*self.required, *self.sort, *self.descriptions, *([self.partition] if self.partition else [])}
        for column in sorted(named - set(self.schema)):
            raise BadContract(f"layout: column '{column}' is not one of {list(self.schema)}; name an existing column")
        if self.partition and str(self.schema[self.partition]) != "Date":
            raise BadContract(
                f"layout: partition '{self.partition}' is {self.schema[self.partition]} (rule: a date); "
                "partition by a date column"
            )

    @property
    def always(self) -> frozenset[str]:
        """The columns that have a value in every row, the partition included."""
        return self.required | ({self.partition} if self.partition else set())

    @classmethod
    def of(cls, shape: Shape) -> TableLayout:
        """Lay out the rows of a contract."""
        return cls(
            schema=shape.schema,
            required=frozenset(column.name for column in shape.columns if not column.nullable),
            partition=shape.partition,
            sort=shape.sort,
            descriptions={column.name: column.description for column in shape.columns},
        )
