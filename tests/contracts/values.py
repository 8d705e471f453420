"""Values of a column: those that its checks allow, drawn by hypothesis, and the nearest that they forbid."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import numpy as np
import polars as pl
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mesh_platform.contract import Contract, shape_of
from tests.contracts.limits import Limits, Told, limits, nearest

T = TypeVar("T")
_WHOLE = 2**31
"""Whole numbers stay so small that sums and products of a rule don't overflow, which engines treat differently."""
_MONEY = Decimal(10) ** 9
_DAYS = (date(1970, 1, 1), date(2100, 1, 1))
_LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")


def drawn(strategy: st.SearchStrategy[T], count: int) -> list[T]:
    """Draw values, the same ones each time."""
    found: list[T] = []

    @settings(
        max_examples=count, derandomize=True, database=None, deadline=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def collect(value: T) -> None:
        found.append(value)

    collect()
    return found


def allowed(contract: type[Contract], name: str) -> st.SearchStrategy[Any]:
    """Values that a column may hold; nulls too where it may be null."""
    column = next(c for c in shape_of(contract).columns if c.name == name)
    values = _allowed(column.dtype, limits(contract, name))
    return st.one_of(st.none(), values) if column.nullable else values


def _allowed(dtype: pl.DataType, within: Limits) -> st.SearchStrategy[Any]:
    if within.allowed:
        return st.sampled_from(within.allowed)
    if isinstance(dtype, pl.List):
        return st.lists(_allowed(pl.Series(dtype=dtype.inner).dtype, Limits()), max_size=3)
    values = _OF_TYPE[dtype.base_type()](dtype, within)
    return values.filter(lambda value: value not in within.unlike) if within.unlike else values


def _texts(_: pl.DataType, within: Limits) -> st.SearchStrategy[str]:
    if within.pattern:
        return st.from_regex(within.pattern, fullmatch=True).filter(lambda text: "\n" not in text and "\0" not in text)
    shortest, longest = within.length
    return st.text(_LETTERS, min_size=shortest, max_size=longest)


def _integers(_: pl.DataType, within: Limits) -> st.SearchStrategy[int]:
    return st.integers(_or(within.low, -_WHOLE), _or(within.high, _WHOLE))


def _floats(dtype: pl.DataType, within: Limits) -> st.SearchStrategy[float]:
    low, high, narrow = within.low, within.high, dtype == pl.Float32
    if narrow:
        low, high = _inside(low, 1), _inside(high, -1)
    return st.floats(low, high, width=32 if narrow else 64, allow_nan=low is None and high is None)


def _inside(bound: float | None, direction: int) -> float | None:
    """The nearest value of 32 bits that is not beyond a bound."""
    if bound is None:
        return None
    near = np.float32(bound)
    beyond = near < bound if direction > 0 else near > bound
    return float(np.nextafter(near, np.float32(math.inf * direction)) if beyond else near)


def _decimals(dtype: pl.DataType, within: Limits) -> st.SearchStrategy[Decimal]:
    assert isinstance(dtype, pl.Decimal)
    return st.decimals(_or(within.low, -_MONEY), _or(within.high, _MONEY), places=dtype.scale)


def _dates(_: pl.DataType, within: Limits) -> st.SearchStrategy[date]:
    return st.dates(_or(within.low, _DAYS[0]), _or(within.high, _DAYS[1]))


def _instants(dtype: pl.DataType, within: Limits) -> st.SearchStrategy[datetime]:
    assert isinstance(dtype, pl.Datetime)
    first, last = (datetime.combine(day, datetime.min.time(), UTC) for day in _DAYS)
    ends = [_or(within.low, first).replace(tzinfo=None), _or(within.high, last).replace(tzinfo=None)]
    bare = st.datetimes(*ends)
    return bare.map(lambda at: at.replace(tzinfo=UTC)) if dtype.time_zone else bare


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value


_OF_TYPE: Mapping[Any, Callable[[pl.DataType, Limits], st.SearchStrategy[Any]]] = {
    pl.String: _texts,
    pl.Int32: _integers,
    pl.Int64: _integers,
    pl.Float32: _floats,
    pl.Float64: _floats,
    pl.Decimal: _decimals,
    pl.Boolean: lambda *_: st.booleans(),
    pl.Date: _dates,
    pl.Datetime: _instants,
}
"""The lake's types → values of them."""


def forbidden(contract: type[Contract], name: str, check: Any) -> list[Any]:
    """The nearest values that a check of a column forbids; a text that a check allows after all may be among them."""
    return _FORBIDDEN[check.name](check.statistics or {}, shape_of(contract).schema[name])


def _beside(told: Told, dtype: pl.DataType) -> list[Any]:
    """Values that are not listed, but nearly."""
    listed = sorted(told["allowed_values"]) if "allowed_values" in told else [told["value"]]
    if dtype == pl.String:
        return ["", f"{listed[0]} ", listed[-1].swapcase()]
    return [nearest(listed[-1], dtype, 1)]


def _outside(told: Told, dtype: pl.DataType) -> list[Any]:
    low, high = told["min_value"], told["max_value"]
    edges = ([] if told["include_min"] else [low]) + ([] if told["include_max"] else [high])
    return [nearest(low, dtype, -1), nearest(high, dtype, 1), *edges]


def _mismatches(told: Told, _: pl.DataType) -> list[str]:
    """Texts that just miss a pattern: case, a line break, something before and after it."""
    kept: str = told.get("pattern") or re.escape(told["string"])
    fitting = drawn(st.from_regex(kept, fullmatch=True).filter(lambda text: text.isascii()), 3)[-1].strip()
    return ["", fitting.swapcase(), f"{fitting}\n", f" {fitting} ", f"-{fitting}-"]


def _lengths(told: Told, _: pl.DataType) -> list[str]:
    shortest, longest = told.get("min_value"), told.get("max_value")
    too_long = [] if longest is None else ["é" * (longest + 1)]
    return ["x" * (shortest - 1), *too_long] if shortest else too_long


_FORBIDDEN: Mapping[str, Callable[[Told, pl.DataType], list[Any]]] = {
    "greater_than_or_equal_to": lambda told, dtype: [nearest(told["min_value"], dtype, -1)],
    "greater_than": lambda told, dtype: [told["min_value"], nearest(told["min_value"], dtype, -1)],
    "less_than_or_equal_to": lambda told, dtype: [nearest(told["max_value"], dtype, 1)],
    "less_than": lambda told, dtype: [told["max_value"], nearest(told["max_value"], dtype, 1)],
    "in_range": _outside,
    "isin": _beside,
    "equal_to": _beside,
    "not_equal_to": lambda told, _: [told["value"]],
    "notin": lambda told, _: sorted(told["forbidden_values"]),
    "str_matches": _mismatches,
    "str_startswith": _mismatches,
    "str_endswith": _mismatches,
    "str_contains": _mismatches,
    "str_length": _lengths,
}
"""Pandera's check → values that break it."""
