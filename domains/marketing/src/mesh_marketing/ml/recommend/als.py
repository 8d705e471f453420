"""Matrix factorisation of implicit feedback by alternating least squares (Hu, Koren, Volinsky 2008)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from scipy.sparse import csr_array

from mesh_marketing.ml.recommend.generator import Floats, Generator, Scores, Sparse

ROWS_AT_ONCE = 4096
"""Bounds the stack of systems that is solved at once: rows x factors x factors."""


@dataclass(slots=True)
class Als(Generator):
    """Scores an item by the product of its factors and the customer's, which are solved from the history.

    Args:
        factors: The length of the factors.
        ridge: The larger, the more factors are drawn to 0.
        confidence: How much more one unit of history weighs than no history ("alpha" in the paper).
        rounds: How often items and customers are solved in turn.
        seed: Of the first factors.
    """

    factors: int = 32
    ridge: float = 5.0
    confidence: float = 10.0
    rounds: int = 8
    seed: int = 0
    items: Floats | None = None
    name: ClassVar[str] = "als"

    def fit(self, history: Sparse) -> Self:
        """Solve customers and items in turn."""
        items: Floats = np.random.default_rng(self.seed).normal(0, 0.1, (history.shape[1], self.factors))
        turned = csr_array(history.T)
        for _ in range(self.rounds):
            items = self._solve(turned, self._solve(history, items))
        self.items = items
        return self

    def score(self, history: Sparse) -> Scores:
        """Solve the customers of the histories, then multiply."""
        assert self.items is not None, "fit comes first"  # noqa: S101
        return np.asarray(self._solve(history, self.items) @ self.items.T, np.float32)

    def _solve(self, rows: Sparse, fixed: Floats) -> Floats:
        everywhere = fixed.T @ fixed + self.ridge * np.eye(self.factors)
        squares = (fixed[:, :, None] * fixed[:, None, :]).reshape(len(fixed), -1)
        starts = range(0, rows.shape[0], ROWS_AT_ONCE)
        solved = [self._solve_block(rows[start : start + ROWS_AT_ONCE], fixed, everywhere, squares) for start in starts]
        return np.concatenate(solved) if solved else np.zeros((0, self.factors))

    def _solve_block(self, rows: Sparse, fixed: Floats, everywhere: Floats, squares: Floats) -> Floats:
        extra = rows * self.confidence
        left = (extra @ squares).reshape(-1, self.factors, self.factors) + everywhere
        right = extra @ fixed + (rows != 0).astype(np.float64) @ fixed
        return np.linalg.solve(left, right[:, :, None])[:, :, 0]
