"""What a consumer's registration says beyond columns: personal data in clear, conditions on rows, limits.

Read strictly, since a misspelt condition would show rows that nobody meant to show. Whether the columns exist, are
personal and have values of that type is asked by `wrong_policies`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from mesh_platform.contract.export.masks import masked_columns
from mesh_platform.contract.export.read import PublishedProduct
from mesh_platform.contract.strict import expect, is_list, is_number, only
from mesh_platform.errors import UnknownName

OPERATORS: Final = ("eq", "ne", "lt", "le", "gt", "ge", "in")
"""How a condition compares a column with its value."""
ORDERED: Final = frozenset({"lt", "le", "gt", "ge"})
"""The operators that need an order."""
_CONDITION_FIELDS: Final = ("column", "operator", "value")
_LIMIT_FIELDS: Final = ("requests_per_second", "rows_per_day")
_VALUES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "date": (date,),
    "timestamp": (datetime,),
}
"""Logical type of a column → the types of values that a condition may compare it with."""
_SCALARS: Final = (str, bool, int, float, date, datetime)


@dataclass(frozen=True, slots=True)
class Condition:
    """What every row that a consumer gets fulfils.

    Args:
        column: The column; it need not be one that the consumer reads.
        operator: One of OPERATORS.
        value: The value; a tuple of them for "in".
    """

    column: str
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a consumer may ask for; None where the platform's default holds.

    Args:
        requests_per_second: Requests a second, on average.
        rows_per_day: Rows a UTC day.
    """

    requests_per_second: float | None = None
    rows_per_day: int | None = None


def read_conditions(path: Path, place: str, said: object) -> tuple[Condition, ...]:
    """Read the conditions on the rows of a use; none where nothing is said."""
    if said is None:
        return ()
    expect(path, f"{place}.rows", said, is_list(said, dict), "a list of conditions, each once")
    listed: list[Mapping[str, Any]] = list(said) if isinstance(said, list) else []
    return tuple(_condition(path, f"{place}.rows[{number}]", one) for number, one in enumerate(listed))


def _condition(path: Path, place: str, said: Mapping[str, Any]) -> Condition:
    only(path, said, _CONDITION_FIELDS, _CONDITION_FIELDS, place)
    column, operator, value = (said[name] for name in _CONDITION_FIELDS)
    expect(path, f"{place}.column", column, isinstance(column, str), "a column")
    expect(path, f"{place}.operator", operator, operator in OPERATORS, f"one of {', '.join(OPERATORS)}")
    if operator == "in":
        expect(path, f"{place}.value", value, is_list(value, _SCALARS), "a list of values, each once")
        return Condition(column, operator, tuple(value))
    expect(path, f"{place}.value", value, isinstance(value, _SCALARS), "one value")
    return Condition(column, operator, value)


def read_limits(path: Path, said: object) -> Limits:
    """Read a consumer's limits; the defaults where nothing is said."""
    if said is None:
        return Limits()
    if not isinstance(said, dict):
        expect(path, "limits", said, False, f"fields {', '.join(_LIMIT_FIELDS)}")
        return Limits()
    only(path, said, _LIMIT_FIELDS, (), "limits")
    rate, rows = said.get(_LIMIT_FIELDS[0]), said.get(_LIMIT_FIELDS[1])
    expect(path, "limits.requests_per_second", rate, rate is None or (is_number(rate) and rate > 0), "above 0")
    is_count = rows is None or (isinstance(rows, int) and is_number(rows) and rows > 0)
    expect(path, "limits.rows_per_day", rows, is_count, "a whole number above 0")
    return Limits(rate, rows)


def wrong_policies(
    product: PublishedProduct, columns: tuple[str, ...], clear: tuple[str, ...], rows: tuple[Condition, ...]
) -> list[str]:
    """Say which of a use's policies don't fit the product.

    Args:
        product: The published product.
        columns: The columns of the use.
        clear: Those whose personal data it is to see.
        rows: Its conditions.

    Returns:
        One line a mistake.
    """
    name, hidden = f"{product.full_name} v{product.major}", masked_columns(product.columns)
    wrong = []
    for column in clear:
        if column not in columns:
            wrong.append(f"{name}: '{column}' in clear is not among its columns; add it there or take it out")
        elif column not in hidden:
            wrong.append(
                f"{name}: '{column}' in clear (rule: personal data that is masked: "
                f"{', '.join(sorted(hidden)) or 'none'}); take it out"
            )
    return wrong + [line for condition in rows for line in _wrong_condition(name, product, condition, hidden)]


def _wrong_condition(name: str, product: PublishedProduct, said: Condition, hidden: frozenset[str]) -> list[str]:
    known = {column.name: column for column in product.columns}
    if said.column not in known:
        return [f"{name}: {UnknownName.of('column', said.column, list(known))}"]
    column = known[said.column]
    if said.column in hidden and column.logical_type != "boolean" and not column.values:
        mistake = f"{name}: a condition on '{said.column}' writes personal data into the registration"
        return [f"{mistake} (rule: only a boolean or listed values); take it out"]
    kinds = _VALUES.get(column.logical_type)
    if kinds is None:
        return [f"{name}: no condition can be put on '{said.column}', a {column.logical_type}; take it out"]
    if said.operator in ORDERED and column.logical_type == "boolean":
        return [f"{name}: '{said.column}' is a boolean, which has no '{said.operator}'; write eq or ne"]
    values = said.value if said.operator == "in" else (said.value,)
    wrong = [value for value in values if not _is_of(value, kinds)]
    spoken = f"{name}: the condition on '{said.column}' compares with"
    return [f"{spoken} {value!r} (rule: type {column.logical_type}); correct it" for value in wrong] + [
        f"{spoken} {UnknownName.of('listed value', str(value), [str(v) for v in column.values])}"
        for value in values
        if value not in wrong and column.values and value not in column.values
    ]


def _is_of(value: object, kinds: tuple[type, ...]) -> bool:
    if isinstance(value, datetime):  # an instant is a day to Python
        return datetime in kinds and value.tzinfo is not None
    if isinstance(value, bool):  # and a boolean an integer
        return bool in kinds
    return isinstance(value, kinds)
