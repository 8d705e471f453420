"""Numbers turned into the ids, names, times and amounts that the systems write.

A column knows its numbers and how they are written; `written` writes all columns of a table at once, which is many
times as fast for small tables as one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_simulator.arrays import Ints

EPOCH = date(1970, 1, 1)
MS_PER_DAY = 86_400_000
AMOUNT = pl.Decimal(18, 2)


@dataclass(frozen=True, slots=True)
class Written:
    """Numbers, and how they are written."""

    numbers: Ints
    how: Callable[[pl.Expr], pl.Expr]

    def series(self) -> pl.Series:
        """Write this column alone."""
        return written({"column": self})["column"]


def written(columns: Mapping[str, Written | pl.Series | npt.NDArray[Any]]) -> pl.DataFrame:
    """Write the columns of a table."""
    raw = pl.DataFrame({name: c.numbers if isinstance(c, Written) else c for name, c in columns.items()})
    return raw.select(
        (c.how(pl.col(name)) if isinstance(c, Written) else pl.col(name)).alias(name) for name, c in columns.items()
    )


def instants(first_day: date, at_ms: Ints) -> Written:
    """Write milliseconds since a day's midnight as UTC instants."""
    midnight = (first_day - EPOCH).days * MS_PER_DAY
    return Written(at_ms, lambda at: ((at + midnight) * 1000).cast(pl.Datetime("us", "UTC")))


def optional(numbers: Ints) -> Written:
    """Write negative numbers as missing ones."""
    return Written(numbers, lambda number: pl.when(number >= 0).then(number))


def numbered(prefix: str, numbers: Ints, width: int) -> Written:
    """Write numbers as ids of a fixed width; a negative number is a missing id."""

    def how(number: pl.Expr) -> pl.Expr:
        digits = pl.when(number >= 0).then(number).cast(pl.String).str.zfill(width)
        return pl.concat_str(pl.lit(prefix), digits)

    return Written(numbers, how)


def look(words: Sequence[str] | pl.Series, numbers: Ints) -> Written:
    """Look each number up in a list of words; a negative number is a missing word."""
    listed = pl.Series([*words, None], dtype=pl.String)
    return Written(np.where(numbers < 0, len(words), numbers), lambda number: pl.lit(listed).gather(number))


def cents(amounts: Ints) -> Written:
    """Write cents as exact amounts."""
    return Written(amounts, lambda amount: (amount.cast(AMOUNT) / 100).cast(AMOUNT))


def place_names(stores: int) -> list[str]:
    """The ids of all places: the stores, then the warehouse."""
    return [f"S{number + 1:03d}" for number in range(stores)] + ["W01"]
