"""Promotions: discounts on some products for some days, of a campaign or on their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mesh_simulator.arrays import NOBODY, Floats, Ints, Table, constant
from mesh_simulator.campaigns import plans_made
from mesh_simulator.catalogue import Catalogue
from mesh_simulator.vocabulary import CATEGORIES
from mesh_simulator.world import Parameters

PERCENTS = (10, 15, 20, 25, 30, 40)


@dataclass(slots=True)
class Promotions(Table):
    """One row a promotion and product; the discount is in percent."""

    number: Ints
    campaign: Ints
    sku: Ints
    percent: Ints
    starts: Ints
    ends: Ints

    def today(self, day: int, skus: int) -> tuple[Floats, Ints]:
        """The discount (a share) and the promotion of each product today; the deepest discount wins."""
        discount, number = np.zeros(skus), constant(skus)
        live = self.where((self.starts <= day) & (self.ends >= day))
        live = live.where(np.lexsort((-live.number, live.percent)))
        discount[live.sku] = live.percent / 100.0
        number[live.sku] = live.number
        return discount, number


def make_promotions(world: Parameters, day: int, catalogue: Catalogue, counter: int) -> Promotions:
    """Create the day's promotions: of its new campaigns, and now and then one that no campaign carries."""
    rng = world.rng("promotions", day)
    wanted = [(p.number, p.starts, p.ends) for p in plans_made(world, day) if rng.random() < 0.6]
    if rng.random() < 0.35:
        wanted.append((NOBODY, day + 2, day + 8))
    made = [_promotion(rng, catalogue, counter + i, *terms) for i, terms in enumerate(wanted)]
    return Promotions.empty().stack(*made)


def _promotion(
    rng: np.random.Generator, catalogue: Catalogue, number: int, campaign: int, starts: int, ends: int
) -> Promotions:
    category = int(rng.integers(0, len(CATEGORIES)))
    among = np.flatnonzero(catalogue.category == category)
    sku = np.sort(rng.choice(among, min(len(among), int(rng.integers(4, 13))), replace=False))
    size = len(sku)
    percent = int(rng.choice(PERCENTS))
    return Promotions(
        constant(size, number),
        constant(size, campaign),
        sku,
        constant(size, percent),
        constant(size, starts),
        constant(size, ends),
    )
