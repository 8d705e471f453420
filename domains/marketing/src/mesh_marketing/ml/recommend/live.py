"""Recommendations while a customer waits: about 1,000 candidates ranked, ten returned, each with its reason.

Consent is asked of the online store with every request, so that taking it back needs no new model; the answer's inputs
and the log of predictions then name nobody. What is out of stock by the newest known evening is never in a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
from pydantic import BaseModel

from mesh_marketing.ml.recommend.evidence import TABLES, Evidence, day_number
from mesh_marketing.ml.recommend.live_contract import RecommendationAnswer, RecommendationRequest
from mesh_marketing.ml.recommend.live_features import features_of
from mesh_marketing.ml.recommend.live_index import Index, index_of
from mesh_marketing.ml.recommend.live_lists import CANDIDATES, Made, from_liked, popular, ranked_for, similar_to
from mesh_marketing.ml.recommend.live_person import find, person_of
from mesh_marketing.ml.recommend.live_ranker import Scorer, scorer_of
from mesh_marketing.ml.recommend.taste import taste_at
from mesh_platform.features.view import FeatureView
from mesh_platform.ml.live import Answer, Inputs, LiveModel, Ready

if TYPE_CHECKING:
    from mesh_platform.lake import Pinned
    from mesh_platform.ml.live import OnlineFeatures
    from mesh_platform.ml.recipe import Fitted

CONSENT = FeatureView(
    name="customer_consent",
    entity=("customer_id",),
    source="customers.customers",
    event_time="valid_from",
    features=("consent_profiling",),
)
NO_CONSENT = "no consent to profiling: nothing personal was used, only what is popular and in stock"
TRIED_CUSTOMERS = 20
"""Whose candidates prove that compiled trees say what LightGBM says: about 20,000 rows."""


@dataclass(frozen=True, slots=True)
class Recommending(Ready):
    """A version of the ranker with the pinned snapshots' index.

    Args:
        index: What is known.
        stock_of: The day of the stock.
        scorer: The ranker; None for the baseline, what is popular and in stock.
        candidates: How many are ranked for a customer.
    """

    index: Index
    stock_of: date
    scorer: Scorer | None
    candidates: int = CANDIDATES

    def score(self, inputs: Sequence[Inputs]) -> list[Answer]:
        """Answer each request by itself."""
        return [self._answer(one) for one in inputs]

    def _answer(self, one: Inputs) -> Answer:
        notes = [NO_CONSENT] if one["consent"] is False else []
        missing = self._missing(one)
        location = self.index.stores.get(one["location_id"])
        if (one["location_id"] is not None and location is None) or one["similar_to"] in missing:
            return self._said("popularity", Made([], 0), [*notes, *missing.values()], known=False)
        liked = sorted({self.index.places[sku] for sku in one["liked"] if sku not in missing})
        excluded = [self.index.places[sku] for sku in one["exclude"] if sku in self.index.places]
        basis, made = self._made(one, liked, location, excluded)
        return self._said(basis, made, [*notes, *missing.values()], known=not missing)

    def _made(self, one: Inputs, liked: list[int], location: int | None, excluded: list[int]) -> tuple[str, Made]:
        index, count = self.index, one["count"]
        if self.scorer is None:
            return "popularity", popular(index, location, excluded, count)
        if one["similar_to"] is not None:
            return "similar", similar_to(index, index.places[one["similar_to"]], location, excluded, count)
        row = index.customers.get(one["customer_id"]) if one["consent"] else None
        if row is not None:
            person = person_of(index, row, liked, location, [*excluded, *liked])
            basis = "customer and liked" if liked else "customer"
            return basis, ranked_for(index, self.scorer, person, count, self.candidates)
        if liked:
            return "liked", from_liked(index, liked, location, excluded, count)
        return "popularity", popular(index, location, excluded, count)

    def _missing(self, one: Inputs) -> dict[str, str]:
        """What the request names and does not exist, with what helps."""
        index, missing = self.index, {}
        for sku in (*one["liked"], *([one["similar_to"]] if one["similar_to"] else [])):
            if sku not in index.places:
                near = get_close_matches(sku, index.skus, 1)
                missing[sku] = f"no product '{sku}'" + (f"; did you mean '{near[0]}'?" if near else "")
        if (place := one["location_id"]) is not None and place not in index.stores:
            missing[place] = f"no store '{place}' (rule: one of {', '.join(index.stores)}; leave it out for the web)"
        return missing

    def _said(self, basis: str, made: Made, notes: list[str], *, known: bool) -> Answer:
        index = self.index
        items = [
            {
                "rank": rank,
                "sku": index.skus[place.item],
                "name": index.names[place.item],
                "category": index.categories[place.item],
                "score": place.score,
                "source": place.source,
                "because_sku": index.skus[place.because] if place.because >= 0 else None,
                "reason": place.words,
            }
            for rank, place in enumerate(made.listed, 1)
        ]
        return {
            "basis": basis,
            "known": known,
            "notes": notes,
            "candidates": made.candidates,
            "best_score": items[0]["score"] if items else 0.0,
            "stock_of": self.stock_of.isoformat(),
            "items": items,
        }


class LiveRecommendations(LiveModel):
    """Recommendations for a customer, from liked products, and similar products."""

    request: ClassVar[type[BaseModel]] = RecommendationRequest
    answer: ClassVar[type[BaseModel]] = RecommendationAnswer
    entity: ClassVar[str] = "visitor_id"
    number: ClassVar[str] = "best_score"
    tables: ClassVar[tuple[str, ...]] = TABLES
    views: ClassVar[tuple[FeatureView, ...]] = (CONSENT,)

    def ready(self, fitted: Fitted, tables: Pinned) -> Recommending:
        """Index the newest day and compile the ranker, proven on some customers' candidates."""
        index, stock_of = _index(tables)
        people = np.linspace(0, len(index.customers) - 1, TRIED_CUSTOMERS).astype(int)
        persons = [person_of(index, int(row), [], None, []) for row in sorted({*people.tolist()})]
        tried = np.concatenate([features_of(index, who, find(index, who, CANDIDATES)) for who in persons])
        return Recommending(index, stock_of, scorer_of(fitted["booster"], tried))

    def baseline(self, tables: Pinned) -> Recommending:
        """Recommend what is popular and in stock."""
        return Recommending(*_index(tables), scorer=None)

    def gather(self, requests: Sequence[BaseModel], online: OnlineFeatures, now: datetime) -> list[Inputs]:
        """Add the consents of the signed-in; of those without one nothing but the count and the place is kept."""
        del now
        asked: list[dict[str, Any]] = [request.model_dump() for request in requests]
        known = [(one["customer_id"],) for one in asked if one["customer_id"] is not None]
        found = dict(zip(known, online.read(CONSENT, known), strict=True)) if known else {}
        return [self._inputs(one, found.get((one["customer_id"],))) for one in asked]

    def kept(self, request: BaseModel, inputs: Inputs) -> BaseModel:
        """Keep nothing that tells who asked without consent, but a visitor who is not named like the customer."""
        if inputs["consent"] is not False:
            return request
        asked = cast("RecommendationRequest", request)
        visitor = "" if asked.visitor_id == asked.customer_id else asked.visitor_id
        return asked.model_copy(update={"customer_id": None, "liked": [], "visitor_id": visitor})

    def _inputs(self, one: dict[str, Any], features: Any) -> Inputs:
        del one["visitor_id"]  # no answer depends on it
        if one["customer_id"] is None:
            return {**one, "consent": None}
        if features is not None and features["consent_profiling"] is True:
            return {**one, "consent": True}
        return {**one, "customer_id": None, "liked": [], "consent": False}


def _index(tables: Pinned) -> tuple[Index, date]:
    until = tables.known_until
    now = day_number(until)
    evidence = Evidence.read(tables, until, [now])
    stores = sorted(evidence.at(now).purchases["store"].drop_nulls().unique())
    return index_of(taste_at(evidence, now), stores), (until - timedelta(days=1)).date()


LIVE = LiveRecommendations()
