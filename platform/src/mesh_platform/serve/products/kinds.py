"""The kinds of values that columns hold: how a request writes them, and what the OpenAPI document says of them.

Decimals are texts in JSON, because most readers would round a number; so are times (RFC 3339, UTC) and dates.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from mesh_platform.contract.export.read import PublishedColumn
from mesh_platform.errors import BadContract
from mesh_platform.serve.problems import Problem

_DECIMAL: Final = re.compile(r"decimal\((\d+),\s*(\d+)\)")
_WHOLE: Final = re.compile(r"[+-]?\d{1,19}")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_LONG, _INT = 2**63, 2**31


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of values.

    Args:
        name: Its name in the lake, such as "decimal(18,4)".
        rule: How a request writes a value, for errors.
        schema: Its JSON schema.
        parse: Reads a value from a request's text; raises ValueError where it is none.
        number: Whether it can be added up.
    """

    name: str
    rule: str
    schema: Mapping[str, Any]
    parse: Callable[[str], Any]
    number: bool = False


def kind_of(physical: str) -> Kind:
    """Find the kind of a published type.

    Args:
        physical: The type in the lake.

    Raises:
        BadContract: Where rows can't hold it.
    """
    if decimal := _DECIMAL.fullmatch(physical):
        return _decimal(physical, int(decimal[1]), int(decimal[2]))
    if physical not in _KINDS:
        raise BadContract(f"columns of type {physical} can't be served (rule: one of {', '.join(_KINDS)}, decimal)")
    return _KINDS[physical]


def value_of(column: PublishedColumn, written: str, field: str) -> Any:
    """Read a value of a column from a request.

    Args:
        column: The column.
        written: The text of the request.
        field: The parameter, for the error; the value is not repeated, it may be personal.

    Raises:
        Problem: 422 where it is no value of the column.
    """
    kind = kind_of(column.type)
    try:
        value = kind.parse(written)
    except ValueError as error:
        raise Problem(
            422, "wrong-value", f"{field}: this is no {kind.name}; write {kind.rule}", field, rule=kind.rule
        ) from error
    if column.values and value not in column.values:
        listed = ", ".join(map(str, column.values))
        raise Problem(422, "wrong-value", f"{field}: not a value of {column.name}; it has {listed}", field, rule=listed)
    return value


def moment(written: str) -> datetime:
    """Read an instant; UTC where it names no zone.

    Raises:
        ValueError: Where it is none.
    """
    read = datetime.fromisoformat(written.replace(" ", "+") if "T" in written else written)
    try:
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError(written) from error


def _naive(written: str) -> datetime:
    read = datetime.fromisoformat(written)
    if read.tzinfo:
        raise ValueError(written)
    return read


def _whole(limit: int) -> Callable[[str], int]:
    def parse(written: str) -> int:
        if not _WHOLE.fullmatch(written) or not -limit <= int(written) < limit:
            raise ValueError(written)
        return int(written)

    return parse


def _finite(written: str) -> float:
    read = float(written)
    if not math.isfinite(read) or "_" in written:
        raise ValueError(written)
    return read


def _single(written: str) -> float:
    import numpy as np

    read = float(np.float32(_finite(written)))
    if not math.isfinite(read):
        raise ValueError(written)
    return read


def _day(written: str) -> date:
    if not _DAY.fullmatch(written):
        raise ValueError(written)
    return date.fromisoformat(written)


def _truth(written: str) -> bool:
    if written not in ("true", "false"):
        raise ValueError(written)
    return written == "true"


def _decimal(name: str, precision: int, scale: int) -> Kind:
    pattern = rf"^-?\d{{1,{max(precision - scale, 1)}}}(\.\d{{1,{scale}}})?$" if scale else rf"^-?\d{{1,{precision}}}$"

    def parse(written: str) -> Decimal:
        if not re.fullmatch(pattern[1:-1], written, re.ASCII):
            raise ValueError(written)
        return Decimal(written).quantize(Decimal(1).scaleb(-scale))

    rule = f"digits with at most {scale} decimals, such as 12.5"
    return Kind(name, rule, {"type": "string", "format": "decimal", "pattern": pattern}, parse, number=True)


_KINDS: Final[Mapping[str, Kind]] = {
    "string": Kind("string", "a text", {"type": "string"}, str),
    "long": Kind(
        "long", "a whole number of 64 bits", {"type": "integer", "format": "int64"}, _whole(_LONG), number=True
    ),
    "int": Kind("int", "a whole number of 32 bits", {"type": "integer", "format": "int32"}, _whole(_INT), number=True),
    "double": Kind("double", "a number, such as 12.5", {"type": "number", "format": "double"}, _finite, number=True),
    "float": Kind("float", "a number, such as 12.5", {"type": "number", "format": "float"}, _single, number=True),
    "boolean": Kind("boolean", "true or false", {"type": "boolean"}, _truth),
    "date": Kind("date", "a day, such as 2026-11-20", {"type": "string", "format": "date"}, _day),
    "timestamptz": Kind(
        "timestamptz", "an instant, such as 2026-11-20T08:30:00Z", {"type": "string", "format": "date-time"}, moment
    ),
    "timestamp": Kind("timestamp", "a time without zone, such as 2026-11-20T08:30:00", {"type": "string"}, _naive),
}
