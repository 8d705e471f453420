"""The one interface of all generators: fit on a matrix of customers and items, then score any history.

What surprises: `score` takes histories, not customer numbers. So a customer who came after the fit, or one who only
named five products, is scored like any other.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np
import numpy.typing as npt

Sparse: TypeAlias = Any
"""A scipy.sparse.csr_array of float32: one row a customer, one column an item, 0 where nothing is known."""
Scores: TypeAlias = npt.NDArray[np.float32]
"""One row a customer, one column an item; comparable within a row only."""
Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.floating[Any]]
Bools: TypeAlias = npt.NDArray[np.bool_]


class Generator(ABC):
    """A way to tell, from what customers did, how much each may want each item."""

    name: ClassVar[str]
    """The name in tables, features and reasons, such as "item_knn"."""

    @abstractmethod
    def fit(self, history: Sparse) -> Self:
        """Learn from all histories.

        Args:
            history: Customers x items; how strongly each customer showed to want each item.
        """

    @abstractmethod
    def score(self, history: Sparse) -> Scores:
        """Score every item for each history, fitted before or not.

        Args:
            history: Any number of rows over the fitted items.
        """


def best(scores: Scores, count: int) -> Ints:
    """Each row's best items, the best first; of equal ones the one that stands first.

    Args:
        scores: Rows x items; minus infinity where an item is out of the question.
        count: How many, at most as many as there are items.

    Returns:
        Rows x count positions.
    """
    count = min(count, scores.shape[1])
    some = np.sort(np.argpartition(-scores, count - 1, axis=1)[:, :count], axis=1)
    order = np.argsort(-np.take_along_axis(scores, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1).astype(np.int64)


def keep_largest(values: Scores, count: int) -> Scores:
    """Zero everything but each row's largest values."""
    if count >= values.shape[1]:
        return values
    kept = np.zeros_like(values)
    chosen = best(values, count)
    np.put_along_axis(kept, chosen, np.take_along_axis(values, chosen, axis=1), axis=1)
    return kept
