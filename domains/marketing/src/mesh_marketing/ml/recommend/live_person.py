"""One person, and the candidates for that person: what the generators put first, filled up by embeddings.

Numbers are those of the batch (`candidates.gather`) for the same history, to the bit: the sums are taken over the same
values in the same order. Nothing here is a data frame, because a frame costs more than all of this together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from mesh_marketing.ml.recommend.candidates import PLACES
from mesh_marketing.ml.recommend.content import unit_rows
from mesh_marketing.ml.recommend.generator import Bools, Floats, Ints, Scores, Sparse, best
from mesh_marketing.ml.recommend.live_index import DENSE_ITEMS, Index
from mesh_marketing.ml.recommend.profile import PRETENDED, TILTS
from mesh_marketing.ml.recommend.taste import WEIGHTS

LIKED = WEIGHTS["sought"]
"""What naming a product as liked adds to a history: as much as seeking its page out."""
NEW_WEB_SHARE = 0.5
"""Of somebody without a purchase, as in the taste."""
SAMPLED_EVERY, SAMPLED_LEAST = 64, 16
"""Of large catalogues every so manieth score tells which are high; so many of the sample are, at least."""
NOTHING: tuple[Ints, Scores] = (np.zeros(0, np.int64), np.zeros(0, np.float32))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to recommend to.

    Args:
        row: The row in the taste; None for somebody of whom nothing is kept.
        history: How strongly each product was wanted; 1 x items.
        store: The row of the stock that is the usual store's.
        web_share: The share of purchases on the web.
        available: What the person can get.
    """

    row: int | None
    history: Sparse
    store: int
    web_share: float
    available: Bools

    def of(self, matrix: Sparse) -> tuple[Ints, Scores]:
        """The person's row of a matrix of the taste: columns and values."""
        return NOTHING if self.row is None else row_of(matrix, self.row)


@dataclass(frozen=True, slots=True)
class Found:
    """Candidates, rising by item.

    Args:
        item: The items.
        scores: Generator → each candidate's score.
        ranks: Generator → its rank there, 1 is first; places + 1 where the generator did not name it.
        most: Generator → the best score that it gives any item.
        lifts: The profile's lifts, part → each candidate's.
        named: Whether any generator named it; embeddings found the others.
    """

    item: Ints
    scores: dict[str, Scores]
    ranks: dict[str, Ints]
    most: dict[str, float]
    lifts: dict[str, Scores]
    named: Bools


def row_of(matrix: Sparse, row: int) -> tuple[Ints, Scores]:
    """Columns and values of a row."""
    at = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return matrix.indices[at], matrix.data[at]


def one_row(columns: Ints, values: Scores, width: int) -> Sparse:
    """A matrix of one row."""
    return csr_array((values, columns, np.array([0, len(columns)], columns.dtype)), shape=(1, width))


def person_of(index: Index, row: int | None, liked: list[int], location: int | None, excluded: list[int]) -> Person:
    """Put together what is known of somebody.

    Args:
        index: What is known of everybody.
        row: The row in the taste; None for somebody of whom nothing is kept.
        liked: Products named as liked.
        location: The only place that products may come from; None for the usual store and the web.
        excluded: Products not to show.
    """
    taste, width = index.taste, len(index.skus)
    columns, values = NOTHING if row is None else row_of(taste.history, row)
    if liked:
        wanted = np.zeros(width, np.float32)
        wanted[columns] = values
        wanted[liked] += LIKED if row is not None else 1.0
        columns = np.flatnonzero(wanted)
        values = wanted[columns]
    usual = len(taste.stocked) - 1 if row is None else int(taste.stores[row])
    store = usual if location is None else location
    available = taste.stocked[store] | taste.stocked[-1] if location is None else taste.stocked[store].copy()
    available[excluded] = False
    share = NEW_WEB_SHARE if row is None else float(taste.web_share[row])
    return Person(row, one_row(columns, values, width), store, share, available)


def scores_of_all(index: Index, history: Sparse) -> tuple[dict[str, Scores], dict[str, Scores]]:
    """What each generator thinks of every item, and the profile's lifts by part."""
    lifts = {part: _lift(index, part, history) for part in TILTS}
    tilt = sum((TILTS[part] * lift for part, lift in lifts.items()), np.zeros(history.shape[1], np.float32))
    scores = {
        "own": history.toarray()[0],
        "item_knn": (history @ index.alike).toarray()[0],
        "popularity": index.popularity,
        "ease": _ease(index, history),
        "profile": np.asarray(index.profile.popularity * np.exp(tilt), np.float32),
        "content": index.taste.traits @ unit_rows(csr_array(history @ index.taste.traits)).toarray()[0],
    }
    return scores, lifts


def _lift(index: Index, part: str, history: Sparse) -> Scores:
    """One part of `Profile.lifts`: looked up where an item has one level of it, such as its category."""
    share = np.maximum(index.profile.shares[part], 1e-9)
    lift = np.log(mine_of(index, part, history, share) / share).astype(np.float32)
    codes = index.levels.get(part)
    return np.asarray(index.profile.levels[part] @ lift if codes is None else lift[codes], np.float32)


def mine_of(index: Index, part: str, history: Sparse, share: Floats) -> Floats:
    """The shares of a part's levels in a history, drawn to everybody's."""
    codes = index.levels.get(part)
    if codes is None:
        mine = (history @ index.profile.levels[part]).toarray()[0]
    else:
        mine = np.zeros(len(share), np.float32)
        np.add.at(mine, codes[history.indices], history.data)  # one by one, as a matrix product adds up
    total = np.add.reduceat(history.data, [0])[0] if history.nnz else 0.0  # rounds as SciPy's sum of rows does
    return np.asarray((mine + PRETENDED * share) / (total + np.float32(PRETENDED)))


def _ease(index: Index, history: Sparse) -> Scores:
    if len(index.ease_items) == history.shape[1]:
        return np.asarray((history @ index.ease)[0], np.float32)
    scores = np.zeros(history.shape[1], np.float32)
    scores[index.ease_items] = np.asarray(csr_array(history[:, index.ease_items]) @ index.ease)[0]
    return scores


def find(index: Index, person: Person, count: int) -> Found:
    """Collect candidates: all that the generators name, and the nearest by embeddings up to `count`."""
    scores, lifts = scores_of_all(index, person.history)
    lists = {name: _first(values, person.available, PLACES[name]) for name, values in scores.items()}
    worth = [chosen[(scores[name][chosen] > 0) & person.available[chosen]] for name, chosen in lists.items()]
    named = np.array(sorted({*np.concatenate(worth).tolist()}), np.int64)
    item = np.sort(np.concatenate([named, _nearest(index, person, named, count - len(named))]))
    by_generator = np.zeros(len(item), np.bool_)
    by_generator[np.searchsorted(item, named)] = True
    return Found(
        item,
        {name: values[item] for name, values in scores.items()},
        {name: _ranks(chosen, item) for name, chosen in lists.items()},
        {name: float(values.max()) for name, values in scores.items()},
        {part: lift[item] for part, lift in lifts.items()},
        by_generator,
    )


def _first(scores: Scores, available: Bools, count: int) -> Ints:
    """The batch's choice; of catalogues that no batch can hold, the same from what scores anything at all."""
    if len(scores) <= DENSE_ITEMS:
        return np.asarray(best(np.where(available, scores, -np.inf)[None, :], count)[0])
    high = _high(scores, available, count)
    return high[best(scores[high][None, :], count)[0]] if len(high) else high


def _high(scores: Scores, available: Bools, count: int) -> Ints:
    """Items that hold the best of many, without sorting them all: those above what a sample suggests.

    Only positive scores count. All of them are returned where the sample misled.
    """
    sample = scores[::SAMPLED_EVERY]
    kept = min(SAMPLED_LEAST + 2 * count // SAMPLED_EVERY, len(sample))
    bound = np.partition(sample, -kept)[-kept]
    high = np.flatnonzero(scores > max(float(bound), 0.0))
    high = high[available[high]]
    if len(high) < count and bound > 0:
        high = np.flatnonzero(scores > 0)
        high = high[available[high]]
    return high


def _ranks(chosen: Ints, item: Ints) -> Ints:
    """Each candidate's place in a list; one behind its end where it isn't in it."""
    ranks = np.full(len(item), len(chosen) + 1)
    if not len(item):
        return ranks
    at = np.minimum(np.searchsorted(item, chosen), len(item) - 1)
    there = item[at] == chosen
    ranks[at[there]] = np.flatnonzero(there) + 1
    return ranks


def _nearest(index: Index, person: Person, named: Ints, count: int) -> Ints:
    """The open items whose embeddings are nearest to the person's; the most popular of somebody without a history."""
    if count <= 0:
        return named[:0]
    columns, values = person.history.indices, person.history.data
    near = index.factors @ (values @ index.factors[columns]) if len(columns) else index.popularity.copy()
    near[named] = -np.inf
    if len(near) > DENSE_ITEMS and len(high := _high(near, person.available, count)) >= count:
        return high[np.argpartition(-near[high], count - 1)[:count]]
    near[~person.available] = -np.inf
    chosen = np.argpartition(-near, count - 1)[:count] if count < len(near) else np.arange(len(near))
    return chosen[near[chosen] > -np.inf]
