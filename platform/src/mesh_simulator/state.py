"""The world's memory between days, and how it is saved so that the world continues after a restart."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mesh_simulator.arrays import Bools, Table
from mesh_simulator.campaigns import Members
from mesh_simulator.catalogue import Catalogue, make_catalogue
from mesh_simulator.customers import Customers, first_customers
from mesh_simulator.later import Later
from mesh_simulator.promotions import Promotions
from mesh_simulator.stock import Stock, first_stock
from mesh_simulator.stores import Stores, make_assortment, make_stores
from mesh_simulator.world import Parameters

COUNTERS = ("orders", "movements", "posts", "promotions", "fraudsters")


def _returns() -> Later:
    return Later.of("customer", "place", "sku", "quantity", "price", "payment", "card")


def _reports() -> Later:
    return Later.of("order", "kind")


def _posts() -> Later:
    return Later.of("customer", "sku", "network", "rating", "mood", "theme")


@dataclass(slots=True)
class State:
    """Everything that tomorrow depends on."""

    stores: Stores
    catalogue: Catalogue
    carried: Bools
    people: Customers
    stock: Stock
    members: Members = field(default_factory=Members.empty)
    promotions: Promotions = field(default_factory=Promotions.empty)
    returns: Later = field(default_factory=_returns)
    reports: Later = field(default_factory=_reports)
    posts: Later = field(default_factory=_posts)
    arrivals: Later = field(default_factory=lambda: Later.of("place", "sku", "quantity", "kind"))
    counters: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTERS, 0))

    @classmethod
    def first(cls, world: Parameters) -> State:
        """Create the world as it is before its first day."""
        stores, catalogue = make_stores(world), make_catalogue(world)
        carried = make_assortment(world, catalogue)
        people = first_customers(world, catalogue, stores)
        return cls(stores, catalogue, carried, people, first_stock(world, catalogue, stores, carried))

    def count(self, counter: str, more: int) -> int:
        """Reserve numbers and return the first of them."""
        first = self.counters[counter]
        self.counters[counter] += more
        return first

    def save(self, path: Path) -> None:
        """Write the state to one file."""
        arrays: dict[str, npt.NDArray[Any]] = {"carried": self.carried}
        for name in ("stores", "catalogue", "people", "stock", "members", "promotions"):
            table: Table = getattr(self, name)
            arrays |= {f"{name}.{column}": values for column, values in table.arrays().items()}
        for name in ("returns", "reports", "posts", "arrivals"):
            later: Later = getattr(self, name)
            arrays |= {f"{name}.{column}": values for column, values in later.rows.items()}
        arrays |= {f"counters.{name}": np.array(number) for name, number in self.counters.items()}
        with path.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # the stub takes the names for options

    @classmethod
    def load(cls, path: Path) -> State:
        """Read a state that was saved."""
        parts: dict[str, dict[str, npt.NDArray[Any]]] = {}
        with np.load(path, allow_pickle=False) as saved:
            for key in saved.files:
                part, _, column = key.partition(".")
                parts.setdefault(part, {})[column] = saved[key]
        return cls(
            Stores.of(parts["stores"]),
            Catalogue.of(parts["catalogue"]),
            parts["carried"][""],
            Customers.of(parts["people"]),
            Stock.of(parts["stock"]),
            Members.of(parts["members"]),
            Promotions.of(parts["promotions"]),
            Later(parts["returns"]),
            Later(parts["reports"]),
            Later(parts["posts"]),
            Later(parts["arrivals"]),
            {name: int(number) for name, number in parts["counters"].items()},
        )
