"""Products: what they are, how good they are, what they cost, and how much they are wanted on a day.

Products of a category and style stand next to each other, so that a choice within a category or style is a choice
within a range of positions; neighbours in a style are substitutes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mesh_simulator.arrays import Floats, Ints, Table
from mesh_simulator.vocabulary import BRANDS, CATEGORIES, SIZES, STYLES
from mesh_simulator.world import Parameters

CELLS = len(CATEGORIES) * len(STYLES)
SHARES = np.array([c.share for c in CATEGORIES])


@dataclass(slots=True)
class Catalogue(Table):
    """One row a product, in order of category and style; money in cents."""

    cell: Ints
    noun: Ints
    brand: Ints
    size: Ints
    quality: Floats
    base_price: Ints
    price: Ints
    cost: Ints
    pack: Ints
    supplier: Ints
    lead_days: Ints
    shelf_life: Ints
    popularity: Floats
    season: Floats
    peak: Ints
    elasticity: Floats

    @property
    def category(self) -> Ints:
        """Each product's category."""
        return self.cell // len(STYLES)

    def ranges(self) -> Ints:
        """The first position of every cell, and the end."""
        return np.searchsorted(self.cell, np.arange(CELLS + 1)).astype(np.int64)

    def wanted(self, day_of_year: int, discount: Floats) -> Floats:
        """How much each product is wanted today, at today's price."""
        season = 1 + self.season * np.cos(2 * np.pi * (day_of_year - self.peak) / 365.25)
        relative = self.price * (1 - discount) / self.base_price
        return np.asarray(self.popularity * season * relative**-self.elasticity, np.float64)

    def change_prices(self, rng: np.random.Generator) -> Ints:
        """Change the list price of a few products and say which."""
        changed = np.flatnonzero(rng.random(len(self)) < 0.0008)
        factor = rng.choice([0.92, 0.95, 1.04, 1.08], len(changed))
        self.price[changed] = np.maximum(50, np.round(self.price[changed] * factor)).astype(np.int64)
        return changed


def make_catalogue(world: Parameters) -> Catalogue:
    """Invent the products."""
    rng = world.rng("catalogue")
    count = world.skus
    cell = (np.arange(count) * CELLS // count).astype(np.int64)
    category = cell // len(STYLES)
    quality = np.clip(rng.normal(0, 1, count), -2.2, 2.2)
    euros = np.array([c.price for c in CATEGORIES])[category]
    premium = np.array([1.0, 1.0, 1.15, 1.5])[cell % len(STYLES)]
    price = np.round(euros * premium * np.exp(rng.normal(0, 0.35, count) + 0.06 * quality) * 100)
    price = (price // 10 * 10 + 9).astype(np.int64)
    raw = np.exp(rng.normal(0, 1.0, count) + 0.25 * quality)
    per_cell = np.bincount(cell, raw, CELLS)[cell]
    return Catalogue(
        cell=cell,
        noun=rng.integers(0, 4, count),
        brand=rng.integers(0, len(BRANDS), count),
        size=rng.integers(0, len(SIZES), count),
        quality=quality,
        base_price=price.copy(),
        price=price,
        cost=np.round(price * rng.uniform(0.45, 0.7, count)).astype(np.int64),
        pack=rng.choice([1, 6, 10, 12, 24], count, p=[0.2, 0.3, 0.2, 0.2, 0.1]).astype(np.int64),
        supplier=rng.integers(0, max(8, count // 25), count),
        lead_days=rng.integers(3, 15, count),
        shelf_life=np.array([c.shelf_life for c in CATEGORIES])[category].astype(np.int64),
        popularity=SHARES[category] * raw / per_cell / len(STYLES),
        season=np.array([c.season for c in CATEGORIES])[category] * rng.uniform(0.5, 1.1, count),
        peak=(np.array([c.peak for c in CATEGORIES])[category] + rng.integers(-20, 21, count)).astype(np.int64),
        elasticity=rng.uniform(1.0, 3.0, count),
    )
