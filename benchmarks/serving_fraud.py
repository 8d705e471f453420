"""How fast an order is scored before it is accepted: `MESH_HOME=… python -m benchmarks.serving_fraud [--copies N]`.

The stores' orders of a finished world are written into a lake of their own several times over, so that stores have a
long past, and pushed into a real online store. Orders of the newest days are then sent one by one: checked, features
gathered, scored, reasons told. The reference, in the same run and turn by turn, is LightGBM's bare predict of one row.
"""

import argparse
import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.scoring import layout_of
from mesh_platform.features.online.push import push
from mesh_platform.features.online.reading import OnlineReader
from mesh_platform.features.online.store import open_store
from mesh_platform.lake import Lake, Made, Pinned, WholeTable
from mesh_platform.ml.registry import Registry
from mesh_platform.ml.versions import ModelVersion
from mesh_platform.settings import Settings
from mesh_sales.features import STORE_ORDERS, VIEWS
from mesh_sales.ml.live import LIVE
from mesh_sales.ml.live_order import Order
from mesh_sales.ml.model import booster_of
from mesh_sales.ml.recipe import RECIPE

HEADER = ("order_id", "ordered_at", "channel", "store_id", "customer_id", "card_id", "device_id", "payment_method")
LINE = ("sku", "quantity", "unit_price", "discount")
WARM_UP = 200
"""Requests after which every store's past has been read once: a server's first minute."""
OF_AN_ORDER = ("order_id", "customer_id", "card_id", "device_id")


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", type=int, default=10, help="how many times over the stores' orders are there")
    parser.add_argument("--requests", type=int, default=5_000, help="orders that are sent")
    asked = parser.parse_args()
    world = Settings.load()
    with tempfile.TemporaryDirectory() as temporary:
        lake = Lake.open(replace(Settings.load(Path(temporary)), model_registry=world.model_registry))
        for table in sorted({view.source for view in VIEWS}):
            multiplied(table, Lake.open(world), lake, asked.copies)
        store = open_store(f"sqlite:///{temporary}/online.db")
        for view in VIEWS:
            push(view, lake, store)
        measured(Registry.open(world), lake, OnlineReader(store), asked.requests)
        store.close()
    return 0


def multiplied(table: str, world: Lake, lake: Lake, copies: int) -> None:
    """Write a table with the stores' orders several times over, each time other orders of the same stores."""
    once = world.scan(table).collect()
    others = [name for name in OF_AN_ORDER if name in once.columns]
    in_stores = once.filter(pl.col("store_id").is_not_null()) if "store_id" in once.columns else once.clear()

    def frames() -> list[pl.DataFrame]:
        return [once, *(in_stores.with_columns(pl.col(others) + f"-{copy}") for copy in range(1, copies))]

    made = Made("benchmark", "", "")
    lake.publish(table, layout_of(table), frames, replace=WholeTable(), made=made, audit=None)


def measured(registry: Registry, lake: Lake, online: OnlineReader, requests: int) -> None:
    """Send orders, and print how long each part took."""
    champion = registry.champion(RECIPE.name)
    if not isinstance(champion, ModelVersion):
        raise SystemExit("the world has no champion of the model 'fraud'; `mesh run` of 120 days trains one")
    fitted = registry.load(champion, RECIPE.trusted)
    ready, trees = LIVE.ready(fitted, Pinned.current(lake, LIVE.tables)), booster_of(fitted)
    bodies, now = bodies_of(lake, requests + WARM_UP), datetime.now(UTC)
    row = np.zeros((1, len(fitted["features"])))
    steps: dict[str, list[Took]] = {name: [] for name in ("bare predict", "check", "gather", "score", "handler")}
    told = 0
    gc.collect()
    gc.freeze()
    for number, body in enumerate(bodies):
        bare, _ = timed(trees.predict, row, raw_score=True, num_threads=1)
        check, order = timed(Order.model_validate, body)
        gather, inputs = timed(LIVE.gather, [order], online, now)
        score, answers = timed(ready.score, inputs)
        if number >= WARM_UP:
            told += answers[0]["decision"] != "accept"
            for taken, part in zip(steps.values(), (bare, check, gather, score, check + gather + score), strict=True):
                taken.append(part)
    longest = max(len(found["order_id"]) for key in stores(lake) if (found := online.read(STORE_ORDERS, [key])[0]))
    print(f"{requests:,} orders, {told:,} with reasons; the longest past of a store: {longest:,} orders; ", end="")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    shown(steps)


def shown(steps: dict[str, list["Took"]]) -> None:
    """Print a table: wall time, and the processor's own, which other processes hardly change."""
    print("| step | p50 ms | p99 ms | p50 CPU ms | p99 CPU ms | max CPU ms | p50 CPU to bare | p99 CPU to bare |")
    print("|---|---|---|---|---|---|---|---|")
    bare = np.percentile([took.cpu for took in steps["bare predict"]], [50, 99])
    for name, values in steps.items():
        wall = np.percentile([took.wall for took in values], [50, 99])
        cpu = np.percentile([took.cpu for took in values], [50, 99, 100])
        figures = [f"{1e3 * seconds:.3f}" for seconds in (*wall, *cpu)]
        ratios = [f"{mine / reference:.1f}x" for mine, reference in zip(cpu, bare, strict=False)]
        print(f"| {' | '.join([name, *figures, *ratios])} |")


@dataclass(frozen=True, slots=True)
class Took:
    """What a call took: seconds on the clock, and of the processor."""

    wall: float
    cpu: float

    def __add__(self, other: "Took") -> "Took":
        """Both, one after the other."""
        return Took(self.wall + other.wall, self.cpu + other.cpu)


def timed(call: Callable[..., Any], *given: Any, **named: Any) -> tuple[Took, Any]:
    """What a call took, and what it gave."""
    wall, cpu = time.perf_counter(), time.thread_time()
    found = call(*given, **named)
    return Took(time.perf_counter() - wall, time.thread_time() - cpu), found


def stores(lake: Lake) -> list[tuple[str]]:
    """The keys of all stores."""
    found = lake.scan("sales.orders").select("store_id").drop_nulls().unique().collect()
    return [(store,) for store in found["store_id"]]


def bodies_of(lake: Lake, count: int) -> list[dict[str, Any]]:
    """The newest orders that are no copies, as they would be sent."""
    lines = lake.scan("sales_raw.order_lines").filter(~pl.col("order_id").str.contains("-"))
    newest = lake.scan("sales.orders").filter(~pl.col("order_id").str.contains("-")).sort("ordered_at").tail(count)
    rows = lines.join(newest.select("order_id"), on="order_id", how="semi").sort("ordered_at", "order_id", "line_no")
    found: dict[str, dict[str, Any]] = {}
    for line in rows.collect().iter_rows(named=True):
        body = found.setdefault(
            line["order_id"], {name: line[name] for name in (*HEADER, "ip_country")} | {"lines": []}
        )
        body["lines"].append({name: line[name] for name in LINE})
    return list(found.values())


if __name__ == "__main__":
    sys.exit(main())
