"""User-kNN: people who wanted the same will want the same (Resnick et al. 1994, for implicit feedback)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np
from scipy.sparse import csr_array

from mesh_marketing.ml.recommend.generator import Generator, Scores, Sparse, keep_largest

ROWS_AT_ONCE = 512
"""Bounds the dense block of similarities: rows x fitted customers."""


@dataclass(slots=True)
class UserKnn(Generator):
    """Scores an item by the similar customers who wanted it; who was fitted is her own nearest neighbour.

    Args:
        similarity: "cosine" of the customers' rows, or "pearson": the cosine after taking each row's mean off.
        neighbours: How many similar customers count.
        shrink: Draws similarities of customers with little in common to 0.
    """

    similarity: Literal["cosine", "pearson"] = "cosine"
    neighbours: int = 100
    shrink: float = 1.0
    fitted: Sparse = None
    name: ClassVar[str] = "user_knn"

    def fit(self, history: Sparse) -> Self:
        """Remember everybody."""
        self.fitted = csr_array(history, dtype=np.float32)
        return self

    def score(self, history: Sparse) -> Scores:
        """Add up the histories of the most similar customers."""
        blocks = range(0, history.shape[0], ROWS_AT_ONCE)
        scored = [self._score(history[start : start + ROWS_AT_ONCE]) for start in blocks]
        return np.concatenate(scored) if scored else np.zeros(history.shape, np.float32)

    def _score(self, history: Sparse) -> Scores:
        together = (history @ self.fitted.T).toarray()
        if self.similarity == "pearson":
            together -= history.shape[1] * np.outer(history.mean(axis=1), self.fitted.mean(axis=1))
        lengths = [_lengths(m, centred=self.similarity == "pearson") for m in (history, self.fitted)]
        together /= np.maximum(np.outer(*lengths) + self.shrink, 1e-9)
        nearest = keep_largest(np.maximum(together, 0).astype(np.float32), self.neighbours)
        return np.asarray((csr_array(nearest) @ self.fitted).toarray(), np.float32)


def _lengths(rows: Sparse, *, centred: bool) -> Scores:
    square = np.asarray(rows.multiply(rows).sum(axis=1)).ravel()
    if centred:
        square = square - rows.shape[1] * np.asarray(rows.mean(axis=1)).ravel() ** 2
    return np.asarray(np.sqrt(np.maximum(square, 0)), np.float32)
