"""What the ranker sees of a customer and a candidate, as known at the cut."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mesh_marketing.ml.recommend.candidates import Candidates
from mesh_marketing.ml.recommend.generator import Floats, Ints, Scores
from mesh_marketing.ml.recommend.profile import Profile
from mesh_marketing.ml.recommend.taste import Taste

NEVER_DAYS = 999.0
"""Days since what never happened: longer than any history that is kept."""
RANKED = ("item_knn", "popularity", "ease", "profile", "content")
FEATURES = (
    *(f"{name}_score" for name in ("own", *RANKED)),
    *(f"{name}_rank" for name in RANKED),
    "sold_28d", "trend", "price", "relative_price", "attractiveness", "discount_pct", "in_usual_store",
    "category_share", "category_lift", "brand_lift", "price_lift", "words_lift",
    "times_bought", "days_since_item", "days_since_category", "times_sought", "times_clicked", "times_carted",
    "times_shown", "purchases", "web_share", "days_since_purchase",
)  # fmt: skip


def feature_matrix(taste: Taste, profile: Profile, found: Candidates) -> npt.NDArray[np.float32]:
    """Make the features of a block's candidates: one row a pair, the columns of `FEATURES`."""
    columns = {
        **{f"{name}_score": found.scores[name] for name in ("own", *RANKED)},
        **{f"{name}_rank": found.ranks[name] for name in RANKED},
        **_of_item(taste, found),
        **_affinities(taste, profile, found),
        **_of_pair(taste, found),
    }
    return np.stack([np.asarray(columns[name], np.float32) for name in FEATURES], axis=1)


def _of_item(taste: Taste, found: Candidates) -> dict[str, Floats]:
    item, customer = found.item, found.who[found.row]
    price = taste.items["price"].to_numpy()
    log_price = np.log(np.maximum(price, 0.01))
    bought = taste.bought[found.who]
    spent, count = bought @ log_price, np.asarray(bought.sum(axis=1)).ravel()
    usual = np.where(count > 0, spent / np.maximum(count, 1), np.average(log_price, weights=taste.sold + 1))
    return {
        "sold_28d": taste.sold[item],
        "trend": ((4 * taste.sold_lately + 1) / (taste.sold + 1))[item],
        "price": price[item],
        "relative_price": log_price[item] - usual[found.row],
        "attractiveness": taste.clicks.pleases[item],
        "discount_pct": taste.discount_pct[item],
        "in_usual_store": taste.stocked[taste.stores[customer], item],
    }


def _affinities(taste: Taste, profile: Profile, found: Candidates) -> dict[str, Floats]:
    at, history = (found.row, found.item), taste.history[found.who]
    lifts = {f"{part}_lift": lift[at] for part, lift in profile.lifts(history).items()}
    return {"category_share": profile.category_share(history)[at], **lifts}


def _of_pair(taste: Taste, found: Candidates) -> dict[str, Floats]:
    at = (found.row, found.item)
    last = taste.last_bought[found.who].toarray()
    bought = taste.bought[found.who].toarray()
    counts = {"sought": taste.sought, "clicked": taste.clicked, "carted": taste.carted, "shown": taste.shown}
    return {
        "times_bought": bought[at],
        "days_since_item": _days_since(taste, last)[at],
        "days_since_category": _days_since(taste, _newest_of_category(taste, last))[at],
        **{f"times_{kind}": made[found.who].toarray()[at] for kind, made in counts.items()},
        "web_share": taste.web_share[found.who][found.row],
        "purchases": bought.sum(axis=1)[found.row],
        "days_since_purchase": _days_since(taste, last.max(axis=1))[found.row],
    }


def _days_since(taste: Taste, day: Scores) -> Floats:
    return np.where(day > 0, taste.cut - taste.first_day - day, NEVER_DAYS)


def _newest_of_category(taste: Taste, last: Scores) -> Scores:
    category: Ints = taste.items["category"].rank("dense").to_numpy().astype(np.int64) - 1
    newest = np.stack([last[:, category == c].max(axis=1) for c in range(category.max() + 1)], axis=1)
    return newest[:, category]
