"""What the ranker sees of one person's candidates: `features.feature_matrix` for a single row, nothing dense."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mesh_marketing.ml.recommend.features import FEATURES, NEVER_DAYS, RANKED
from mesh_marketing.ml.recommend.generator import Floats, Ints, Scores, Sparse
from mesh_marketing.ml.recommend.live_index import Index
from mesh_marketing.ml.recommend.live_person import Found, Person, mine_of


def features_of(index: Index, person: Person, found: Found) -> npt.NDArray[np.float32]:
    """Make the features of a person's candidates: one row a candidate, the columns of `FEATURES`."""
    columns: dict[str, Floats | Ints | float] = {
        **{f"{name}_score": found.scores[name] for name in ("own", *RANKED)},
        **{f"{name}_rank": found.ranks[name] for name in RANKED},
        **{f"{part}_lift": lift for part, lift in found.lifts.items()},
        "category_share": _category_share(index, person)[index.category[found.item]],
        **_of_item(index, person, found),
        **_of_pair(index, person, found),
    }
    made = np.empty((len(found.item), len(FEATURES)), np.float32)
    for place, name in enumerate(FEATURES):
        made[:, place] = columns[name]
    return made


def _of_item(index: Index, person: Person, found: Found) -> dict[str, Floats | float]:
    taste, item = index.taste, found.item
    columns, times = person.of(taste.bought)
    spent = np.cumsum(times * index.log_price[columns])  # one by one, as a matrix product adds up
    usual = spent[-1] / times.sum() if len(columns) else index.usual
    price = index.log_price[item]
    return {
        "sold_28d": taste.sold[item],
        "trend": index.trend[item],
        "price": index.price[item],
        "relative_price": price - usual,
        "attractiveness": taste.clicks.pleases[item],
        "discount_pct": taste.discount_pct[item],
        "in_usual_store": taste.stocked[person.store, item],
    }


def _category_share(index: Index, person: Person) -> Scores:
    """By category: its share in the history, drawn to everybody's."""
    return mine_of(index, "category", person.history, index.profile.shares["category"]).astype(np.float32)


def _of_pair(index: Index, person: Person, found: Found) -> dict[str, Floats | float]:
    taste, item = index.taste, found.item
    counts = {"sought": taste.sought, "clicked": taste.clicked, "carted": taste.carted, "shown": taste.shown}
    columns, last = person.of(taste.last_bought)
    newest = np.zeros(index.category.max() + 1, np.float32)
    np.maximum.at(newest, index.category[columns], last)
    _, times = person.of(taste.bought)
    return {
        "times_bought": _at(index, person, taste.bought, found),
        "days_since_item": _days_since(index, _at(index, person, taste.last_bought, found)),
        "days_since_category": _days_since(index, newest)[index.category[item]],
        **{f"times_{kind}": _at(index, person, matrix, found) for kind, matrix in counts.items()},
        "purchases": float(times.sum()),
        "web_share": person.web_share,
        "days_since_purchase": float(_days_since(index, np.array([last.max(initial=0)], np.float32))[0]),
    }


def _at(index: Index, person: Person, matrix: Sparse, found: Found) -> Scores:
    """The person's value of each candidate."""
    columns, values = person.of(matrix)
    if not len(columns):
        return np.zeros(len(found.item), np.float32)
    at = np.minimum(np.searchsorted(columns, found.item), len(columns) - 1)
    return np.where(columns[at] == found.item, values[at], 0)


def _days_since(index: Index, day: Scores) -> Floats:
    return np.where(day > 0, index.taste.cut - index.taste.first_day - day, NEVER_DAYS)
