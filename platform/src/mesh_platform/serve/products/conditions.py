"""Conditions on columns: read from a request's query, written as SQL with bound values, used to leave files out.

Identifiers come from the contract only, and values are always bound, so no text of a request becomes SQL.
A missing value fulfils no condition but `is_null`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mesh_platform.contract.export.read import PublishedColumn
from mesh_platform.errors import UnknownName
from mesh_platform.lake.relation import holding, quoted
from mesh_platform.serve.problems import Problem
from mesh_platform.serve.products.kinds import value_of
from mesh_platform.serve.service import Filter

COMPARISONS: Final[Mapping[str, str]] = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
OPERATORS: Final = (*COMPARISONS, "in", "is_null")
MOST_VALUES: Final = 1000
"""Of an `in`: the longest address that is taken holds fewer of most keys."""
_PARAMETER: Final = re.compile(r"(?P<column>[^\[\]]+)(\[(?P<operator>[^\[\]]*)\])?")


@dataclass(frozen=True, slots=True)
class Condition:
    """What the rows must fulfil in one column.

    Args:
        column: The column.
        operator: One of OPERATORS.
        value: A value of the column's type, a tuple of them for "in", a truth for "is_null".
    """

    column: str
    operator: str
    value: Any

    @classmethod
    def of(cls, policy: Filter) -> Condition:
        """A condition of a policy."""
        return cls(policy.column, policy.operator, policy.value)

    def sql(self, parameters: list[Any]) -> str:
        """Write the condition.

        Args:
            parameters: The bound values so far; the condition's are added.
        """
        name = quoted(self.column)
        if self.operator == "is_null":
            return missing(name) if self.value else f"not {missing(name)}"
        if self.operator == "in":
            if not self.value:
                return "false"
            parameters.extend(self.value)
            return f"{name} in ({', '.join('?' * len(self.value))})"
        parameters.append(self.value)
        return f"{name} {COMPARISONS[self.operator]} ?"

    def of_files(self, files: Sequence[str]) -> Sequence[str]:
        """Keep the files that can hold a row that fulfils it."""
        if self.operator in ("ne", "is_null"):
            return files
        low = high = self.value
        if self.operator == "in":
            if not self.value:
                return []
            low, high = min(self.value), max(self.value)
        if self.operator in ("lt", "le"):
            low = None
        if self.operator in ("gt", "ge"):
            high = None
        return holding(files, self.column, low, high)


def conditions(
    query: Iterable[tuple[str, str]], columns: Mapping[str, PublishedColumn], reserved: Iterable[str]
) -> tuple[Condition, ...]:
    """Read the conditions of a request.

    Args:
        query: The parameters as they were sent.
        columns: The product's columns by name.
        reserved: Parameters that are no columns.

    Raises:
        Problem: 422 where a parameter names no column or operator, or its value is none of the column.
    """
    others = frozenset(reserved)
    return tuple(_condition(name, written, columns, others) for name, written in query if name not in others)


def _condition(name: str, written: str, columns: Mapping[str, PublishedColumn], reserved: frozenset[str]) -> Condition:
    read = _PARAMETER.fullmatch(name)
    column = columns.get(read["column"]) if read else None
    if read is None or column is None:
        known = UnknownName.of("column or parameter", name[:80], [*columns, *sorted(reserved)])
        raise Problem(422, "unknown-parameter", str(known), name[:80], rule="a column of the contract, or a parameter")
    operator = "eq" if read["operator"] is None else read["operator"]
    if operator not in OPERATORS:
        listed = ", ".join(OPERATORS)
        wrong = UnknownName.of("operator", operator[:20], list(OPERATORS))
        raise Problem(422, "unknown-operator", f"{column.name}: {wrong}", column.name, rule=f"one of {listed}")
    return Condition(column.name, operator, _value(column, operator, written, name))


def _value(column: PublishedColumn, operator: str, written: str, field: str) -> Any:
    if operator == "is_null":
        if written not in ("true", "false"):
            raise Problem(422, "wrong-value", f"{field}: write true or false", field, rule="true or false")
        return written == "true"
    if operator != "in":
        return value_of(column, written, field)
    parts = next(csv.reader([written.replace("\n", " ").replace("\r", " ").replace("\0", " ")]), [""])
    if len(parts) > MOST_VALUES:
        raise Problem(422, "too-many-values", f"{field}: ask for fewer", field, rule=f"at most {MOST_VALUES:,} values")
    return tuple(value_of(column, part, field) for part in parts)


def missing(name: str) -> str:
    """Write that a column has no value.

    A bare "is null" is fulfilled by the reader of Parquet, and that of DuckDB 2.0 takes every row of a page for missing
    whose texts are equal and in no dictionary, as other writers than ours may leave them. A comparison it leaves alone.

    Args:
        name: The column as an SQL identifier.
    """
    return f"(({name} is null) = true)"


def where(held: Iterable[Condition], parameters: list[Any]) -> list[str]:
    """Write conditions, all of which rows fulfil; their values are added to the parameters."""
    return [condition.sql(parameters) for condition in held]


def files_for(files: Sequence[str], held: Iterable[Condition]) -> list[str]:
    """Keep the files that can hold rows that fulfil all conditions."""
    for condition in held:
        files = condition.of_files(files)
    return list(files)
