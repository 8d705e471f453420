"""Tables of equally long arrays: the form in which the world keeps everything that it remembers.

A table is a dataclass of NumPy arrays. It can be stacked, filtered, and turned into plain arrays and back, so that
the world's state is saved without pickling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self, TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.floating[Any]]
Bools: TypeAlias = npt.NDArray[np.bool_]

NOBODY = -1
"""The number that stands for "none": no customer, no campaign, no card."""


@dataclass(slots=True)
class Table:
    """Columns of one length."""

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))

    def where(self, rows: Bools | Ints) -> Self:
        """Choose rows by mask or position."""
        return type(self)(**{name: values[rows] for name, values in self.arrays().items()})

    def stack(self, *others: Self) -> Self:
        """Put tables below each other."""
        tables = (self, *others)
        return type(self)(**{f.name: np.concatenate([getattr(t, f.name) for t in tables]) for f in fields(self)})

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The columns by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @classmethod
    def of(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        """Build the table from its columns."""
        return cls(**arrays)

    @classmethod
    def empty(cls) -> Self:
        """Make a table of integer columns without rows."""
        return cls(**{f.name: np.zeros(0, np.int64) for f in fields(cls)})


def constant(count: int, value: int = NOBODY) -> Ints:
    """Repeat one number."""
    return np.full(count, value, np.int64)


def positions_within(groups: Ints) -> Ints:
    """Number the rows of each group from 0; equal groups stand next to each other."""
    starts = np.flatnonzero(np.diff(groups, prepend=groups[:1] - 1))
    return np.arange(len(groups)) - np.repeat(starts, np.diff(np.append(starts, len(groups))))


def pick(rng: np.random.Generator, cumulative: Floats) -> Ints:
    """Draw one column for each row of cumulative shares."""
    drawn = (cumulative < rng.random((len(cumulative), 1))).sum(axis=1)
    return np.asarray(np.minimum(drawn, cumulative.shape[1] - 1), np.int64)


def pick_same(rng: np.random.Generator, shares: Floats, count: int) -> Ints:
    """Draw columns when all rows have the same shares, which need not add up to one."""
    cumulative = np.cumsum(shares)
    drawn = np.searchsorted(cumulative, rng.random(count) * cumulative[-1], side="right")
    return np.asarray(np.minimum(drawn, len(shares) - 1), np.int64)


def mixed(code: Ints, salt: int = 0) -> Ints:
    """Scatter numbers below 2**40 over that range without collisions, so that an id tells nothing about its owner."""
    scattered = (code.astype(np.uint64) + np.uint64(salt * 7919)) * np.uint64(0x9E3779B97F4A7C15)
    return (scattered & np.uint64((1 << 40) - 1)).astype(np.int64)


def even_share(code: Ints, salt: int) -> Floats:
    """Turn numbers into repeatable uniform shares between 0 and 1."""
    once = mixed(code, salt)
    return mixed(once ^ (once >> 17), salt + 1) / float(1 << 40)
