"""From candidates to a list: ranked, nothing that is out of stock, no category in every place, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mesh_marketing.ml.recommend.diversity import CATEGORY_PLACES, mmr
from mesh_marketing.ml.recommend.generator import Floats, Ints
from mesh_marketing.ml.recommend.liked import BALANCE, PART
from mesh_marketing.ml.recommend.live_features import features_of
from mesh_marketing.ml.recommend.live_index import Index
from mesh_marketing.ml.recommend.live_person import Person, find, one_row, person_of, scores_of_all
from mesh_marketing.ml.recommend.live_ranker import Scorer
from mesh_marketing.ml.recommend.live_words import why
from mesh_marketing.ml.recommend.rows import PLACES as BATCH_PLACES

CANDIDATES = 1000
"""So many are ranked: what the generators name, about 60, and the nearest by embeddings."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A place in a list: the item, its score, where it came from, the item that led to it (or -1) and the words."""

    item: int
    score: float
    source: str
    because: int
    words: str


@dataclass(frozen=True, slots=True)
class Made:
    """A list, and from how many candidates it was chosen."""

    listed: list[Listed]
    candidates: int


def ranked_for(index: Index, scorer: Scorer, person: Person, count: int, candidates: int = CANDIDATES) -> Made:
    """Rank a person's candidates.

    Args:
        index: What is known.
        scorer: The ranker.
        person: Who.
        count: Places of the list.
        candidates: How many are ranked; fewer where fewer can be had.
    """
    found = find(index, person, candidates)
    if not len(found.item):
        return Made([], 0)
    features = features_of(index, person, found)
    score = scorer(features)
    chosen = varied(score, index.category[found.item], count)
    wanted = person.history.toarray()[0]
    reasons = [why(index, wanted, found, at, features[at]) for at in chosen]
    listed = [
        Listed(int(found.item[at]), float(score[at]), reason.source, reason.because, reason.words)
        for at, reason in zip(chosen, reasons, strict=True)
    ]
    return Made(listed, len(found.item))


def varied(score: Floats, category: Ints, count: int) -> list[int]:
    """The best, with the batch's cap of a category in proportion to the list's length; the rest goes behind.

    Args:
        score: One a candidate; of equal ones the first comes first.
        category: Their categories.
        count: Places of the list.
    """
    cap = max(1, round(count * CATEGORY_PLACES / BATCH_PLACES))
    taken: dict[int, int] = {}
    chosen: list[int] = []
    behind: list[int] = []
    for at in np.argsort(-score, kind="stable").tolist():
        kind = int(category[at])
        taken[kind] = taken.get(kind, 0) + 1
        (chosen if taken[kind] <= cap else behind).append(at)
        if len(chosen) == count:
            return chosen
    return [*chosen, *behind][:count]


def from_liked(index: Index, liked: list[int], location: int | None, excluded: list[int], count: int) -> Made:
    """Start without any history: as `liked.from_liked` does, from the candidates that are nearest."""
    person = person_of(index, None, liked, location, [*excluded, *liked])
    found = find(index, person, CANDIDATES)
    total = np.zeros(len(found.item))
    for name, weight in PART.items():
        total += weight * found.scores[name] / max(found.most[name], 1e-9)
    traits = index.taste.traits[found.item]
    chosen = mmr(total, traits, count, BALANCE)
    likest = (traits[chosen] @ index.taste.traits[liked].T).toarray().argmax(axis=1) if len(chosen) else []
    because = [liked[at] for at in likest]
    listed = [
        Listed(int(found.item[at]), float(total[at]), "liked", led, f"like {index.names[led]}")
        for at, led in zip(chosen, because, strict=True)
    ]
    return Made(listed, len(found.item))


def popular(index: Index, location: int | None, excluded: list[int], count: int) -> Made:
    """What everybody wants, of what is in stock: nothing about the person."""
    available = person_of(index, None, [], location, excluded).available
    first = index.popular[available[index.popular]][:CANDIDATES]
    chosen = first[varied(index.popularity[first], index.category[first], count)]
    listed = [
        Listed(at, float(index.popularity[at]), "popularity", -1, f"popular now in {index.categories[at]}")
        for at in chosen.tolist()
    ]
    return Made(listed, len(first))


def similar_to(index: Index, item: int, location: int | None, excluded: list[int], count: int) -> Made:
    """The products that the same people want and that are like it by name, brand, category and price."""
    alone = one_row(np.array([item], np.int32), np.ones(1, np.float32), len(index.skus))
    open_to = person_of(index, None, [], location, [*excluded, item]).available
    scores, _ = scores_of_all(index, alone)
    scores["item_knn"][item] = 0
    together = scores["item_knn"]
    total = np.zeros(len(together))
    for name in ("item_knn", "content"):
        total += PART[name] * scores[name] / max(float(scores[name].max()), 1e-9)
    possible = np.flatnonzero(open_to & (total > 0))
    best = possible[np.argsort(-total[possible], kind="stable")[:count]]
    listed = [
        Listed(
            at,
            float(total[at]),
            "item_knn" if together[at] > 0 else "content",
            item,
            f"bought with {index.names[item]}" if together[at] > 0 else f"like {index.names[item]}",
        )
        for at in best.tolist()
    ]
    return Made(listed, len(possible))
