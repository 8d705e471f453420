"""Live recommendations: what is answered, from what, and to whom nothing personal is."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from marketing_tests.model.live_shop import GONE, STORE, Consents, answered, ask, skus, told
from marketing_tests.model.planted_taste import AS_OF, Frames, sku, style
from mesh_marketing.ml.recommend.diversity import CATEGORY_PLACES
from mesh_marketing.ml.recommend.live import LIVE, NO_CONSENT, Recommending
from mesh_marketing.ml.recommend.live_contract import RecommendationAnswer, RecommendationRequest
from mesh_marketing.ml.recommend.live_lists import varied
from mesh_marketing.ml.recommend.rows import PLACES as BATCH_PLACES


def test_what_is_out_of_stock_is_never_in_a_list(ready: Recommending) -> None:
    answers = [
        answered(ready, customer_id="C000", count=50),
        answered(ready, customer_id="C001", liked=[sku(1)], count=50),
        answered(ready, liked=[sku(5), sku(9)], count=50),
        answered(ready, similar_to=sku(0), count=50),
        answered(ready, count=50),
    ]
    for answer in answers:
        assert answer["items"]
        assert not set(skus(answer)) & set(GONE)


def test_a_named_store_gives_only_what_it_has(ready: Recommending) -> None:
    for asked in ({"customer_id": "C004"}, {"liked": [sku(4)]}, {"similar_to": sku(4)}, {}):
        found = skus(answered(ready, location_id=STORE, count=50, **asked))
        assert found
        assert not [s for s in found if style(s) == 0 or s in GONE]


@pytest.mark.parametrize("known", [{}, {"C001": False}])
def test_without_consent_nothing_personal_is_used_or_kept(ready: Recommending, known: dict[str, bool]) -> None:
    inputs = ask(known, customer_id="C001", liked=[sku(1)])
    assert inputs["customer_id"] is None
    assert inputs["liked"] == []
    answer = ready.score([inputs])[0]
    assert answer["basis"] == "popularity"
    assert answer["notes"] == [NO_CONSENT]
    assert answer["items"] == answered(ready)["items"]
    assert {item["source"] for item in answer["items"]} == {"popularity"}


@pytest.mark.parametrize(("visitor", "logged"), [("", ""), ("v-7", "v-7"), ("C001", "")])
def test_without_consent_the_log_of_predictions_names_no_customer(visitor: str, logged: str) -> None:
    request = RecommendationRequest(customer_id="C001", liked=[sku(1)], visitor_id=visitor, count=3)
    (inputs,) = LIVE.gather([request], Consents({"C001": False}), AS_OF)
    kept = LIVE.kept(request, inputs)
    assert isinstance(kept, RecommendationRequest)
    assert (getattr(kept, LIVE.entity), kept.customer_id, kept.liked, kept.count) == (logged, None, [], 3)
    assert "C001" not in json.dumps([kept.model_dump(mode="json"), inputs])


@pytest.mark.parametrize("asked", [{"customer_id": "C001", "liked": [sku(1)]}, {"visitor_id": "v-7"}])
def test_with_consent_or_without_a_customer_the_request_is_logged_whole(asked: dict[str, Any]) -> None:
    request = RecommendationRequest(**asked)
    (inputs,) = LIVE.gather([request], Consents({"C001": True}), AS_OF)
    assert LIVE.kept(request, inputs) == request


def test_with_consent_lists_follow_the_planted_taste(ready: Recommending) -> None:
    same = [style(s) == style(c) for c in ("C001", "C005", "C010") for s in skus(answered(ready, customer_id=c))[:6]]
    assert np.mean(same) > 0.8


def test_a_customer_who_consents_but_is_not_known_yet_gets_what_is_popular(ready: Recommending) -> None:
    answer = answered(ready, customer_id="new")
    assert (answer["basis"], answer["notes"]) == ("popularity", [])
    assert answer["items"] == answered(ready)["items"]


def test_liked_products_move_a_customers_list_and_are_not_in_it(ready: Recommending) -> None:
    liked = [sku(i) for i in (2, 6, 14, 18, 22)]
    without, moved = answered(ready, customer_id="C001"), answered(ready, customer_id="C001", liked=liked)
    assert moved["basis"] == "customer and liked"
    assert not set(skus(moved)) & set(liked)
    assert skus(moved) != skus(without)


def test_similar_products_are_of_the_same_style_and_not_the_product_itself(ready: Recommending) -> None:
    answer = answered(ready, similar_to=sku(1), count=6)
    assert sku(1) not in skus(answer)
    assert np.mean([style(s) == 1 for s in skus(answer)]) > 0.8
    assert {i["because_sku"] for i in answer["items"]} == {sku(1)}


def test_excluded_products_are_not_shown(ready: Recommending) -> None:
    first = skus(answered(ready, customer_id="C001"))
    assert not set(first[:3]) & set(skus(answered(ready, customer_id="C001", exclude=first[:3])))


def test_no_category_takes_more_than_its_share_while_there_is_something_else() -> None:
    score, category = np.linspace(1, 0, 12), np.repeat([0, 1], [8, 4])
    assert CATEGORY_PLACES / BATCH_PLACES == 2 / 5
    assert varied(score, category, 5) == [0, 1, 8, 9, 2]
    assert varied(score, category, 12) == [0, 1, 2, 3, 4, 8, 9, 10, 11, 5, 6, 7]


def test_an_unknown_product_is_named_and_left_out(ready: Recommending) -> None:
    answer = answered(ready, liked=[sku(1), "P0411"])
    assert not answer["known"]
    assert answer["notes"][0].startswith("no product 'P0411'; did you mean 'P0")
    assert skus(answer) == skus(answered(ready, liked=[sku(1)]))


@pytest.mark.parametrize("asked", [{"similar_to": "Q"}, {"location_id": "S99"}])
def test_what_can_not_be_answered_is_an_empty_list_that_says_why(ready: Recommending, asked: dict[str, str]) -> None:
    answer = answered(ready, **asked)
    assert (answer["known"], answer["items"]) == (False, [])
    assert next(iter(asked.values())) in answer["notes"][0]


def test_logged_inputs_give_the_same_answer_to_the_bit(ready: Recommending) -> None:
    for asked in ({"customer_id": "C007"}, {"liked": [sku(2)]}, {"similar_to": sku(3)}, {}):
        inputs = ask(**asked)
        answer = ready.score([inputs])[0]
        assert ready.score(json.loads(json.dumps([inputs])))[0] == answer
        assert RecommendationAnswer(**json.loads(json.dumps(answer))).model_dump(mode="json") == answer


def test_the_baseline_is_what_is_popular_and_in_stock_for_everybody(ready: Recommending, live_frames: Frames) -> None:
    baseline = LIVE.baseline(told(live_frames))
    answer = baseline.score([ask(customer_id="C001")])[0]
    assert answer["basis"] == "popularity"
    assert answer == baseline.score([ask(customer_id="C002")])[0] == answered(ready)


@pytest.mark.parametrize(
    "wrong",
    [{"liked": ["a"] * 6}, {"count": 0}, {"count": 51}, {"similar_to": "a", "liked": ["b"]}, {"customer": "C001"}],
)
def test_a_request_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RecommendationRequest(**wrong)


def test_an_empty_shop_answers_with_an_empty_list(ready: Recommending) -> None:
    taste = ready.index.taste
    empty = replace(ready.index, taste=replace(taste, stocked=np.zeros_like(taste.stocked)))
    for asked in ({"customer_id": "C001"}, {"liked": [sku(2)]}, {"similar_to": sku(3)}, {}):
        assert answered(replace(ready, index=empty), **asked)["items"] == []


def test_stock_and_taste_are_those_of_the_newest_day(ready: Recommending) -> None:
    assert answered(ready)["stock_of"] == (AS_OF - timedelta(days=1)).date().isoformat()


def test_the_visitor_decides_the_version_and_not_the_answer(ready: Recommending) -> None:
    assert RecommendationRequest(customer_id="C001").visitor_id == "C001"
    assert RecommendationRequest(customer_id="C001", visitor_id="v").visitor_id == "v"
    assert ask(customer_id="C001", visitor_id="v") == ask(customer_id="C001")
