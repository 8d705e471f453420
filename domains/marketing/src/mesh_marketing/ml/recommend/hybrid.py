"""Hybrid: several generators added up, each by its standing within the row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np

from mesh_marketing.ml.recommend.generator import Generator, Scores, Sparse


class Hybrid(Generator):
    """The weighted sum of other generators' scores, each divided by its largest of the row.

    Args:
        parts: Generators with their weights.
    """

    name: ClassVar[str] = "hybrid"

    def __init__(self, parts: Sequence[tuple[Generator, float]]) -> None:
        self.parts = parts

    def fit(self, history: Sparse) -> Self:
        """Fit all parts."""
        for part, _ in self.parts:
            part.fit(history)
        return self

    def score(self, history: Sparse) -> Scores:
        """Add up."""
        total = np.zeros(history.shape, np.float32)
        for part, weight in self.parts:
            scores = part.score(history)
            total += weight * scores / np.maximum(scores.max(axis=1, keepdims=True), 1e-9)
        return total
