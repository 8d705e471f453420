"""A live verdict is the batch's, but for the reviews of the day, and the same again from a log."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from mesh_platform.errors import MissingFeature
from mesh_platform.ml.live import Inputs, Ready
from mesh_platform.pipeline.models import named
from mesh_sales.ml.decision import REVIEWS_A_DAY, decide
from mesh_sales.ml.features import FEATURES
from mesh_sales.ml.live import LIVE
from mesh_sales.ml.live_order import EXAMPLE, Order, Verdict
from mesh_sales.ml.live_scoring import RULE_DAYS, FraudReady
from mesh_sales.ml.model import probabilities
from mesh_sales.ml.reasons import told
from mesh_sales.ml.recipe import RECIPE
from sales_tests.model.conftest import Learnt, Pin
from sales_tests.model.payments import NOW, feature_rows

NO_LIMIT = 10**9
ORDER: dict[str, Any] = {
    "order_id": "o1",
    "channel": "web",
    "payment_method": "card",
    "lines": [{"sku": "tea", "quantity": 1, "unit_price": "9.99"}],
}


def inputs_of(rows: pl.DataFrame) -> list[Inputs]:
    return [
        {"order_id": row["order_id"], "features": {name: row[name] for name in FEATURES}}
        for row in rows.iter_rows(named=True)
    ]


@pytest.fixture(scope="module")
def ready(learnt: Learnt) -> Ready:
    return LIVE.ready(learnt.fitted, learnt.tables)


def test_one_by_one_the_verdicts_are_the_batchs_to_the_bit(learnt: Learnt, ready: Ready) -> None:
    rows, least = learnt.examples.holdout, float(learnt.fitted["least_saving"])
    wanted = decide(rows, probabilities(learnt.fitted, rows), least, capacity=NO_LIMIT)
    found = pl.DataFrame([ready.score([one])[0] for one in inputs_of(rows)])
    assert found.select(wanted.columns).equals(wanted)
    assert set(found["decision"]) == {"accept", "review", "decline"}


def test_reasons_are_the_batchs_and_told_of_what_is_not_accepted_alone(learnt: Learnt, ready: Ready) -> None:
    rows = learnt.examples.holdout
    answers = ready.score(inputs_of(rows))
    risky = pl.Series([answer["decision"] != "accept" for answer in answers])
    assert ["; ".join(a["reasons"]) for a in answers if a["reasons"]] == told(learnt.fitted, rows.filter(risky))


def test_an_answer_computed_again_from_a_log_is_equal_to_the_bit(learnt: Learnt, ready: Ready) -> None:
    inputs = inputs_of(learnt.examples.holdout)
    again = LIVE.ready(learnt.fitted, learnt.tables).score(json.loads(json.dumps(inputs)))
    assert json.dumps(again) == json.dumps(ready.score(inputs))
    assert again[0] == Verdict.model_validate(again[0]).model_dump()


def test_the_recipe_names_the_live_model() -> None:
    assert named(RECIPE.live) is LIVE


def test_no_request_has_no_answer(ready: Ready, learnt: Learnt) -> None:
    assert ready.score([]) == LIVE.baseline(learnt.tables).score([]) == []


def test_a_version_with_a_feature_that_no_live_order_has_is_refused(learnt: Learnt) -> None:
    with pytest.raises(MissingFeature, match="mood"):
        FraudReady({**learnt.fitted, "features": [*FEATURES, "mood"]})


def test_the_rule_sends_the_most_suspicious_to_review_and_never_more_than_the_team_can_do(pin: Pin) -> None:
    rows, _ = feature_rows()
    newest = rows.filter(pl.col("ordered_on") > pl.col("ordered_on").max() - pl.duration(days=RULE_DAYS))
    rule = LIVE.baseline(pin(sales__order_features=rows))
    answers = rule.score([{"order_id": row["order_id"], "features": row} for row in newest.iter_rows(named=True)])
    reviewed = newest.filter(pl.Series([answer["decision"] == "review" for answer in answers]))
    by_day = reviewed.group_by("ordered_on").len()["len"]
    assert by_day.max() == REVIEWS_A_DAY
    scores = {
        decision: [a["probability"] for a in answers if a["decision"] == decision] for decision in ("accept", "review")
    }
    assert max(scores["accept"]) <= min(scores["review"])
    assert {bool(answer["reasons"]) for answer in answers if answer["decision"] == "review"} == {True}


def test_the_rule_answers_also_in_a_shop_without_a_past(pin: Pin) -> None:
    rule = LIVE.baseline(pin(sales__order_features=feature_rows()[0].clear()))
    features = dict.fromkeys(FEATURES) | {"amount": 40.0, "returned_units": 0}
    assert Verdict.model_validate(rule.score([{"order_id": "o1", "features": features}])[0]).decision == "review"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [{"sku": "tea", "quantity": 0, "unit_price": 1}]}, "quantity other than 0"),
        ({"lines": [{"sku": "tea", "quantity": 1, "unit_price": -1}]}, "unit_price"),
        ({"lines": [{"sku": "tea", "quantity": 1, "unit_price": "0.00001"}]}, "decimal places"),
        ({"lines": [{"sku": "tea", "quantity": 1, "unit_price": "NaN"}]}, "unit_price"),
        ({"ordered_at": datetime(2026, 1, 1)}, "timezone"),  # noqa: DTZ001 - a time without a zone is the point
        ({"ordered_at": "0001-01-01T00:00:00+14:00"}, "2000-01-01"),
        ({"ordered_at": "9999-12-31T23:59:59-14:00"}, "2200-01-01"),
        ({"channel": "phone"}, "channel"),
        ({"ip_country": "Germany"}, "ip_country"),
        ({"card_id": ""}, "card_id"),
        ({"card_number": "4111"}, "card_number"),
    ],
)
def test_an_order_that_breaks_a_rule_is_refused_by_name(change: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        Order.model_validate(ORDER | change)


def test_the_example_of_the_document_is_an_order() -> None:
    assert Order.model_validate(EXAMPLE).lines[0].unit_price == Decimal("19.99")


def test_an_order_needs_nothing_but_what_every_order_has(pin: Pin) -> None:
    order = Order.model_validate(ORDER)
    assert (order.ordered_at, order.lines[0].discount) == (None, Decimal(0))
    assert Order.model_validate(ORDER | {"ordered_at": NOW}).ordered_at == NOW.astimezone(UTC)
