"""Content: items like those of the history, by category, brand, price and the words of the name.

Knows a product from its first day, when nobody has bought it.
"""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
import polars as pl
from scipy.sparse import csr_array, hstack

from mesh_marketing.ml.recommend.generator import Generator, Scores, Sparse
from mesh_marketing.ml.recommend.profile import levels_of

PART_WEIGHTS = {"category": 1.0, "brand": 0.5, "price": 0.5, "words": 1.0}
"""How much each part weighs; each part of an item's vector has this length."""


class Content(Generator):
    """Scores an item by the cosine between it and the mean of the history's items.

    Args:
        traits: Items x traits, as `traits_of` makes them.
    """

    name: ClassVar[str] = "content"

    def __init__(self, traits: Sparse) -> None:
        self.traits = traits

    def fit(self, history: Sparse) -> Self:
        """Learn nothing from people."""
        del history
        return self

    def score(self, history: Sparse) -> Scores:
        """Compare the history's mean item with all items."""
        profile = unit_rows(csr_array(history @ self.traits))
        return np.asarray((profile @ self.traits.T).toarray(), np.float32)


def traits_of(items: pl.DataFrame) -> Sparse:
    """Turn products into vectors of length 1; within a part, the rarer level weighs more (idf).

    Args:
        items: One row an item, with `name`, `category`, `brand` (may be missing) and `price` (may be missing).
    """
    parts = []
    for part, levels in levels_of(items).items():
        rarity = np.log((1 + items.height) / np.asarray(levels.sum(axis=0)).ravel())
        parts.append(unit_rows(csr_array(levels.multiply(rarity))) * PART_WEIGHTS[part])
    return unit_rows(csr_array(hstack(parts), dtype=np.float32))


def unit_rows(rows: Sparse) -> Sparse:
    """Give each row that isn't empty the length 1."""
    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return csr_array(rows.multiply((1 / np.maximum(length, 1e-9))[:, None]), dtype=np.float32)
