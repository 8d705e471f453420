"""What the world has decided but not yet done: returns, reports, deliveries and reviews with the day they are due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from mesh_simulator.arrays import Ints


@dataclass(slots=True)
class Later:
    """Rows of integers, each with the day on which it is due."""

    rows: dict[str, Ints]

    @classmethod
    def of(cls, *columns: str) -> Self:
        """Make an empty list of what is due."""
        return cls({name: np.zeros(0, np.int64) for name in ("due", *columns)})

    def add(self, due: Ints, **columns: Ints) -> None:
        """Remember rows until they are due."""
        new = {"due": due, **columns}
        self.rows = {name: np.concatenate([kept, new[name]]) for name, kept in self.rows.items()}

    def take(self, day: int) -> dict[str, Ints]:
        """Hand out what is due by a day, once."""
        now = self.rows["due"] <= day
        taken = {name: values[now] for name, values in self.rows.items()}
        self.rows = {name: values[~now] for name, values in self.rows.items()}
        return taken
