"""Popularity: what everybody wants. Fitted on recent purchases it follows the season."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np

from mesh_marketing.ml.recommend.generator import Generator, Scores, Sparse


class Popularity(Generator):
    """The same scores for everybody: the share of the whole history that is about the item."""

    name: ClassVar[str] = "popularity"
    share: Scores

    def fit(self, history: Sparse) -> Self:
        """Count."""
        total = np.asarray(history.sum(axis=0), np.float32).ravel()
        self.share = total / max(float(total.sum()), 1.0)
        return self

    def score(self, history: Sparse) -> Scores:
        """Repeat the shares."""
        return np.repeat(self.share[None, :], history.shape[0], axis=0)
