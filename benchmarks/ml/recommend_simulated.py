"""The simulated world: approaches side by side, and how near lists are to the tastes that only the simulator knows.

Reads the lake of MESH_HOME (`mesh run` makes it) and the truth beside it, which only evaluation may read. Wanted is
what known customers bought in the last fortnight, repeats included, as in the gate of marketing.recommendations.
"""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import numpy as np
import polars as pl

from benchmarks.ml.table import Row
from mesh_marketing.ml.recommend.als import Als
from mesh_marketing.ml.recommend.autoencoder import Autoencoder
from mesh_marketing.ml.recommend.candidates import fitted_generators
from mesh_marketing.ml.recommend.compare import compare, top_lists
from mesh_marketing.ml.recommend.content import Content
from mesh_marketing.ml.recommend.ease import Ease
from mesh_marketing.ml.recommend.evidence import Evidence, day_number
from mesh_marketing.ml.recommend.generator import Generator, Ints
from mesh_marketing.ml.recommend.hybrid import Hybrid
from mesh_marketing.ml.recommend.item_knn import ItemKnn
from mesh_marketing.ml.recommend.liked import from_liked
from mesh_marketing.ml.recommend.own import Own
from mesh_marketing.ml.recommend.popularity import Popularity
from mesh_marketing.ml.recommend.profile import Profile
from mesh_marketing.ml.recommend.serving import lists_for_all
from mesh_marketing.ml.recommend.taste import Taste, matrix, taste_at
from mesh_marketing.ml.recommend.user_knn import UserKnn
from mesh_marketing.ml.recommendations import RECIPE, WINDOW_DAYS
from mesh_platform.lake import Lake, Pinned
from mesh_platform.settings import Settings

SEED = 1
LIKED = 5
STARTS = 200
"""How many cold starts are tried."""


def measure(data: Path) -> list[Row]:
    """Measure the hold-out, then nearness to true styles."""
    del data
    settings = Settings.load()
    tables = Pinned.current(Lake.open(settings), RECIPE.tables)
    started = perf_counter()
    examples = RECIPE.examples(tables, tables.known_until)
    fitted = RECIPE.fit(examples, SEED)
    judged = RECIPE.judge(examples.holdout, RECIPE.predict(fitted, examples.holdout))
    seconds = perf_counter() - started
    now = day_number(tables.known_until)
    evidence = Evidence.read(tables, tables.known_until, [now, now - WINDOW_DAYS])
    rows = side_by_side(taste_at(evidence, now - WINDOW_DAYS), evidence.bought_within(now - WINDOW_DAYS, now))
    ranker = (judged["recall@20"], judged["NDCG@20"], judged["coverage"], judged["novelty (bits)"])
    rows.append(_row("ranker", *ranker[:3], seconds, f"{int(judged['customers'])} customers"))
    taste = taste_at(evidence, now)
    return [*rows, *nearness(taste, fitted["booster"], settings.home / "truth")]


def approaches(taste: Taste) -> dict[str, Generator]:
    """Every approach by itself."""
    return {
        "popularity": Popularity(),
        "own purchases": Own(),
        "item-kNN cosine": ItemKnn(),
        "item-kNN cosine, with itself": ItemKnn(itself=True),
        "item-kNN Pearson, with itself": ItemKnn("pearson", itself=True),
        "user-kNN cosine": UserKnn(),
        "user-kNN Pearson": UserKnn("pearson"),
        "matrix factorisation (ALS)": Als(),
        "EASE": Ease(),
        "content": Content(taste.traits),
        "profile": Profile(taste.items),
        "autoencoder": Autoencoder(),
        "hybrid (own, item-kNN, content, popularity)": Hybrid(
            [(Own(), 1.0), (ItemKnn(), 0.2), (Content(taste.traits), 0.2), (Popularity(), 0.2)]
        ),
    }


def side_by_side(taste: Taste, bought: pl.DataFrame) -> list[Row]:
    """All approaches on the hold-out, of what was in stock."""
    known = np.flatnonzero(np.asarray(taste.bought.sum(axis=1)).ravel())
    bought = bought.filter(pl.col("customer").is_in(known))
    wanted = matrix(bought, np.ones(bought.height), taste.history.shape)
    table = compare(
        approaches(taste), taste.history, wanted, taste.traits, allowed=np.asarray(taste.stocked.any(axis=0))
    )
    return [
        _row(r["approach"], r["recall"], r["ndcg"], r["coverage"], r["seconds"], f"diversity {r['diversity']:.2f}")
        for r in table.sort("ndcg").iter_rows(named=True)
    ]


def _row(name: str, recall: float, ndcg: float, coverage: float, seconds: float, more: str) -> Row:
    return Row(
        "simulated world, next fortnight",
        f"last {WINDOW_DAYS} days held out; {more}",
        f"recall@20 / NDCG@20 / coverage, {name}",
        "",
        f"{recall:.4f} / {ndcg:.4f} / {coverage:.2f}",
        seconds,
    )


def nearness(taste: Taste, booster: str, truth: Path) -> list[Row]:
    """The share of places that go to the customer's true style; a quarter is chance."""
    started = perf_counter()
    style_of_item = _aligned(pl.read_parquet(truth / "products.parquet"), "sku", taste.items["sku"])
    style_of_customer = _aligned(pl.read_parquet(truth / "customers.parquet"), "customer_id", taste.customers)
    lists = lists_for_all(booster, taste)
    at = {sku: i for i, sku in enumerate(taste.items["sku"])}
    who = {customer: i for i, customer in enumerate(taste.customers)}
    item, customer = ([where[v] for v in lists[c]] for where, c in ((at, "sku"), (who, "customer_id")))
    buys = np.asarray(taste.bought.sum(axis=1)).ravel()
    same = style_of_item[item] == style_of_customer[customer]
    loyal = buys[customer] >= LIKED
    seconds = perf_counter() - started
    popular = top_lists(Popularity().fit(taste.history), taste.history, 20, known_too=True)
    by_chance = style_of_item[popular] == style_of_customer[:, None]
    return [
        Row(
            "simulated world, true styles",
            f"share of a list in the customer's true style, customers with >= {LIKED} purchases",
            "ranker / popularity",
            "",
            f"{same[loyal].mean():.3f} / {by_chance[buys >= LIKED].mean():.3f}",
            seconds,
        ),
        cold_starts(taste, style_of_item),
    ]


def cold_starts(taste: Taste, style: Ints) -> Row:
    """Five products of one style are liked; how much of the list is of that style."""
    started, rng = perf_counter(), np.random.default_rng(SEED)
    generators, sku, shares = fitted_generators(taste), taste.items["sku"], []
    at = {name: i for i, name in enumerate(sku)}
    for _ in range(STARTS):
        chosen = rng.choice(np.unique(style))
        liked = rng.choice(np.flatnonzero(style == chosen), LIKED, replace=False)
        found = from_liked(sku.gather(liked).to_list(), taste, generators)
        shares.append(float((style[[at[s] for s in found["sku"]]] == chosen).mean()))
    return Row(
        "simulated world, cold start",
        f"{LIKED} liked products of one style, {STARTS} times",
        "share of the list in that style (chance 0.25)",
        "",
        f"{np.mean(shares):.3f}",
        perf_counter() - started,
    )


def _aligned(truth: pl.DataFrame, key: str, ids: pl.Series) -> Ints:
    found = ids.to_frame(key).join(truth.select(key, "style"), on=key, how="left", maintain_order="left")
    return found["style"].fill_null("").to_numpy()
