from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import numpy as np
import polars as pl
import pytest

from customers_tests.model.shops import NOW, campaign, lively, order, orders, pinned, profiles
from mesh_customers.domain import DOMAIN
from mesh_customers.ml.churn.actions import choose
from mesh_customers.ml.churn.evidence import addressed_now, evidence
from mesh_customers.ml.churn.features import active_customers
from mesh_customers.ml.churn.offers import NONE, Offer
from mesh_customers.ml.churn.recipe import RECIPE
from mesh_customers.ml.churn.scoring import learnt_uplift, score
from mesh_customers.ml.churn.uplift import estimate
from mesh_platform.contract import shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.lake import Pinned
from mesh_platform.ml import Making
from mesh_platform.ml.prediction import Prediction
from mesh_platform.ml.recipe import Fitted

CONTRACT = DOMAIN.product("churn_risk").contract
STARTS = (date(2026, 2, 1), date(2026, 2, 10), date(2026, 2, 20))
LETTER, GIFT = Offer("newsletter", 0.5, 0.0, ""), Offer("voucher", 0.1, 4.0, "")


@pytest.fixture(scope="module")
def tables() -> Pinned:
    """A shop whose newsletters, three campaigns, make every treated customer buy once more within a week."""
    shop = lively(customers=700, seed=3)
    ids = shop["customer_id"].unique().sort()
    made = [campaign(n, ids, starts_on=s, ends_on=s + timedelta(days=9)) for n, s in enumerate(STARTS)]
    running = campaign(9, ids[:100], starts_on=NOW.date(), ends_on=NOW.date() + timedelta(days=5))
    caused = [
        order(customer, _noon(starts + timedelta(days=2)))
        for starts, (_, audience) in zip(STARTS, made, strict=True)
        for customer in audience.filter(arm="treated")["customer_id"]
    ]
    return pinned(
        sales__orders=pl.concat([shop, orders(*caused)]),
        customers__customers=profiles(ids, marketing=pl.Series([n % 3 > 0 for n in range(len(ids))])),
        marketing__campaigns=pl.concat([known for known, _ in (*made, running)]),
        marketing__campaign_audience=pl.concat([audience for _, audience in (*made, running)]),
    )


@pytest.fixture(scope="module")
def fitted(tables: Pinned) -> Fitted:
    return RECIPE.fit(RECIPE.examples(tables, NOW), seed=1)


@pytest.fixture(scope="module")
def scored(tables: Pinned, fitted: Fitted) -> pl.DataFrame:
    return score(fitted, Making(tables, None, NOW, cast("Any", None)))


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def customers(count: int, *, addressable: bool = True, basket: float = 50.0) -> pl.DataFrame:
    return pl.DataFrame(
        {"addressable": [addressable] * count, "expected_basket": [basket] * count, "buys_anyway": [0.5] * count}
    )


def test_scored_rows_keep_the_contract(tables: Pinned, scored: pl.DataFrame) -> None:
    added = {"prediction_id", "model_version", "feature_snapshot", "predicted_from"}
    assert added <= set(Prediction.to_schema().columns)
    full = scored.with_columns(
        pl.format("churn:1:{}", "customer_id").alias("prediction_id"),
        pl.lit(1, pl.Int64).alias("model_version"),
        pl.lit(1, pl.Int64).alias("feature_snapshot"),
        pl.lit(NOW).cast(pl.Datetime("us", "UTC")).alias("predicted_from"),
    )
    shape = shape_of(CONTRACT)
    assert dict(full.select(shape.names).schema) == dict(shape.schema)
    assert screen(CONTRACT, full.select(shape.names)).is_empty()
    assert scored["customer_id"].to_list() == active_customers(tables, NOW)["customer_id"].to_list()
    assert scored["as_of"].unique().to_list() == [NOW.date() - timedelta(days=1)]


def test_who_withheld_a_consent_or_is_in_a_running_campaign_gets_no_action(
    tables: Pinned, scored: pl.DataFrame
) -> None:
    given = tables.frames["customers.customers"].filter("consent_marketing")["customer_id"].to_list()
    busy = addressed_now(tables, NOW)["customer_id"].to_list()
    assert len(busy) == 100
    addressed = scored.filter(pl.col("action") != NONE)["customer_id"]
    assert len(addressed) > 20
    assert addressed.is_in(given).all()
    assert not addressed.is_in(busy).any()


def test_without_the_consent_to_profiling_nobody_is_addressed(tables: Pinned, fitted: Fitted) -> None:
    profile = tables.frames["customers.customers"].with_columns(pl.lit(value=False).alias("consent_profiling"))
    asked = Pinned(tables.lake, {}, {**tables.frames, "customers.customers": profile})
    assert set(score(fitted, Making(asked, None, NOW, cast("Any", None)))["action"]) == {NONE}


def test_the_effect_of_past_campaigns_is_found(tables: Pinned, fitted: Fitted) -> None:
    effect = learnt_uplift(fitted, tables, NOW).effects["newsletter"]
    assert effect.enough
    assert effect.campaigns == 3
    assert effect.mean == pytest.approx(1.0, abs=0.25)


def test_a_campaign_whose_outcome_is_not_known_yet_tells_nothing(tables: Pinned) -> None:
    known = evidence(tables, NOW)
    assert set(known["campaign_id"]) == {"N0", "N1", "N2"}
    earlier = _noon(STARTS[1]) + timedelta(days=30)
    assert set(evidence(tables, earlier)["campaign_id"]) == {"N0"}


def test_without_hold_outs_no_effect_is_assumed_and_nothing_is_done(tables: Pinned, fitted: Fitted) -> None:
    frames = {n: f for n, f in tables.frames.items() if not n.startswith("marketing.camp")}
    bare = Pinned(tables.lake, {}, {**pinned().frames, **frames})
    rows = score(fitted, Making(bare, None, NOW, cast("Any", None)))
    assert set(rows["action"]) == {NONE}
    assert rows["expected_profit"].sum() == Decimal(0)


def test_campaigns_that_change_nothing_are_too_little_evidence() -> None:
    rng = np.random.default_rng(4)
    rows = pl.DataFrame({"campaign_id": [f"c{n % 4}" for n in range(4000)], "treated": rng.integers(0, 2, 4000)})
    rows = rows.with_columns(
        pl.lit("voucher").alias("offer"),
        pl.col("treated").mean().over("campaign_id").alias("share_treated"),
        pl.Series("outcome", rng.poisson(1.0, 4000).astype(np.float64)),
    )
    by = rng.normal(size=(4000, 2))
    found = estimate(rows, by)
    assert not found.effects["voucher"].enough
    assert "too little" in str(found.effects["voucher"])
    assert not found.of("voucher", by).any()


def test_customers_differ_in_their_effect_only_as_far_as_the_lot_shows() -> None:
    rng = np.random.default_rng(4)
    by = rng.normal(size=(8000, 2))
    treated = rng.integers(0, 2, 8000)
    outcome = rng.normal(1.0 + treated * (0.5 + 0.4 * by[:, 0]), 1.0)
    rows = pl.DataFrame({"campaign_id": [f"c{n % 4}" for n in range(8000)], "treated": treated, "outcome": outcome})
    rows = rows.with_columns(
        pl.lit("newsletter").alias("offer"), pl.col("treated").mean().over("campaign_id").alias("share_treated")
    )
    found = estimate(rows, by)
    assert found.effects["newsletter"].mean == pytest.approx(0.5, abs=0.1)
    assert list(found.slopes) == pytest.approx([0.4, 0.0], abs=0.08)


@pytest.mark.parametrize("budget", [0.0, 0.4, 3.7, 20.0, 1000.0])
def test_actions_never_cost_more_than_the_budget(budget: float) -> None:
    rng = np.random.default_rng(1)
    people = customers(300).with_columns(pl.Series("expected_basket", rng.gamma(2, 40, 300)))
    more = {"newsletter": rng.uniform(0, 0.3, 300), "voucher": rng.uniform(0, 0.6, 300)}
    chosen = choose(people, more, (LETTER, GIFT), budget)
    assert chosen["action_cost"].sum() <= budget + 1e-9
    assert (chosen["expected_profit"] > 0).sum() == (chosen["action"] != NONE).sum()


def test_the_best_profit_per_cost_comes_first() -> None:
    people = customers(3).with_columns(pl.Series("expected_basket", [10.0, 100.0, 50.0]))
    more = {"newsletter": np.full(3, 0.5), "voucher": np.zeros(3)}
    assert choose(people, more, (LETTER, GIFT), 1.0)["action"].to_list() == [NONE, "newsletter", "newsletter"]


def test_what_does_not_pay_is_not_done_whatever_the_budget() -> None:
    more = {"newsletter": np.full(2, 0.01), "voucher": np.full(2, 0.02)}
    assert set(choose(customers(2), more, (LETTER, GIFT), 1e6)["action"]) == {NONE}


def test_a_prediction_is_explained_from_its_features(tables: Pinned, fitted: Fitted, scored: pl.DataFrame) -> None:
    row = scored.row(0, named=True) | {"predicted_from": NOW}
    explained = RECIPE.explain(fitted, tables, row)
    assert explained.unit == "log odds"
    sizes = [abs(size) for _, size in explained.reasons]
    assert sizes == sorted(sizes, reverse=True)
    assert explained.features["silence_days"] is not None
