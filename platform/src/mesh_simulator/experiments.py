"""Experiments of the web shop: visitors are assigned to variants by their id, and variants truly differ."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from mesh_simulator.arrays import NOBODY, Floats, Ints, even_share
from mesh_simulator.world import Parameters

EVERY_DAYS = 24
LENGTH_DAYS = 21
ENROLLED = 0.9
"""The share of visitors who take part."""
LOST = 0.15
"""The share of the last variant's visitors that a broken experiment forgets to log."""
VARIANTS = ("control", "a", "b", "c")


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment and its true effects on the logits of clicking and of adding to the cart, by variant.

    Args:
        number: Counts experiments from 0.
        starts: The first day.
        click: Effect on clicking, by variant; the first is the control.
        cart: Effect on adding to the cart, by variant.
        broken: Whether assignments are lost, so that the variants' sizes differ from the plan.
    """

    number: int
    starts: int
    click: tuple[float, ...]
    cart: tuple[float, ...]
    broken: bool

    def variants(self, visitor: Ints) -> Ints:
        """The variant of each visitor, NOBODY for those who take no part."""
        salt = 100 + 4 * self.number
        variant = np.floor(even_share(visitor, salt) * len(self.click)).astype(np.int64)
        out = even_share(visitor, salt + 2) >= ENROLLED
        lost = self.broken & (variant == len(self.click) - 1) & (even_share(visitor, salt + 3) < LOST)
        return np.where(out | lost, NOBODY, variant)


@cache
def experiment(world: Parameters, number: int) -> Experiment:
    """Design an experiment; the same number always gives the same one."""
    rng = world.rng("experiment", number)
    arms = int(rng.integers(1, 4))
    click = tuple(float(x) for x in rng.choice([0.0, 0.0, 0.05, 0.15, 0.3, -0.1], arms))
    cart = tuple(float(x) for x in rng.choice([0.0, 0.0, 0.1, 0.2, 0.35, -0.15], arms))
    return Experiment(number, 1 + number * EVERY_DAYS, (0.0, *click), (0.0, *cart), broken=number % 4 == 2)


def experiment_running(world: Parameters, day: int) -> Experiment | None:
    """The experiment of a day, if one runs."""
    number = (day - 1) // EVERY_DAYS
    if day < 1 or (day - 1) % EVERY_DAYS >= LENGTH_DAYS:
        return None
    return experiment(world, number)


def effects(running: Experiment | None, variant: Ints) -> tuple[Floats, Floats]:
    """The effects on clicking and on adding to the cart of each visit."""
    if running is None:
        return np.zeros(len(variant)), np.zeros(len(variant))
    click, cart = np.array([*running.click, 0.0]), np.array([*running.cart, 0.0])
    return click[variant], cart[variant]  # NOBODY (-1) finds the appended zero
