"""Profile: what everybody wants, tilted towards what the customer's own items have in common (naive Bayes over traits).

Content knows which products are like the bought ones; this knows as well which of them people want.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from mesh_marketing.ml.recommend.generator import Floats, Generator, Scores, Sparse

PRETENDED = 3.0
"""Pretended purchases at everybody's shares, which draw a short history's shares to everybody's."""
PRICE_STEPS = 5
"""Prices are told apart by fifths within the category."""
TILTS = {"category": 1.0, "brand": 0.3, "price": 0.3, "words": 0.5}
"""How far each part tilts. Less than 1 because the parts are not independent: the words name the brand, too."""


class Profile(Generator):
    """Scores an item by its share of all history times the customer's lifts of its category, brand, price and words.

    Args:
        items: One row an item, with `name`, `category`, `brand` (may be missing) and `price` (may be missing).
    """

    name: ClassVar[str] = "profile"

    def __init__(self, items: pl.DataFrame) -> None:
        self.levels = levels_of(items)
        self.shares: Mapping[str, Floats] = {}
        self.popularity = np.zeros(items.height, np.float32)

    def fit(self, history: Sparse) -> Self:
        """Count everybody's shares of each level."""
        weight = np.asarray(history.sum(axis=0)).ravel() + 1.0
        self.popularity = (weight / weight.sum()).astype(np.float32)
        self.shares = {part: np.asarray(self.popularity @ levels) for part, levels in self.levels.items()}
        return self

    def score(self, history: Sparse) -> Scores:
        """Tilt popularity by the lifts."""
        lifts = self.lifts(history)
        tilt = sum((TILTS[part] * lift for part, lift in lifts.items()), np.zeros(history.shape, np.float32))
        return np.asarray(self.popularity * np.exp(tilt), np.float32)

    def lifts(self, history: Sparse) -> dict[str, Scores]:
        """By how much each part of each item takes more of the history than of everybody's, as logarithms."""
        total = np.asarray(history.sum(axis=1)).ravel()[:, None] + PRETENDED
        lifts = {}
        for part, levels in self.levels.items():
            share = np.maximum(self.shares[part], 1e-9)
            mine = ((history @ levels).toarray() + PRETENDED * share) / total
            lifts[part] = np.asarray(np.log(mine / share).astype(np.float32) @ levels.T, np.float32)
        return lifts

    def category_share(self, history: Sparse) -> Scores:
        """The share of each item's category in the history, drawn to everybody's."""
        levels, share = self.levels["category"], self.shares["category"]
        total = np.asarray(history.sum(axis=1)).ravel()[:, None] + PRETENDED
        mine = ((history @ levels).toarray() + PRETENDED * share) / total
        return np.asarray(mine.astype(np.float32) @ levels.T, np.float32)


def levels_of(items: pl.DataFrame) -> dict[str, Sparse]:
    """Turn each part into a matrix of items x levels of zeros and ones."""
    step = (pl.col("price").rank("average") / pl.len() * PRICE_STEPS).ceil().over("category").cast(pl.String)
    lists = items.select(
        category=pl.concat_list("category"),
        brand=pl.concat_list(pl.col("brand").fill_null("")),
        price=pl.concat_list(step.fill_null("")),
        words=pl.col("name").str.to_lowercase().str.extract_all(r"[\p{L}\d-]+").list.unique(),
    )
    return {part: _levels(lists[part]) for part in TILTS}


def _levels(lists: pl.Series) -> Sparse:
    pairs = pl.DataFrame({"row": np.arange(len(lists)), "level": lists}).explode("level").drop_nulls()
    column = pairs["level"].rank("dense").to_numpy().astype(np.int64) - 1
    ones = np.ones(len(column), np.float32)
    return csr_array((ones, (pairs["row"].to_numpy(), column)), shape=(len(lists), int(column.max(initial=0)) + 1))
