"""The kinds of values that the online store keeps, and how each lies in bytes.

Everything comes back as the lake has it, to the bit: decimals stay exact, instants are in UTC, missing is None.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from mesh_platform.errors import BadContract

if TYPE_CHECKING:
    import polars as pl

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = date(1970, 1, 1).toordinal()
LONGEST_DECIMAL = 18
"""The most digits of a decimal that fit into eight bytes; longer ones are kept as text."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How values of one type are kept.

    Args:
        name: Names the kind in a header, such as "float" or "decimal:4".
        code: The `struct` code of a value of fixed width; "" for what is kept as text.
        back: Makes the value of what was kept; None where it is the same.
        python: The Python type of a value.
    """

    name: str
    code: str
    back: Callable[[Any], Any] | None
    python: type


def kind_of(dtype: pl.DataType, what: str) -> Kind:
    """Find the kind of a column's type.

    Args:
        dtype: The type.
        what: Names the column in an error.

    Raises:
        BadContract: Where values of the type can't be kept.
    """
    import polars as pl

    if isinstance(dtype, pl.Decimal):
        exact = dtype.precision is not None and dtype.precision <= LONGEST_DECIMAL
        return kind(f"decimal:{dtype.scale}" if exact else "wide decimal")
    if isinstance(dtype, pl.Datetime):
        return kind("instant" if dtype.time_zone else "local time")
    if dtype == pl.UInt64 or not (dtype.is_integer() or dtype.is_float() or dtype in _SIMPLE()):
        raise BadContract(
            f"{what} is {dtype} (rule: text, number, decimal, truth value, date or timestamp, which the online store "
            "can keep); cast it in the product, or leave it out of the view"
        )
    return kind("int" if dtype.is_integer() else "float" if dtype.is_float() else _SIMPLE()[dtype])


@cache
def _SIMPLE() -> dict[Any, str]:  # noqa: N802 - a constant that needs Polars
    import polars as pl

    return {pl.Boolean(): "bool", pl.Date(): "date", pl.String(): "text"}


@cache
def kind(name: str) -> Kind:
    """Find a kind by its name."""
    if name.startswith("decimal:"):
        scale = int(name.partition(":")[2])
        return Kind(name, "q", lambda scaled: Decimal(scaled).scaleb(-scale), Decimal)
    return _KINDS[name]


def _date(days: int) -> date:
    return date.fromordinal(EPOCH_DAY + days)


def _instant(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)


def _local_time(microseconds: int) -> datetime:
    return _instant(microseconds).replace(tzinfo=None)


_KINDS = {
    each.name: each
    for each in (
        Kind("int", "q", None, int),
        Kind("float", "d", None, float),
        Kind("bool", "?", None, bool),
        Kind("date", "i", _date, date),
        Kind("instant", "q", _instant, datetime),
        Kind("local time", "q", _local_time, datetime),
        Kind("text", "", None, str),
        Kind("wide decimal", "", Decimal, Decimal),
    )
}


def physical(column: pl.Series, kept: Kind) -> pl.Series:
    """Turn a column into what is kept of it: numbers of the kind's width, or texts; missing stays missing."""
    import polars as pl

    if kept.name.startswith("decimal:"):
        return column.to_physical().cast(pl.Int64)
    if kept.name in {"instant", "local time"}:
        return column.dt.epoch("us")
    if kept.name == "date":
        return column.to_physical()
    return column.cast({"int": pl.Int64, "float": pl.Float64, "bool": pl.Boolean}.get(kept.name, pl.String))


def kept_of(value: Any) -> Any:
    """What is kept of one part of a key; the same as `physical` of a column."""
    if isinstance(value, datetime):
        return (value.replace(tzinfo=value.tzinfo or UTC) - EPOCH) // timedelta(microseconds=1)
    if isinstance(value, date):
        return value.toordinal() - EPOCH_DAY
    return value
