"""Aggregation: declared measures over declared dimensions of a product.

Both are derived from the contract. Dimensions are texts, truths and days that are not personal; measures are numbers
that have a unit, and the count of rows. A number without a unit is a code or a score, and its sum means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from mesh_platform.contract.export.read import PublishedColumn
from mesh_platform.errors import UnknownName
from mesh_platform.lake.relation import duckdb_type, quoted
from mesh_platform.serve.problems import Problem
from mesh_platform.serve.products.asked import AGGREGATE, MOST_PAGE_ROWS, Query, asked, names, parameters, whole
from mesh_platform.serve.products.conditions import Condition, files_for, where
from mesh_platform.serve.products.kinds import kind_of
from mesh_platform.serve.products.shelf import Shown
from mesh_platform.serve.products.statements import Statement
from mesh_platform.serve.products.views import View

COUNT: Final = "count"
FUNCTIONS: Final = ("sum", "avg", "min", "max")
_DIMENSIONS: Final = frozenset({"string", "boolean", "date"})
_MEASURE: Final = re.compile(r"(?P<function>\w+)(\((?P<column>\w+)\))?")


@dataclass(frozen=True, slots=True)
class Measure:
    """What is computed of each group.

    Args:
        function: One of FUNCTIONS, or COUNT.
        column: The column; "" for the count of rows.
    """

    function: str
    column: str = ""

    @property
    def name(self) -> str:
        """Its column in the answer, such as "sum_net_amount"."""
        return f"{self.function}_{self.column}" if self.column else self.function

    def sql(self, column: PublishedColumn | None) -> str:
        """Write it; whole numbers stay whole and decimals keep their scale."""
        if column is None:
            return "count(*)"
        said = f"{self.function}({quoted(self.column)})"
        if self.function == "sum" and duckdb_type(column.type) in ("BIGINT", "INTEGER"):
            return f"cast({said} as bigint)"
        return said


@dataclass(frozen=True, slots=True)
class Aggregation:
    """A question for groups.

    Args:
        group_by: The dimensions; empty for one group of all rows.
        measures: What is computed.
        conditions: What rows must fulfil to be counted.
        limit: The most groups; None for all.
        as_of: As in `Asked`.
    """

    group_by: tuple[str, ...]
    measures: tuple[Measure, ...]
    conditions: tuple[Condition, ...]
    limit: int | None
    as_of: Any

    @property
    def looked_at(self) -> tuple[str, ...]:
        """Every column that the answer tells something of."""
        used = [*self.group_by, *(m.column for m in self.measures if m.column), *(c.column for c in self.conditions)]
        return tuple(dict.fromkeys(used))


def dimensions(shown: Shown) -> list[str]:
    """The columns by which rows can be grouped."""
    return [c.name for c in shown.columns.values() if c.type in _DIMENSIONS and not c.personal]


def measures(shown: Shown) -> list[str]:
    """The columns that can be added up, averaged and compared."""
    return [c.name for c in shown.columns.values() if c.unit and kind_of(c.type).number]


def aggregation(query: Query, shown: Shown) -> Aggregation:
    """Read a question for groups.

    Raises:
        Problem: 422 where a dimension or measure is none, or a parameter is wrong.
    """
    said = parameters(query, AGGREGATE)
    plain = asked([(n, v) for n, v in query if n not in ("group_by", "measure", "limit")], shown.columns, AGGREGATE)
    return Aggregation(
        group_by=_dimensions(said["group_by"], shown) if said.get("group_by") else (),
        measures=_measures(said.get("measure", COUNT), shown),
        conditions=plain.conditions,
        limit=whole(said["limit"], "limit", 1, MOST_PAGE_ROWS) if "limit" in said else None,
        as_of=plain.as_of,
    )


def groups(view: View, asked_for: Aggregation) -> Statement:
    """Write the query; groups come in the order of their dimensions."""
    held = (*asked_for.conditions, *view.policy)
    bound: list[Any] = []
    conditions = where(held, bound)
    used = [*asked_for.looked_at, *(c.column for c in view.policy)]
    columns = view.shown.columns
    by = [quoted(name) for name in asked_for.group_by]
    computed = [f"{m.sql(columns.get(m.column))} as {quoted(m.name)}" for m in asked_for.measures]
    source = view.relation(files_for(view.files, held), used or [next(iter(columns))])
    sql = f"select {', '.join([*by, *computed])} from {source}"
    sql += f" where {' and '.join(conditions)}" if conditions else ""
    sql += f" group by {', '.join(by)} order by {', '.join(f'{name} nulls last' for name in by)}" if by else ""
    sql += f" limit {asked_for.limit}" if asked_for.limit is not None else ""
    return Statement(sql, tuple(bound), (*asked_for.group_by, *(m.name for m in asked_for.measures)))


def _dimensions(written: str, shown: Shown) -> tuple[str, ...]:
    found, allowed = names(written, shown.columns, "group_by"), dimensions(shown)
    for name in found:
        if name not in allowed:
            rule = f"one of {', '.join(allowed) or 'none'}"
            raise Problem(422, "no-dimension", f"group_by: {name} is no dimension; take {rule}", "group_by", name, rule)
    return found


def _measures(written: str, shown: Shown) -> tuple[Measure, ...]:
    found = tuple(_measure(part.strip(), measures(shown)) for part in written.split(","))
    if len(set(found)) < len(found):
        raise Problem(422, "sent-twice", "measure: names one twice", "measure", rule="each measure once")
    return found


def _measure(written: str, allowed: Sequence[str]) -> Measure:
    read = _MEASURE.fullmatch(written, endpos=200)
    if read and read["function"] == COUNT and read["column"] is None:
        return Measure(COUNT)
    if read is None or read["function"] not in FUNCTIONS or read["column"] not in allowed:
        rule = f"count, or {', '.join(FUNCTIONS)} of {', '.join(allowed) or 'no column'}, such as sum(column)"
        known = [COUNT, *(f"{function}({column})" for column in allowed for function in FUNCTIONS)]
        wrong = UnknownName.of("measure", written[:80], known)
        raise Problem(422, "unknown-measure", f"measure: {wrong}", "measure", written[:80], rule)
    return Measure(read["function"], read["column"])
