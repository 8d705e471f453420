"""What recommending to one person at a time needs, kept in memory: the generators' fits as rows that are quick to read.

The batch multiplies dense blocks of customers and items. Here everything that grows with items x items is sparse, so
that a catalogue of 100,000 products fits and one person costs milliseconds. Up to `DENSE_ITEMS` the fits are those of
the batch, number by number; above, item-kNN is fitted block by block, and EASE knows the most wanted products only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.sparse import csr_array

from mesh_marketing.ml.recommend.ease import Ease
from mesh_marketing.ml.recommend.generator import Floats, Ints, Scores, Sparse
from mesh_marketing.ml.recommend.item_knn import ItemKnn
from mesh_marketing.ml.recommend.popularity import Popularity
from mesh_marketing.ml.recommend.profile import Profile
from mesh_marketing.ml.recommend.taste import Taste

DENSE_ITEMS = 4096
"""The largest catalogue whose square is kept dense: 64 MB; EASE inverts no more either."""
FACTORS = 64
"""Length of the embeddings that fill the candidates up."""
ROWS_AT_ONCE = 512
"""Bounds a block of item-kNN's fit: rows x what they have in common with anything."""
CHEAPEST = 0.01
"""Prices below count as this, so that they have a logarithm; the batch's features use the same."""


@dataclass(frozen=True, slots=True)
class Index:
    """Products and people as of the pinned snapshots; rows and columns are numbered as in the taste.

    Args:
        taste: What was known.
        customers: Each consenting customer's row.
        places: Each sku's column.
        stores: Each store's row of the stock.
        skus: The products' skus.
        names: Their names.
        categories: Their categories.
        category: Their categories as numbers.
        alike: Item-kNN's similarities, an item's row holds its neighbours and itself.
        alike_to: The same, turned: an item's row holds what it is a neighbour of.
        ease: EASE's weights among `ease_items`.
        ease_items: The products that EASE knows, rising.
        profile: What everybody wants, to be tilted.
        popularity: Shares of everybody's history.
        levels: Parts of the profile of which every item has one level → that level.
        popular: The items, the most wanted first.
        factors: Items' embeddings; customers' are sums of them.
        price: Prices.
        log_price: Their logarithms.
        usual: Everybody's mean of them, as sold.
        trend: Sales of the last week against the last four.
    """

    taste: Taste
    customers: Mapping[str, int]
    places: Mapping[str, int]
    stores: Mapping[str, int]
    skus: list[str]
    names: list[str]
    categories: list[str]
    category: Ints
    alike: Sparse
    alike_to: Sparse
    ease: Scores
    ease_items: Ints
    profile: Profile
    popularity: Scores
    levels: Mapping[str, Ints]
    popular: Ints
    factors: Scores
    price: Floats
    log_price: Floats
    usual: float
    trend: Floats


def index_of(taste: Taste, stores: list[str], factors: Scores | None = None) -> Index:
    """Fit what is read by row.

    Args:
        taste: What was known.
        stores: The names of the stock's rows but the last.
        factors: Items' embeddings; None to make them from the history.
    """
    items, history = taste.items, taste.history
    profile, popularity = Profile(items), Popularity().fit(history)
    profile.fit(history)
    log_price = np.log(np.maximum(items["price"].to_numpy(), CHEAPEST))
    alike = _alike(history)
    wanted, weights = _ease(history, popularity.share)
    return Index(
        taste=taste,
        customers={name: row for row, name in enumerate(taste.customers)},
        places={sku: column for column, sku in enumerate(items["sku"])},
        stores={name: row for row, name in enumerate(stores)},
        skus=items["sku"].to_list(),
        names=items["name"].to_list(),
        categories=items["category"].to_list(),
        category=items["category"].rank("dense").to_numpy().astype(np.int64) - 1,
        alike=alike,
        alike_to=csr_array(alike.T),
        ease=weights,
        ease_items=wanted,
        profile=profile,
        popularity=popularity.share,
        levels={part: codes for part, levels in profile.levels.items() if (codes := _single(levels)) is not None},
        popular=np.argsort(-popularity.share, kind="stable"),
        factors=embeddings(history) if factors is None else factors,
        price=items["price"].to_numpy(),
        log_price=log_price,
        usual=float(np.average(log_price, weights=taste.sold + 1)),
        trend=(4 * taste.sold_lately + 1) / (taste.sold + 1),
    )


def _single(levels: Sparse) -> Ints | None:
    """Each item's level, where every item has exactly one."""
    return np.asarray(levels.indices) if (np.diff(levels.indptr) == 1).all() else None


def _alike(history: Sparse) -> Sparse:
    if history.shape[1] > DENSE_ITEMS:
        return sparse_item_knn(history)
    return csr_array(ItemKnn(itself=True).fit(history).alike)


def _ease(history: Sparse, popularity: Scores) -> tuple[Ints, Scores]:
    """The products that EASE is fitted on, and its weights."""
    wanted = np.sort(np.argsort(-popularity, kind="stable")[:DENSE_ITEMS])
    weights = Ease().fit(history if len(wanted) == history.shape[1] else csr_array(history[:, wanted])).weights
    assert weights is not None  # noqa: S101 - it was fitted
    return wanted, weights


def sparse_item_knn(history: Sparse) -> Sparse:
    """Item-kNN as `ItemKnn(itself=True)` fits it, without ever holding items x items.

    Of equal neighbours the one that stands first is kept.
    """
    knn, turned = ItemKnn(itself=True), csr_array(history.T)
    length = np.sqrt(np.asarray(turned.multiply(turned).sum(axis=1), np.float64).ravel())
    starts = range(0, turned.shape[0], ROWS_AT_ONCE)
    block = partial(_neighbours, history, turned, length, knn)
    parts = [block(start) for start in starts]
    row, column, value = (np.concatenate(part) for part in zip(*parts, strict=True))
    return csr_array((value, (row, column)), shape=(len(length), len(length)))


def _neighbours(history: Sparse, turned: Sparse, length: Floats, knn: ItemKnn, start: int) -> tuple[Ints, Ints, Floats]:
    """Rows, columns and similarities of some items' nearest items, themselves among them."""
    together = (turned[start : start + ROWS_AT_ONCE] @ history).tocoo()
    row, column = together.coords[0] + start, together.coords[1]
    value = together.data.astype(np.float64) / (length[row] * length[column] + knn.shrink)
    value[row == column] = np.inf  # itself comes first, so that it is kept beside its neighbours
    order = np.lexsort((column, -value, row))
    row, column, value = row[order], column[order], value[order]
    first = np.flatnonzero(np.diff(row, prepend=-1))
    place = np.arange(len(row)) - np.repeat(first, np.diff(first, append=len(row)))
    value[row == column] = 1.0
    kept = place <= knn.neighbours
    return row[kept], column[kept], value[kept].astype(np.float32)


def embeddings(history: Sparse, factors: int = FACTORS) -> Scores:
    """Items' factors by a truncated singular value decomposition (PureSVD; Cremonesi, Koren, Turrin 2010).

    A customer's are the sum of the factors of what the customer wanted, so that somebody new has some at once.
    """
    from scipy.sparse.linalg import svds

    count = min(factors, min(history.shape) - 1)
    if count < 1 or history.nnz == 0:
        return np.zeros((history.shape[1], 1), np.float32)
    start = np.ones(min(history.shape))
    _, _, turned = svds(history.astype(np.float64), k=count, v0=start)
    return np.ascontiguousarray(turned.T, np.float32)
