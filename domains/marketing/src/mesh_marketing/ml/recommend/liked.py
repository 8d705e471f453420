"""Cold start: recommendations for somebody of whom nothing is known but a few liked products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from mesh_marketing.ml.recommend.diversity import mmr
from mesh_marketing.ml.recommend.generator import Floats, Generator, Sparse
from mesh_marketing.ml.recommend.taste import Taste
from mesh_platform.errors import TooFewExamples, UnknownName

PART = {"item_knn": 1.0, "ease": 0.5, "profile": 1.0, "content": 0.7, "popularity": 0.2}
"""How much each generator says, each divided by its best score. Content matters more than for known customers: of new
products nobody's purchases tell."""
NAMED = 5
"""How many products an error names where none is spelt like the one that was asked for."""
BALANCE = 0.8
"""Relevance against being unlike what the list already holds."""


def from_liked(skus: Sequence[str], taste: Taste, generators: Mapping[str, Generator], count: int = 20) -> pl.DataFrame:
    """Recommend from liked products, without any history and for nobody in particular.

    Args:
        skus: The liked products; five are a good start.
        taste: What is known of products and of everybody's purchases.
        generators: Fitted on it.
        count: How many to recommend.

    Returns:
        rank, sku, score, because_sku: the liked product that is most like it. Liked products themselves and what is
        nowhere in stock are left out.

    Raises:
        UnknownName: Where a product does not exist.
        TooFewExamples: Where none is named.
    """
    liked = _positions(skus, taste)
    history = csr_array((np.ones(len(liked), np.float32), ([0] * len(liked), liked)), shape=(1, taste.items.height))
    scores = _scores(history, generators)
    scores[liked] = -np.inf
    scores[~taste.stocked.any(axis=0)] = -np.inf
    chosen = mmr(scores, taste.traits, count, BALANCE)
    likest = (taste.traits[chosen] @ taste.traits[liked].T).toarray().argmax(axis=1) if len(chosen) else []
    sku = taste.items["sku"]
    return pl.DataFrame(
        {
            "rank": np.arange(1, len(chosen) + 1),
            "sku": sku.gather(chosen),
            "score": scores[chosen],
            "because_sku": sku.gather([liked[i] for i in likest]),
        }
    )


def _positions(skus: Sequence[str], taste: Taste) -> list[int]:
    if not skus:
        raise TooFewExamples("no liked product is named (rule: at least one); name a few skus, five are a good start")
    known = {sku: at for at, sku in enumerate(taste.items["sku"])}
    for sku in skus:
        if sku not in known:
            raise UnknownName.of("product", sku, get_close_matches(sku, known) or list(known)[:NAMED])
    return sorted({known[sku] for sku in skus})


def _scores(history: Sparse, generators: Mapping[str, Generator]) -> Floats:
    total = np.zeros(history.shape[1])
    for name, weight in PART.items():
        scores = generators[name].score(history).ravel()
        total += weight * scores / max(float(scores.max()), 1e-9)
    return total
