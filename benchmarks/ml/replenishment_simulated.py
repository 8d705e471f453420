"""The replenishment plan on the simulated world: six weeks replayed on the demand that there truly was.

Three ways through the same weeks: what the current policy really led to, the current policy as inferred from the ledger
and replayed (which tells how far the replay is to be trusted), and the plan. The plan decides from published data only;
the truth says what customers wanted.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from benchmarks.ml.demand_simulated import open_world, truth
from benchmarks.ml.table import Row
from mesh_inventory.ml.backtest import REPLAYED_DAYS, enough, read_past, replay, window
from mesh_inventory.ml.network import cube, read_network
from mesh_inventory.ml.order_policy import Costs
from mesh_platform.errors import TooFewExamples

FIGURES = {
    "fill rate": "{:.2%}",
    "stock-out rate": "{:.2%}",
    "pieces": "{:,.0f}",
    "holding cost": "{:,.0f}",
    "lost cost": "{:,.0f}",
    "handling cost": "{:,.0f}",
    "total cost": "{:,.0f}",
}


def measure(data: Path) -> list[Row]:
    """Replay the last six weeks."""
    began = time.perf_counter()
    world = open_world(("inventory.products",))
    days = window(world.days[-1], world.days[0])
    network, ledger = read_network(world, days[0], days[-1])
    first = enough(ledger.days)
    if first is None:
        raise TooFewExamples(f"{len(ledger.days)} days (rule: {REPLAYED_DAYS} to replay, 28 before); simulate more")
    past = read_past(world, network, ledger.days)
    wanted = cube(network, truth(), "demanded", ledger.days)
    made = replay(network, ledger, past, wanted, first, Costs())
    planned, current, again = (one.summary() for one in (made.planned, made.current, made.current_replayed))
    worse = int(np.sum(made.planned.fill_rate < made.current.fill_rate))
    seconds = time.perf_counter() - began
    task, protocol = "simulated replenishment", f"last {REPLAYED_DAYS} days replayed on the true demand"
    rows = [
        Row(
            task,
            protocol,
            f"{name}, a day" if "rate" not in name else name,
            f"as it was {form.format(current[name])}; current policy replayed {form.format(again[name])}",
            form.format(planned[name]),
            seconds,
        )
        for name, form in FIGURES.items()
    ]
    places = f"{worse} of {len(made.planned.fill_rate)}"
    return [*rows, Row(task, protocol, "places with a lower fill rate than it was", "0", places, seconds)]
