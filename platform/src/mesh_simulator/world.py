"""The world's parameters: everything that its rows depend on, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import sqrt
from zlib import crc32

import numpy as np


@dataclass(frozen=True, slots=True)
class Parameters:
    """What decides every byte of the world.

    Args:
        seed: The seed of all chance.
        scale: 1.0 is about ten thousand customers; customers and events grow with it, products and stores with
            its square root.
        start: The first day.
        bad_rate: The share of a source's rows that are injected as bad.
    """

    seed: int
    scale: float
    start: date
    bad_rate: float = 0.002

    @property
    def customers(self) -> int:
        """How many customers there are on the first day."""
        return max(60, round(10_000 * self.scale))

    @property
    def skus(self) -> int:
        """How many products there are."""
        return max(96, round(1_000 * sqrt(self.scale)))

    @property
    def stores(self) -> int:
        """How many stores there are."""
        return max(2, round(12 * sqrt(self.scale)))

    def rng(self, system: str, day: int = -1) -> np.random.Generator:
        """Seed one system's chance on one day, so that no system's draws depend on another's."""
        return np.random.default_rng([self.seed, crc32(system.encode()), day + 1])

    def date_of(self, day: int) -> date:
        """The date of the world's day, counted from 0."""
        return self.start + timedelta(days=day)


@dataclass(frozen=True, slots=True)
class World:
    """A simulated world as it stands in the landing zone.

    Args:
        seed: The seed of all chance.
        scale: The size of the world.
        start: Its first day.
        days: How many days have landed.
        counts: Landed rows, bad ones included, by source ("sales/order_lines").
        seconds: How long the call took that returned this.
    """

    seed: int
    scale: float
    start: date
    days: int
    counts: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def last_day(self) -> date:
        """The newest day that has landed."""
        return self.start + timedelta(days=self.days - 1)
