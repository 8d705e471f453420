"""A live answer is the row of customers.churn_risk, unless a consent was taken back since."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

import polars as pl
import pytest
from pydantic import ValidationError

from customers_tests.model.shops import NOW, campaign, lively, order, orders, pinned, profiles
from mesh_customers.ml.churn.live import CONSENTS, LIVE
from mesh_customers.ml.churn.live_asked import Asked, Risk
from mesh_customers.ml.churn.recipe import RECIPE
from mesh_customers.ml.churn.scoring import score
from mesh_platform.features import FeatureView
from mesh_platform.features.history import HistoryView
from mesh_platform.lake import Pinned
from mesh_platform.ml import Making
from mesh_platform.ml.live import Answer, Ready
from mesh_platform.ml.recipe import Fitted
from mesh_platform.pipeline.models import named

STARTS = (date(2026, 2, 1), date(2026, 2, 10), date(2026, 2, 20))
SILENT, STRANGER = "silent", "stranger"
MONEY = ("expected_value_60d", "value_at_risk", "action_cost", "expected_profit")


class Until(Pinned):
    """Frames that know until when they tell; the lake's tables know it by their days."""

    @property
    def known_until(self) -> datetime:
        return NOW


class Consents:
    """An online store that knows the consents of some customers."""

    def __init__(self, known: Mapping[str, tuple[bool, bool]]) -> None:
        self.known, self.reads = known, 0

    def read(self, view: FeatureView | HistoryView, keys: Sequence[tuple[Any, ...]]) -> list[Mapping[str, Any] | None]:
        assert view is CONSENTS
        self.reads += 1
        return [
            dict(zip(CONSENTS.features, self.known[key], strict=True)) if key in self.known else None for (key,) in keys
        ]


@pytest.fixture(scope="module")
def tables() -> Pinned:
    """A shop whose newsletters make every treated customer buy once more; one customer has long been silent."""
    shop = lively(customers=250, seed=3)
    ids = shop["customer_id"].unique().sort()
    made = [campaign(n, ids, starts_on=s, ends_on=s + timedelta(days=9)) for n, s in enumerate(STARTS)]
    caused = [
        order(customer, datetime(starts.year, starts.month, starts.day + 2, 12, tzinfo=NOW.tzinfo))
        for starts, (_, audience) in zip(STARTS, made, strict=True)
        for customer in audience.filter(arm="treated")["customer_id"]
    ]
    known = pl.concat([ids, pl.Series([SILENT])])
    shown = pinned(
        sales__orders=pl.concat([shop, orders(*caused, order(SILENT, NOW - timedelta(days=60)))]),
        customers__customers=profiles(known, marketing=pl.Series([n % 3 > 0 for n in range(len(known))])),
        marketing__campaigns=pl.concat([told for told, _ in made]),
        marketing__campaign_audience=pl.concat([audience for _, audience in made]),
    )
    return Until(shown.lake, shown.snapshots, shown.frames)


@pytest.fixture(scope="module")
def fitted(tables: Pinned) -> Fitted:
    return RECIPE.fit(RECIPE.examples(tables, NOW), seed=1)


@pytest.fixture(scope="module")
def published(tables: Pinned, fitted: Fitted) -> pl.DataFrame:
    rows = score(fitted, Making(tables, None, NOW, cast("Any", None)))
    return rows.with_columns(pl.col("churn_probability").alias("probability"), pl.col(MONEY).cast(pl.Float64))


@pytest.fixture(scope="module")
def ready(tables: Pinned, fitted: Fitted) -> Ready:
    return LIVE.ready(fitted, tables)


def answered(ready: Ready, *customers: str, **consents: tuple[bool, bool]) -> list[Answer]:
    asked = [Asked(customer_id=customer) for customer in customers]
    return ready.score(LIVE.gather(asked, Consents(consents), NOW))


def test_every_active_customer_is_answered_as_published(ready: Ready, published: pl.DataFrame) -> None:
    answers = pl.DataFrame(answered(ready, *published["customer_id"]))
    same = [*MONEY, "customer_id", "probability", "addressable", "action"]
    assert answers.select(same).equals(published.select(same))
    assert set(answers["action"]) > {"none"}, "else choosing was not put to the test"
    assert set(answers["as_of"]) == {"2026-04-10"}
    assert answers["known"].all()


def test_a_consent_taken_back_takes_the_action_away_at_once(ready: Ready, published: pl.DataFrame) -> None:
    chosen = str(published.filter(pl.col("action") != "none")["customer_id"][0])
    before, still, after = (
        answered(ready, chosen, **consents)[0] for consents in ({}, {chosen: (True, True)}, {chosen: (True, False)})
    )
    assert before == still
    assert after == before | {"addressable": False, "action": "none", "action_cost": 0.0, "expected_profit": 0.0}


def test_a_consent_given_since_waits_for_the_next_snapshot(ready: Ready, published: pl.DataFrame) -> None:
    refused = str(published.filter(~pl.col("addressable"))["customer_id"][0])
    assert answered(ready, refused, **{refused: (True, True)}) == answered(ready, refused)


def test_who_is_silent_or_a_stranger_gets_a_clear_answer(ready: Ready) -> None:
    silent, stranger = answered(ready, SILENT, STRANGER)
    assert [(a["known"], a["probability"], a["action"]) for a in (silent, stranger)] == [(False, None, "none")] * 2
    assert "bought nothing in the 56 days until 2026-04-10" in silent["why"]
    assert "no profile has this customer_id" in stranger["why"]
    assert STRANGER not in stranger["why"]


def test_answers_are_of_the_documents_shape_and_the_same_again_from_a_log(
    ready: Ready, tables: Pinned, fitted: Fitted, published: pl.DataFrame
) -> None:
    customers = [*published["customer_id"].head(50), SILENT, STRANGER]
    inputs = LIVE.gather([Asked(customer_id=c) for c in customers], Consents({}), NOW)
    answers = ready.score(inputs)
    assert LIVE.ready(fitted, tables).score(json.loads(json.dumps(inputs))) == answers
    assert [Risk.model_validate(answer).model_dump(mode="json") for answer in answers] == [
        {name: answer[name] for name in Risk.model_fields} for answer in answers
    ]


def test_the_recipe_names_the_live_model() -> None:
    assert named(RECIPE.live) is LIVE


def test_many_customers_are_one_read() -> None:
    online = Consents({})
    LIVE.gather([Asked(customer_id=str(n)) for n in range(9)], online, NOW)
    assert online.reads == 1


def test_the_rule_knows_the_same_customers_and_the_longer_silent_are_the_likelier_gone(
    tables: Pinned, published: pl.DataFrame
) -> None:
    answers = pl.DataFrame(answered(LIVE.baseline(tables), *published["customer_id"]))
    bought = tables.sql("select customer_id, max(ordered_at) as last from sales.orders where units > 0 group by all")
    by_silence = answers.join(bought, on="customer_id").sort("last", descending=True)
    assert by_silence["probability"].is_sorted()
    assert by_silence["probability"].n_unique() > 2
    assert set(answers["action"]) == {"none"}
    Risk.model_validate(answers.row(0, named=True))


def test_the_rule_answers_also_in_a_young_shop() -> None:
    shown = pinned(sales__orders=orders(order("c1", NOW - timedelta(days=14))))
    young = Until(shown.lake, shown.snapshots, shown.frames)
    assert answered(LIVE.baseline(young), "c1")[0]["probability"] == 0.25


@pytest.mark.parametrize("body", [{}, {"customer_id": ""}, {"customer_id": 7}, {"customer_id": "c1", "age": 40}])
def test_a_request_that_breaks_a_rule_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Asked.model_validate(body)
