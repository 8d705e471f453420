"""Whether an entity is among the rows that a grant lets its holder see."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from mesh_platform.serve.service import Filter

COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "in": lambda value, values: value in values,
}


def fulfils(
    rules: Sequence[Filter], entity: Sequence[str], key: Sequence[Any], values: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """Hand on an entity's values if they fulfil all rules; one that does not is as if it weren't there.

    A missing value fulfils no rule, as in SQL; neither does one that can't be compared with the rule's.

    Args:
        rules: The grant's conditions.
        entity: The columns of the key.
        key: The entity.
        values: Its features; None where it is unknown.
    """
    if values is None or not rules:
        return values
    row = {**values, **dict(zip(entity, key, strict=True))}
    return values if all(_fulfils(rule, row[rule.column]) for rule in rules) else None


def _fulfils(rule: Filter, value: Any) -> bool:
    if value is None:
        return False
    try:
        return COMPARED[rule.operator](value, _like(rule.value, value))
    except TypeError:
        return False


def _like(asked: Any, value: Any) -> Any:
    """A rule's value as the feature is: an amount is exact, also where the rule's is not."""
    if isinstance(asked, tuple | list):
        return tuple(_like(one, value) for one in asked)
    return Decimal(str(asked)) if isinstance(value, Decimal) and isinstance(asked, float) else asked
