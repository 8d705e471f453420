"""What a column's checks allow, as limits to draw values from, and the nearest value that a type can hold."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from mesh_platform.contract import Contract, shape_of

LONGEST = 8
"""Characters of a text whose length nothing limits."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a column's checks allow, as far as it helps to draw values."""

    low: Any = None
    high: Any = None
    allowed: tuple[Any, ...] = ()
    pattern: str | None = None
    length: tuple[int, int | None] = (0, LONGEST)
    unlike: tuple[Any, ...] = ()


def limits(contract: type[Contract], name: str) -> Limits:
    """Read a column's checks."""
    found: dict[str, Any] = {}
    for check in contract.to_schema().columns[name].checks:
        if check.name in _SAID:
            found |= _SAID[check.name](check.statistics or {}, shape_of(contract).schema[name])
    return Limits(**found)


def nearest(value: Any, dtype: pl.DataType, direction: int) -> Any:
    """Find the nearest value above (1) or below (-1) another one that a type can hold."""
    if dtype == pl.Float64:
        return math.nextafter(value, math.inf * direction)
    if dtype == pl.Float32:
        return float(np.nextafter(np.float32(value), np.float32(math.inf * direction)))
    if isinstance(dtype, pl.Decimal):
        return Decimal(value) + direction * Decimal(1).scaleb(-dtype.scale)
    if isinstance(dtype, pl.Datetime):
        return value + direction * timedelta(microseconds=1)
    return value + direction * (timedelta(days=1) if dtype == pl.Date else 1)


Told = Mapping[str, Any]
_SAID: Mapping[str, Callable[[Told, pl.DataType], dict[str, Any]]] = {
    "greater_than_or_equal_to": lambda told, _: {"low": told["min_value"]},
    "greater_than": lambda told, dtype: {"low": nearest(told["min_value"], dtype, 1)},
    "less_than_or_equal_to": lambda told, _: {"high": told["max_value"]},
    "less_than": lambda told, dtype: {"high": nearest(told["max_value"], dtype, -1)},
    "in_range": lambda told, dtype: {
        "low": told["min_value"] if told["include_min"] else nearest(told["min_value"], dtype, 1),
        "high": told["max_value"] if told["include_max"] else nearest(told["max_value"], dtype, -1),
    },
    "isin": lambda told, _: {"allowed": tuple(told["allowed_values"])},
    "equal_to": lambda told, _: {"allowed": (told["value"],)},
    "not_equal_to": lambda told, _: {"unlike": (told["value"],)},
    "notin": lambda told, _: {"unlike": tuple(told["forbidden_values"])},
    "str_matches": lambda told, _: {"pattern": told["pattern"]},
    "str_startswith": lambda told, _: {"pattern": f"{re.escape(told['string'])}.*"},
    "str_endswith": lambda told, _: {"pattern": f".*{re.escape(told['string'])}"},
    "str_contains": lambda told, _: {"pattern": f".*{told['pattern']}.*"},
    "str_length": lambda told, _: {"length": (told.get("min_value") or 0, told.get("max_value"))},
}
"""Pandera's check → the limits that it sets."""
