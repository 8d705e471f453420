"""Item-kNN: items wanted by the same people are alike (Sarwar et al. 2001; shrunk as in Koren 2008)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np

from mesh_marketing.ml.recommend.generator import Floats, Generator, Scores, Sparse, keep_largest


@dataclass(slots=True)
class ItemKnn(Generator):
    """Scores an item by its similarity to the items of the history.

    Args:
        similarity: "cosine" of the items' columns, or "pearson": the cosine after taking each column's mean off.
        neighbours: How many similar items each item keeps.
        shrink: Pretended customers who wanted only one of two items; draws similarities of rare items to 0.
        itself: Whether an item is similar to itself, so that what was bought is recommended again.
    """

    similarity: Literal["cosine", "pearson"] = "cosine"
    neighbours: int = 100
    shrink: float = 10.0
    itself: bool = False
    alike: Scores | None = None
    name: ClassVar[str] = "item_knn"

    def fit(self, history: Sparse) -> Self:
        """Compare all pairs of items."""
        together = similarities(history, self.similarity, self.shrink)
        np.fill_diagonal(together, 0)
        self.alike = keep_largest(together, self.neighbours)
        if self.itself:
            np.fill_diagonal(self.alike, 1)
        return self

    def score(self, history: Sparse) -> Scores:
        """Add up the similarities to the history's items."""
        return np.asarray(history @ self.alike, np.float32)


def similarities(history: Sparse, kind: Literal["cosine", "pearson"], shrink: float) -> Scores:
    """The similarity of every pair of columns."""
    together: Floats = (history.T @ history).toarray().astype(np.float64)
    if kind == "pearson":
        mean = np.asarray(history.mean(axis=0)).ravel()
        together -= history.shape[0] * np.outer(mean, mean)
    length = np.sqrt(np.maximum(np.diag(together), 0))
    return np.asarray(together / np.maximum(np.outer(length, length) + shrink, 1e-9), np.float32)
