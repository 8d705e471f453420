"""Conditions as a caller writes them in Python, put as the service reads them: `amount__gt=10` is `amount[gt]=10`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from mesh_platform.errors import UserError

OPERATORS = frozenset({"eq", "ne", "lt", "le", "gt", "ge", "in", "is_null"})


def parameters(conditions: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Write conditions as parameters.

    Args:
        conditions: Column, or column and operator joined by two underscores → value. A list asks for any of its
            values, None for rows where the column is missing.

    Raises:
        UserError: Where a value is of a type that no column has.
    """
    return [_parameter(name, value) for name, value in conditions.items()]


def text(value: Any) -> str:
    """Write a value as the service reads it.

    Raises:
        UserError: Where it is of a type that no column has, or a time without a zone.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise UserError(f"the time {value} has no zone (rule: times are UTC); add tzinfo=UTC")
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str | int | float | Decimal):
        return str(value)
    raise UserError(f"a {type(value).__name__} can't be asked for (rule: texts, numbers, truths, days, times)")


def _parameter(name: str, value: Any) -> tuple[str, str]:
    column, _, operator = name.rpartition("__")
    if not column or operator not in OPERATORS:
        column, operator = name, ""
    if value is None:
        return _missing(column, operator)
    if operator == "in" or (not operator and isinstance(value, list | tuple | set | frozenset)):
        return f"{column}[in]", _listed(value)
    return f"{column}[{operator}]" if operator else column, text(value)


def _missing(column: str, operator: str) -> tuple[str, str]:
    if operator not in ("", "eq", "ne"):
        raise UserError(f"{column}: nothing is {operator} a missing value (rule: None asks whether it is missing)")
    return f"{column}[is_null]", "false" if operator == "ne" else "true"


def _listed(values: Iterable[Any]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([text(value) for value in values])
    return line.getvalue()
