"""The choice of a product in a place: one cumulative weight over all places and products, searched at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mesh_simulator.arrays import NOBODY, Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Shelf:
    """Today's weights of every product in every place."""

    cumulative: Floats
    weight: Floats
    width: int

    @classmethod
    def of(cls, wanted: Floats, carried: Bools) -> Shelf:
        """Weigh the products that each place carries by how much they are wanted."""
        weight = np.where(carried, wanted, 0.0).ravel()
        return cls(np.concatenate([[0.0], np.cumsum(weight)]), weight, len(wanted))

    def draw(self, rng: np.random.Generator, place: Ints, first: Ints, end: Ints) -> Ints:
        """Draw a product for each row among the positions first..end-1 that its place carries, or NOBODY."""
        base = place * self.width
        low, high = self.cumulative[base + first], self.cumulative[base + end]
        at = low + (high - low) * rng.random(len(place))
        found = np.searchsorted(self.cumulative, at, side="right") - 1 - base
        return np.where(high > low * (1 + 1e-12), np.clip(found, first, np.maximum(end - 1, first)), NOBODY)

    def carries(self, place: Ints, sku: Ints) -> Bools:
        """Whether a place carries a product."""
        return np.asarray(self.weight[place * self.width + sku] > 0, np.bool_)
