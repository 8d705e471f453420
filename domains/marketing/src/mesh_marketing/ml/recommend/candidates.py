"""From everything in stock to a few dozen candidates a customer: the union of what the generators put first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from mesh_marketing.ml.recommend.content import Content
from mesh_marketing.ml.recommend.ease import Ease
from mesh_marketing.ml.recommend.generator import Bools, Floats, Generator, Ints, Sparse, best
from mesh_marketing.ml.recommend.item_knn import ItemKnn
from mesh_marketing.ml.recommend.own import Own
from mesh_marketing.ml.recommend.popularity import Popularity
from mesh_marketing.ml.recommend.profile import Profile
from mesh_marketing.ml.recommend.taste import Taste

CUSTOMERS_AT_ONCE = 1024
"""Bounds the dense blocks: customers x items."""
PLACES = {"own": 20, "item_knn": 40, "popularity": 25, "ease": 20, "profile": 25, "content": 10}
"""How many candidates each generator gives. Popularity and item-kNN give more than a list's 20 places, so that the
candidates hold their whole lists and the ranker is compared with all of them."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs of a customer and an item that may be recommended, with what the generators think of them.

    Args:
        who: The customers of the block, as numbers.
        row: Each pair's position in `who`.
        item: Each pair's item.
        scores: Generator → each pair's score.
        ranks: Generator → each pair's rank, 1 is first; places + 1 where the generator did not name it.
    """

    who: Ints
    row: Ints
    item: Ints
    scores: Mapping[str, Floats]
    ranks: Mapping[str, Ints]


def fitted_generators(taste: Taste) -> dict[str, Generator]:
    """Fit every generator that gives candidates on what was known."""
    generators: tuple[Generator, ...] = (
        Own(), ItemKnn(itself=True), Popularity(), Ease(), Profile(taste.items), Content(taste.traits)
    )  # fmt: skip
    return {g.name: g.fit(taste.history) for g in generators}


def blocks(who: Ints) -> Iterator[Ints]:
    """Cut customers into blocks whose dense matrices fit in memory."""
    for start in range(0, len(who), CUSTOMERS_AT_ONCE):
        yield who[start : start + CUSTOMERS_AT_ONCE]


def gather(taste: Taste, generators: Mapping[str, Generator], who: Ints) -> Candidates:
    """Collect a block's candidates: only what each customer can get."""
    history: Sparse = taste.history[who]
    available = taste.available(who)
    scores = {name: generator.score(history) for name, generator in generators.items()}
    lists = {name: best(np.where(available, s, -np.inf), PLACES[name]) for name, s in scores.items()}
    named = np.zeros(available.shape, np.bool_)
    for name, chosen in lists.items():
        worth = np.take_along_axis(scores[name], chosen, axis=1) > 0
        np.logical_or.at(named, (np.arange(len(who))[:, None], chosen), worth)
    row, item = np.nonzero(named & available)
    return Candidates(
        who,
        row,
        item,
        {name: s[row, item] for name, s in scores.items()},
        {name: _ranks(chosen, available)[row, item] for name, chosen in lists.items()},
    )


def _ranks(chosen: Ints, available: Bools) -> Ints:
    ranks = np.full(available.shape, chosen.shape[1] + 1)
    np.put_along_axis(ranks, chosen, np.arange(1, chosen.shape[1] + 1)[None, :], axis=1)
    return ranks
