"""EASE: the linear item-to-item model with a closed form (Steck 2019, "Embarrassingly shallow autoencoders")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from mesh_marketing.ml.recommend.generator import Generator, Scores, Sparse


@dataclass(slots=True)
class Ease(Generator):
    """Scores an item by regression on all other items; no item explains itself.

    Args:
        ridge: The larger, the more weights are drawn to 0.
    """

    ridge: float = 200.0
    weights: Scores | None = None
    name: ClassVar[str] = "ease"

    def fit(self, history: Sparse) -> Self:
        """Invert the Gram matrix: B = I - P diag(1 / P), P = (XᵀX + λI)⁻¹."""
        gram = (history.T @ history).toarray().astype(np.float64)
        gram[np.diag_indices_from(gram)] += self.ridge
        inverse = np.linalg.inv(gram)
        weights = -inverse / np.diag(inverse)
        np.fill_diagonal(weights, 0)
        self.weights = weights.astype(np.float32)
        return self

    def score(self, history: Sparse) -> Scores:
        """Predict each item from the history's other items."""
        return np.asarray(history @ self.weights, np.float32)
