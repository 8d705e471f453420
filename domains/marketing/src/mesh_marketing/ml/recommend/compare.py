"""Approaches side by side: one row each, on the same histories and the same wanted items."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter

import numpy as np
import polars as pl

from mesh_marketing.ml.recommend import metrics
from mesh_marketing.ml.recommend.generator import Bools, Generator, Ints, Sparse, best

ROWS_AT_ONCE = 1024
"""Bounds the dense block of scores."""


def top_lists(
    generator: Generator, history: Sparse, count: int, *, known_too: bool, allowed: Bools | None = None
) -> Ints:
    """Each customer's best items by a fitted generator.

    Args:
        generator: Fitted.
        history: Customers x items.
        count: Places of a list.
        known_too: Whether items of the own history may be listed; True where people buy again.
        allowed: Items that may be listed; None for all.
    """
    lists = []
    for start in range(0, history.shape[0], ROWS_AT_ONCE):
        rows = history[start : start + ROWS_AT_ONCE]
        scores = generator.score(rows).copy()
        if not known_too:
            scores[rows.nonzero()] = -np.inf
        if allowed is not None:
            scores[:, ~allowed] = -np.inf
        lists.append(best(scores, count))
    return np.concatenate(lists)


def compare(
    generators: Mapping[str, Generator],
    history: Sparse,
    wanted: Sparse,
    traits: Sparse,
    *,
    count: int = 20,
    known_too: bool = True,
    allowed: Bools | None = None,
) -> pl.DataFrame:
    """Fit every approach on all histories and judge it on those who wanted something.

    Args:
        generators: Name → approach; fitted here.
        history: Customers x items, before the split.
        wanted: Customers x items, after it; customers without any are not judged.
        traits: Items x traits, for the diversity of lists.
        count: Places of a list.
        known_too: Whether items of the own history may be listed.
        allowed: Items that may be listed; None for all.

    Returns:
        approach, recall, ndcg, map, coverage, novelty_bits, diversity, seconds.
    """
    judged = np.flatnonzero(np.diff(wanted.indptr))
    rows = []
    for name, generator in generators.items():
        started = perf_counter()
        lists = top_lists(generator.fit(history), history[judged], count, known_too=known_too, allowed=allowed)
        seconds = perf_counter() - started
        rows.append({"approach": name, **figures(lists, history, wanted[judged], traits), "seconds": seconds})
    return pl.DataFrame(rows)


def figures(lists: Ints, history: Sparse, wanted: Sparse, traits: Sparse) -> dict[str, float]:
    """All metrics of the lists of the customers who wanted something."""
    return {
        "recall": float(metrics.recall(lists, wanted).mean()),
        "ndcg": float(metrics.ndcg(lists, wanted).mean()),
        "map": float(metrics.average_precision(lists, wanted).mean()),
        "coverage": metrics.coverage(lists, history.shape[1]),
        "novelty_bits": metrics.novelty(lists, history),
        "diversity": metrics.diversity(lists, traits),
    }
