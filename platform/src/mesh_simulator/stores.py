"""Stores and the warehouse: where they are, how big they are, what they carry and their rhythm of the day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mesh_simulator.arrays import Bools, Floats, Ints, Table
from mesh_simulator.catalogue import Catalogue
from mesh_simulator.vocabulary import CITIES
from mesh_simulator.world import Parameters

OPENS, CLOSES = 8, 20
"""Opening hours, UTC."""
WEEKDAYS = np.array([0.95, 0.92, 0.95, 1.0, 1.2, 1.4, 0.58])
"""How busy stores are from Monday to Sunday."""
CARRIED = 0.4
"""The share of products that a store carries."""


@dataclass(slots=True)
class Stores(Table):
    """One row a store; the warehouse comes after the last one and is not a row."""

    size: Floats
    city: Ints
    opened: Ints
    evening: Floats

    def hours(self, weekday: int) -> Floats:
        """Cumulative shares of the day's shoppers by store and hour of the day."""
        hour = np.arange(24)
        late = np.exp(-0.5 * ((hour - 17.5) / 1.7) ** 2)
        noon = np.exp(-0.5 * ((hour - 12.0) / 2.2) ** 2)
        evening = self.evening[:, None] * (1.0 if weekday < 5 else 0.4)
        shares = np.where((hour >= OPENS) & (hour < CLOSES), evening * late + (1 - evening) * noon, 0.0)
        return np.asarray(np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1), np.float64)

    def busyness(self, rng: np.random.Generator, weekday: int) -> Floats:
        """How many shoppers each store draws today, against its ordinary day."""
        return np.asarray(WEEKDAYS[weekday] * np.exp(rng.normal(0, 0.13, len(self))), np.float64)


def make_stores(world: Parameters) -> Stores:
    """Invent the stores; their sizes average 1."""
    rng = world.rng("stores")
    size = np.exp(rng.normal(0, 0.4, world.stores))
    return Stores(
        size=size / size.mean(),
        city=np.arange(world.stores, dtype=np.int64) % len(CITIES),
        opened=rng.integers(400, 6000, world.stores),
        evening=rng.uniform(0.3, 0.75, world.stores),
    )


def make_assortment(world: Parameters, catalogue: Catalogue) -> Bools:
    """Decide which products each store carries, popular ones first; the warehouse, the last row, has all."""
    rng = world.rng("assortment")
    score = np.log(catalogue.popularity) + rng.normal(0, 1.2, (world.stores, world.skus))
    rank = np.argsort(np.argsort(-score, axis=1, kind="stable"), axis=1, kind="stable")
    carried = rank < round(CARRIED * world.skus)
    return np.vstack([carried, np.ones((1, world.skus), np.bool_)])
