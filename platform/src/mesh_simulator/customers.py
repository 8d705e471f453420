"""Customers: tastes, income, habits, and whether they are still with OmniShop, which no system knows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mesh_simulator.arrays import Bools, Floats, Ints, Table, constant, pick_same
from mesh_simulator.catalogue import CELLS, SHARES, Catalogue
from mesh_simulator.stores import Stores
from mesh_simulator.vocabulary import CATEGORIES, CITIES, FIRST_NAMES, LAST_NAMES, STYLES
from mesh_simulator.world import Parameters

NEVER = 1_000_000
"""The day on which a customer lapses who has no plan to."""
TIERS = ("none", "bronze", "silver", "gold")
TIER_CENTS = np.array([15_000, 60_000, 180_000])
FAVOURITES = 5
GONE_BEFORE = 0.12
"""The share of the first day's customers who have lapsed already."""
BASE_HAZARD = 0.0016
"""The chance per day that a content customer begins to leave."""


@dataclass(slots=True)
class Customers(Table):
    """One row a customer, in order of sign-up; days count from the world's first day, money is in cents."""

    taste: Floats
    style: Ints
    favourites: Ints
    income: Floats
    thrift: Floats
    activity: Floats
    online: Floats
    restless: Floats
    home: Ints
    city: Ints
    first_name: Ints
    last_name: Ints
    born: Ints
    phone: Ints
    joined: Ints
    joined_at: Ints
    tier: Ints
    spent: Ints
    marketing: Bools
    profiling: Bools
    fake: Bools
    annoyed: Floats
    fading_from: Ints
    lapses: Ints

    def alive(self, day: int) -> Bools:
        """Who still buys on a day."""
        return np.asarray((self.lapses > day) & ~self.fake, np.bool_)

    def energy(self, day: int) -> Floats:
        """How active each customer is: not before the day after sign-up, less while fading, never after lapsing."""
        present = self.alive(day) & (self.joined < day)
        return np.asarray(self.activity * present * np.where(self.fading_from <= day, 0.45, 1.0), np.float64)


def newcomers(
    world: Parameters, day: int, count: int, catalogue: Catalogue, stores: Stores, *, system: str = "sign-ups"
) -> Customers:
    """Invent customers who sign up on a day."""
    rng = world.rng(system, day)
    alpha = 9.0 * SHARES / SHARES.mean() / len(CATEGORIES)
    taste = rng.gamma(alpha, 1.0, (count, len(CATEGORIES))) + 1e-6
    taste = np.cumsum(taste / taste.sum(axis=1, keepdims=True), axis=1)
    style = rng.integers(0, len(STYLES), count)
    income = np.exp(rng.normal(0, 0.4, count))
    return Customers(
        taste=taste,
        style=style,
        favourites=_favourites(rng, taste, style, catalogue),
        income=income,
        thrift=np.clip(rng.beta(2.5, 2.5, count) - 0.25 * np.log(income), 0.02, 0.98),
        activity=rng.gamma(1.3, 1 / 1.3, count),
        online=rng.beta(1.1, 1.9, count),
        restless=np.exp(rng.normal(0, 0.6, count)),
        home=pick_same(rng, stores.size, count),
        city=rng.integers(0, len(CITIES), count),
        first_name=rng.integers(0, len(FIRST_NAMES), count),
        last_name=rng.integers(0, len(LAST_NAMES), count),
        born=np.where(rng.random(count) < 0.08, 0, rng.integers(18 * 365, 80 * 365, count)),
        phone=np.where(rng.random(count) < 0.2, 0, rng.integers(1_000_000, 9_999_999, count)),
        joined=constant(count, day),
        joined_at=rng.integers(0, 86_399_000, count),
        tier=constant(count, 0),
        spent=constant(count, 0),
        marketing=rng.random(count) < 0.68,
        profiling=rng.random(count) < 0.8,
        fake=np.zeros(count, np.bool_),
        annoyed=np.zeros(count),
        fading_from=constant(count, NEVER),
        lapses=constant(count, NEVER),
    )


def first_customers(world: Parameters, catalogue: Catalogue, stores: Stores) -> Customers:
    """Invent the customers of the first day, who signed up at any time in the six years before."""
    people = newcomers(world, -1, world.customers, catalogue, stores)
    rng = world.rng("first customers")
    people.joined = -rng.integers(1, 2200, len(people))
    people.spent = np.round(rng.gamma(0.8, 40_000, len(people)) * people.activity).astype(np.int64)
    people.tier = np.searchsorted(TIER_CENTS, people.spent, side="right").astype(np.int64)
    gone = rng.random(len(people)) < GONE_BEFORE
    people.lapses = np.where(gone, 0, people.lapses)
    people.fading_from = np.where(gone, 0, people.fading_from)
    return people


def _favourites(rng: np.random.Generator, taste: Floats, style: Ints, catalogue: Catalogue) -> Ints:
    """Give each customer products of their taste and style that they will buy again and again."""
    category = (taste[:, None, :] < rng.random((len(taste), FAVOURITES, 1))).sum(axis=2)
    cell = np.minimum(category, len(CATEGORIES) - 1) * len(STYLES) + style[:, None]
    weight = np.concatenate([[0.0], np.cumsum(catalogue.popularity)])
    ranges = catalogue.ranges()
    low, high = weight[ranges[cell]], weight[ranges[np.minimum(cell + 1, CELLS)]]
    found = np.searchsorted(weight, low + (high - low) * rng.random(cell.shape), side="right") - 1
    return np.asarray(np.clip(found, ranges[cell], ranges[cell + 1] - 1), np.int64)


def begin_to_leave(world: Parameters, day: int, people: Customers, protected: Floats) -> None:
    """Let some customers begin to fade; they lapse ten to thirty-five days later.

    Args:
        world: The world's parameters.
        day: Today.
        people: All customers; changed in place.
        protected: What retention leaves of each customer's hazard, 1 without any.
    """
    rng = world.rng("lapse", day)
    hazard = BASE_HAZARD * people.restless * (1 + 1.5 * people.annoyed) * protected
    leaves = (rng.random(len(people)) < hazard) & (people.lapses == NEVER) & ~people.fake & (people.joined < day)
    people.fading_from[leaves] = day + 1
    people.lapses[leaves] = day + 1 + rng.integers(10, 36, int(leaves.sum()))
    people.annoyed *= 0.96
