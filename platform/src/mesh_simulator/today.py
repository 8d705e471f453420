"""What is true on one day before anybody shops: prices, promotions, shelves, campaigns, crowds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from mesh_simulator.arrays import Floats, Ints
from mesh_simulator.campaigns import Influence
from mesh_simulator.experiments import Experiment, experiment_running
from mesh_simulator.shelf import Shelf
from mesh_simulator.state import State
from mesh_simulator.world import Parameters


@dataclass(frozen=True, slots=True)
class Today:
    """One day of the world.

    Args:
        wanted: How much each product is wanted at today's price.
        discount: Each product's discount today, a share of its price.
        promotion: The promotion that gives it, or NOBODY.
        busyness: How many shoppers each store draws.
        energy: How active each customer is.
    """

    world: Parameters
    state: State
    day: int
    date: date
    wanted: Floats
    discount: Floats
    promotion: Ints
    shelf: Shelf
    influence: Influence
    busyness: Floats
    energy: Floats
    experiment: Experiment | None

    @classmethod
    def begin(cls, world: Parameters, state: State, day: int) -> Today:
        """Look at the world on the morning of a day."""
        when = world.date_of(day)
        discount, promotion = state.promotions.today(day, world.skus)
        wanted = state.catalogue.wanted(when.timetuple().tm_yday, discount)
        return cls(
            world=world,
            state=state,
            day=day,
            date=when,
            wanted=wanted,
            discount=discount,
            promotion=promotion,
            shelf=Shelf.of(wanted, state.carried),
            influence=Influence.today(world, day, state.members, len(state.people)),
            busyness=state.stores.busyness(world.rng("busyness", day), when.weekday()),
            energy=state.people.energy(day),
            experiment=experiment_running(world, day),
        )

    @property
    def warehouse(self) -> int:
        """The place that serves web orders."""
        return self.world.stores

    def rng(self, system: str) -> np.random.Generator:
        """Seed one system's chance today."""
        return self.world.rng(system, self.day)
