"""Varied lists: a cap by category for everybody's lists, and maximal marginal relevance for a single one."""

from __future__ import annotations

import numpy as np
import polars as pl

from mesh_marketing.ml.recommend.generator import Floats, Ints, Sparse

CATEGORY_PLACES = 8
"""At most so many of a list's 20 places go to one category, as long as there is something else."""


def ranked(rows: pl.DataFrame, score: Floats, *, by: tuple[str, ...] = ("customer_id",)) -> pl.Series:
    """Rank each customer's candidates; what is above a category's cap goes behind all others, what can't be had last.

    Args:
        rows: `by`, `sku`, `category`, `available`, in any order.
        score: One a row.
        by: The columns that name a list.

    Returns:
        Each row's rank, 1 is first; ties go to the smaller sku.
    """
    ordered = rows.select(*by, "sku", "category", "available", score=pl.Series(score)).with_row_index("at")
    ordered = ordered.sort(
        *by, pl.col("available"), "score", "sku", descending=[*(False for _ in by), True, True, False]
    )
    place = pl.int_range(pl.len()).over(*by, "category")
    ordered = ordered.with_columns(
        behind=pl.when("available").then((place >= CATEGORY_PLACES).cast(pl.Int8)).otherwise(2)
    )
    ordered = ordered.sort(*by, "behind", maintain_order=True)
    return ordered.with_columns(rank=pl.int_range(1, pl.len() + 1).over(*by)).sort("at")["rank"]


def mmr(scores: Floats, traits: Sparse, count: int, balance: float = 0.7) -> Ints:
    """Choose items one by one, each relevant and unlike those chosen (Carbonell & Goldstein 1998).

    Args:
        scores: One an item; minus infinity where it may not be chosen.
        traits: Items x traits, rows of length 1.
        count: How many.
        balance: 1 looks at relevance only, 0 at being unlike only.

    Returns:
        The chosen items' positions, in the order of choice; fewer where fewer may be chosen.
    """
    allowed = np.isfinite(scores)
    span = np.ptp(scores[allowed]) if allowed.any() else 0.0
    relevance = np.where(allowed, (scores - scores[allowed].min(initial=np.inf)) / max(span, 1e-9), -np.inf)
    likest, chosen = np.zeros(len(scores)), []
    for _ in range(min(count, int(allowed.sum()))):
        value = np.where(allowed, balance * relevance - (1 - balance) * likest, -np.inf)
        chosen.append(int(value.argmax()))
        allowed[chosen[-1]] = False
        likest = np.maximum(likest, (traits @ traits[[chosen[-1]]].T).toarray().ravel())
    return np.array(chosen, np.int64)
