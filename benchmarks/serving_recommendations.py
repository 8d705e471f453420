"""How fast one person is recommended to, and whether it is what the batch says.

`MESH_HOME=… python -m benchmarks.serving_recommendations [--items N] [--people N]` reads a finished world and writes
nothing. The first part makes lists of its customers with the batch's own candidates and compares them with the
published ones, then times lists from 1,000 candidates. The second part times a made-up catalogue of 100,000 products.
The reference of each time is what the heart of it costs by hand in the same run: the ranker's trees as LightGBM scores
them on one thread, and the dot products with the 1,000 nearest.
"""

import argparse
import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import polars as pl
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from mesh_marketing.ml.recommend.clicks import ClickModel
from mesh_marketing.ml.recommend.content import traits_of
from mesh_marketing.ml.recommend.generator import Ints
from mesh_marketing.ml.recommend.live import LIVE, Recommending
from mesh_marketing.ml.recommend.live_features import features_of
from mesh_marketing.ml.recommend.live_index import index_of
from mesh_marketing.ml.recommend.live_lists import CANDIDATES
from mesh_marketing.ml.recommend.live_person import find, person_of
from mesh_marketing.ml.recommend.live_ranker import plain_scorer
from mesh_marketing.ml.recommend.taste import Taste
from mesh_marketing.ml.recommendations import RECIPE
from mesh_platform.lake import Lake, Pinned
from mesh_platform.ml.live import Inputs
from mesh_platform.ml.registry import Registry
from mesh_platform.settings import Settings

BATCH_PLACES = 20
FACTORS = 64
BIG_PEOPLE, BOUGHT_EACH = 20_000, 30
CATEGORIES, BRANDS, WORDS = 200, 400, 3_000
SEED = 7
WARM = 20
"""Answers before the clock runs."""


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds of single calls: median and 99th percentile by the wall clock, and 99th of processor time."""

    median: float
    p99: float
    cpu_p99: float

    def __str__(self) -> str:
        return f"{self.median:.1f} / {self.p99:.1f} | {self.cpu_p99:.1f}"


def main() -> None:
    """Compare, then time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000, help="products of the made-up catalogue")
    parser.add_argument("--people", type=int, default=500, help="customers that are compared and timed")
    asked = parser.parse_args()
    with threadpool_limits(1):  # a server has a worker a core
        run(asked.items, asked.people)


def run(items: int, people: int) -> None:
    """Measure the world, then the made-up catalogue."""
    settings = Settings.load()
    lake, registry = Lake.open(settings), Registry.open(settings)
    champion = registry.champion(RECIPE.name)
    if champion is None:
        raise SystemExit(f"no champion of '{RECIPE.name}' in {settings.model_registry}; `mesh run` trains one")
    fitted = registry.load(champion, RECIPE.trusted)
    started = time.perf_counter()
    ready = LIVE.ready(fitted, Pinned.current(lake, LIVE.tables))
    print(f"made ready in {time.perf_counter() - started:.1f} s; {len(ready.index.skus):,} products")
    print(compared(ready, lake, people))
    print("\n| what | median / p99 ms | p99 of processor time |\n|---|---|---|")
    report(ready, fitted["booster"], people)
    started = time.perf_counter()
    big = replace(ready, index=index_of(made_up(items), ["S"], random_factors(items)))
    print(f"\nindex of {items:,} products in {time.perf_counter() - started:.1f} s\n")
    report(big, fitted["booster"], people)


def compared(ready: Recommending, lake: Lake, people: int) -> str:
    """Make lists from the batch's candidates, and hold them against the published ones."""
    lists = lake.scan("marketing.recommendations").collect()
    lists = lists.filter(pl.col("as_of") == pl.col("as_of").max()).sort("customer_id", "rank")
    some = spread(sorted(set(lists["customer_id"]) & set(ready.index.customers)), people)
    columns = ("sku", "source", "because_sku", "reason")
    published = {
        str(name): part for (name,), part in lists.filter(pl.col("customer_id").is_in(some)).group_by("customer_id")
    }
    exact = replace(ready, candidates=0)
    orders, apart = 0, 0.0
    for customer in some:
        told = published[customer].sort("rank")
        made = exact.score([asked_by(customer, BATCH_PLACES)])[0]["items"]
        orders += [tuple(item[c] for c in columns) for item in made] == told.select(columns).rows()
        apart = max(apart, *(abs(i["score"] - score) for i, score in zip(made, told["score"], strict=True)))
    return f"{orders} of {len(some)} lists equal the published ones with reasons; scores differ by at most {apart:.1g}"


def report(ready: Recommending, booster: str, people: int) -> None:
    """Print what answers of each kind take, and their references."""
    index = ready.index
    customers = spread(sorted(index.customers), people)
    liked = [spread(index.skus[start:], 5) for start in range(len(customers))]
    nobody = asked_by(None, 10)
    kinds: dict[str, Sequence[Inputs]] = {
        f"{CANDIDATES} candidates → 10, for a customer": [asked_by(c, 10) for c in customers],
        "from five liked products": [{**nobody, "liked": skus} for skus in liked],
        "similar products": [{**nobody, "similar_to": skus[2]} for skus in liked],
        "popular, without consent": [{**nobody, "consent": False} for _ in liked],
    }
    for what, inputs in kinds.items():
        print(f"| {what} | {timed([partial(ready.score, [one]) for one in inputs])} |")
    person = person_of(index, 0, [], None, [])
    rows, plain = features_of(index, person, find(index, person, CANDIDATES)), plain_scorer(booster)
    print(f"| reference: {len(rows)} rows by LightGBM | {timed([lambda: plain(rows)] * people)} |")
    vector = np.ones(index.factors.shape[1], np.float32)
    print(f"| reference: dot products and the nearest | {timed([lambda: nearest(index.factors @ vector)] * people)} |")


def nearest(near: np.ndarray) -> Ints:
    """The 1,000 largest."""
    return np.argpartition(-near, min(CANDIDATES, len(near)) - 1)[:CANDIDATES]


def timed(calls: Sequence[Callable[[], object]]) -> Timed:
    """Time each call on its own, garbage collector as in a server: frozen."""
    for call in calls[:WARM]:
        call()
    gc.collect()
    gc.freeze()
    wall, cpu = [], []
    for call in calls:
        began, worked = time.perf_counter(), time.thread_time()
        call()
        wall.append(time.perf_counter() - began)
        cpu.append(time.thread_time() - worked)
    median, p99 = np.percentile(wall, [50, 99]) * 1e3
    return Timed(float(median), float(p99), float(np.percentile(cpu, 99)) * 1e3)


def spread(names: list[str], count: int) -> list[str]:
    """So many names, evenly over the list."""
    return names[:: max(len(names) // count, 1)][:count]


def asked_by(customer: str | None, count: int) -> Inputs:
    """The inputs of a customer who consents, or of nobody."""
    nothing: Inputs = {"liked": [], "similar_to": None, "location_id": None, "exclude": []}
    return {**nothing, "customer_id": customer, "consent": None if customer is None else True, "count": count}


def made_up(items: int) -> Taste:
    """A catalogue of products that few want much and many want little, and what people bought of it."""
    rng = np.random.default_rng(SEED)
    goods = pl.DataFrame(
        {
            "sku": [f"P{i:06d}" for i in range(items)],
            "name": [f"word{a} word{b} word{c}" for a, b, c in rng.integers(0, WORDS, (items, 3))],
            "category": [f"category {c}" for c in rng.integers(0, CATEGORIES, items)],
            "brand": [f"brand {b}" for b in rng.integers(0, BRANDS, items)],
            "price": np.round(np.exp(rng.normal(2.5, 0.8, items)), 2),
        }
    )
    wanted = 1 / np.arange(1, items + 1) ** 0.8
    bought = rng.choice(items, (BIG_PEOPLE, BOUGHT_EACH), p=wanted / wanted.sum())
    people = np.repeat(np.arange(BIG_PEOPLE), BOUGHT_EACH)
    shape = (BIG_PEOPLE, items)
    times = csr_array((np.ones(bought.size, np.float32), (people, bought.ravel())), shape=shape)
    last = times.copy()
    last.data = rng.integers(1, 120, last.nnz).astype(np.float32)
    sold = np.asarray(times.sum(axis=0), np.float64).ravel()
    seen = csr_array(
        (rng.integers(1, 4, bought.size).astype(np.float32), (people, rng.permutation(bought.ravel()))), shape=shape
    )
    return Taste(
        cut=20_000, customers=pl.Series([f"C{c:06d}" for c in range(BIG_PEOPLE)]), items=goods,
        history=times + csr_array(seen * np.float32(0.15)), bought=times, last_bought=last,
        sought=seen, clicked=seen, carted=times, shown=seen, first_day=19_880, sold=sold, sold_lately=sold // 4,
        clicks=ClickModel(np.ones(1), rng.random(items)), discount_pct=rng.choice([0.0, 20.0], items),
        traits=traits_of(goods), web_share=rng.random(BIG_PEOPLE), stores=rng.integers(0, 2, BIG_PEOPLE),
        stocked=rng.random((2, items)) < 0.9,
    )  # fmt: skip


def random_factors(items: int) -> np.ndarray:
    """Embeddings of a length that a catalogue of this size would have; what they say does not matter to the clock."""
    return np.random.default_rng(SEED).normal(0, 1, (items, FACTORS)).astype(np.float32)


if __name__ == "__main__":
    main()
