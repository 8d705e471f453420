"""Where a recommendation to one person came from and why, as `reasons` says it of whole batches."""

from __future__ import annotations

from dataclasses import dataclass

from mesh_marketing.ml.recommend.features import FEATURES
from mesh_marketing.ml.recommend.generator import Scores
from mesh_marketing.ml.recommend.live_index import Index
from mesh_marketing.ml.recommend.live_person import Found, row_of
from mesh_marketing.ml.recommend.reasons import ITEM_TO_ITEM, SOURCES

EMBEDDING = "embedding"
"""The source of what no generator named."""
LIKE = ("profile", "content")
SEEN = tuple(FEATURES.index(f"times_{kind}") for kind in ("sought", "clicked", "carted"))
BOUGHT, DAYS = FEATURES.index("times_bought"), FEATURES.index("days_since_item")


@dataclass(frozen=True, slots=True)
class Why:
    """Why a product is in a list.

    Args:
        source: One of `SOURCES` or `EMBEDDING`.
        because: The item of the history that speaks most for it; -1 where none does.
        words: For the person to read.
    """

    source: str
    because: int
    words: str


def why(index: Index, wanted: Scores, found: Found, at: int, features: Scores) -> Why:
    """Explain a candidate.

    Args:
        index: What is known.
        wanted: How strongly the person wanted each item.
        found: The candidates.
        at: The candidate's place among them.
        features: Its features.
    """
    item = int(found.item[at])
    because = because_of(index, wanted, item)
    source = _source(found, at, features)
    return Why(source, because, in_words(index, source, because, item, features))


def _source(found: Found, at: int, features: Scores) -> str:
    if features[BOUGHT] > 0:
        return SOURCES[0]
    if any(features[column] > 0 for column in SEEN):
        return SOURCES[1]
    if not found.named[at]:
        return EMBEDDING
    return min(SOURCES[2:], key=lambda name: int(found.ranks[name][at]))


def because_of(index: Index, wanted: Scores, item: int) -> int:
    """The item of the history that speaks most for another one, by item-kNN; -1 where none does."""
    neighbours, alike = row_of(index.alike_to, item)
    support = wanted[neighbours] * alike
    support[neighbours == item] = 0
    return int(neighbours[support.argmax()]) if support.max(initial=0) > 0 else -1


def in_words(index: Index, source: str, because: int, item: int, features: Scores) -> str:
    """Say it."""
    if source == SOURCES[0]:
        times = int(features[BOUGHT])
        return f"bought {f'{times} times' if times > 1 else 'once'}, last {int(features[DAYS])} days ago"
    if source == SOURCES[1]:
        return "looked at in the web shop"
    if because >= 0 and source in (*ITEM_TO_ITEM, EMBEDDING):
        return f"bought with {index.names[because]}"
    if because >= 0 and source in LIKE:
        return f"suits the {index.categories[item]} bought before"
    return f"popular now in {index.categories[item]}"
