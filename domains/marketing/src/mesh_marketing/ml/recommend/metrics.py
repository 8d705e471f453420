"""Offline metrics of ranked lists: how many wanted items they hold, how high up, and how varied they are."""

from __future__ import annotations

import numpy as np

from mesh_marketing.ml.recommend.content import unit_rows
from mesh_marketing.ml.recommend.generator import Floats, Ints, Sparse


def discounts(count: int) -> Floats:
    """What a hit at each rank is worth: 1 / log2(rank + 1) (Järvelin & Kekäläinen 2002)."""
    return np.asarray(1 / np.log2(np.arange(2, count + 2)))


def hits(lists: Ints, wanted: Sparse) -> Floats:
    """Mark the wanted among the listed.

    Args:
        lists: Customers x places: items, the best first.
        wanted: Customers x items: not 0 where wanted.
    """
    rows = np.repeat(np.arange(len(lists)), lists.shape[1])
    found: Floats = np.asarray(wanted[rows, lists.ravel()]).reshape(lists.shape)
    marked: Floats = np.where(found != 0, 1.0, 0.0)
    return marked


def recall(lists: Ints, wanted: Sparse) -> Floats:
    """Each customer's share of wanted items that are in the list."""
    share: Floats = hits(lists, wanted).sum(axis=1) / np.maximum(_counts(wanted), 1)
    return share


def ndcg(lists: Ints, wanted: Sparse) -> Floats:
    """Each customer's discounted gain, relative to the best list possible; gains are 0 or 1."""
    places = lists.shape[1]
    ideal = np.concatenate([[0.0], np.cumsum(discounts(places))])[np.minimum(_counts(wanted), places)]
    return np.asarray(hits(lists, wanted) @ discounts(places) / np.maximum(ideal, 1e-9))


def average_precision(lists: Ints, wanted: Sparse) -> Floats:
    """Each customer's mean precision at the hits, missed items counting 0."""
    hit = hits(lists, wanted)
    precision = hit.cumsum(axis=1) / np.arange(1, lists.shape[1] + 1)
    return np.asarray((hit * precision).sum(axis=1) / np.clip(_counts(wanted), 1, lists.shape[1]))


def coverage(lists: Ints, items: int) -> float:
    """The share of all items that are in anybody's list."""
    return len(np.unique(lists)) / items


def novelty(lists: Ints, history: Sparse) -> float:
    """How surprising the listed items are, in bits: the mean of -log2 of the item's share of all history."""
    count = np.asarray((history != 0).sum(axis=0)).ravel() + 1.0
    return float(-np.log2(count / count.sum())[lists].mean())


def diversity(lists: Ints, traits: Sparse) -> float:
    """How unlike the items of a list are: the mean over its pairs of 1 - cosine of their traits."""
    places = lists.shape[1]
    if places < 2:
        return 0.0
    unit = unit_rows(traits)
    summed = sum(unit[lists[:, place]] for place in range(places))
    alike = (np.asarray(summed.multiply(summed).sum(axis=1)).ravel() - places) / (places * (places - 1))
    return float(1 - alike.mean())


def _counts(wanted: Sparse) -> Ints:
    return np.asarray((wanted != 0).sum(axis=1), np.int64).ravel()
