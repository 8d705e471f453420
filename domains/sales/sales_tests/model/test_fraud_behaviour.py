import numpy as np
import polars as pl
import pytest

from mesh_sales.ml.features import FEATURES, GROUPS
from mesh_sales.ml.model import calibrate, probabilities
from mesh_sales.ml.promises import fairness, wilson_low
from mesh_sales.ml.reasons import TEMPLATES, words
from mesh_sales.ml.rules import amount_rule, velocity_rule
from sales_tests.model.conftest import Learnt


def test_names_and_the_order_of_rows_do_not_change_scores(learnt: Learnt) -> None:
    rows = learnt.examples.holdout
    renamed = rows.with_columns(order_id="x" + pl.col("order_id"), customer_id=pl.lit("somebody")).reverse()
    assert (probabilities(learnt.fitted, renamed)[::-1] == probabilities(learnt.fitted, rows)).all()


def test_more_orders_of_the_device_raise_the_risk(learnt: Learnt) -> None:
    rows = learnt.examples.holdout
    faster = rows.with_columns(pl.col("device_orders_1h") + 5)
    assert probabilities(learnt.fitted, faster).mean() > 1.2 * probabilities(learnt.fitted, rows).mean()


def test_known_frauds_never_lower_the_risk_of_any_order(learnt: Learnt) -> None:
    rows = learnt.examples.holdout
    known = rows.with_columns(pl.col("card_known_frauds", "customer_known_frauds") + 3)
    assert (probabilities(learnt.fitted, known) >= probabilities(learnt.fitted, rows)).all()


def test_neither_age_nor_residence_nor_any_name_is_a_feature() -> None:
    forbidden = {"age_band", "birth_date", "country", "region", "customer_id", "store_id", "order_id", "ip_country"}
    assert not forbidden & set(FEATURES)
    assert GROUPS.features == ("birth_date",)


def test_a_group_that_is_bothered_far_more_often_fails(learnt: Learnt) -> None:
    rows = learnt.examples.holdout.with_columns(fraud=pl.lit(value=False), region=pl.lit("DE"), age_band=pl.lit("any"))
    half = rows.with_columns(region=pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("AT")).otherwise("region"))
    unfair = pl.DataFrame({"decision": np.where(half["region"] == "AT", "decline", "accept")})
    passed = {check.name: check.passed for check in fairness(half, unfair)}
    assert [
        passed[f"honest customers of every {by} are bothered about equally often"] for by in ("region", "age band")
    ] == [
        False,
        True,
    ]


def test_a_small_groups_rate_is_given_room() -> None:
    few, many = wilson_low(np.array([0.1, 0.1]), np.array([30, 30_000]))
    assert few < 0.05 < many < 0.1


def test_calibration_keeps_the_order_and_learns_the_rate() -> None:
    rng = np.random.default_rng(3)
    scores = rng.normal(0, 2, 20_000)
    slope, intercept = calibrate(scores, rng.random(20_000) < 1 / (1 + np.exp(3 - 0.5 * scores)))
    assert [slope, intercept] == pytest.approx([0.5, -3], abs=0.1)
    assert calibrate(scores, np.zeros(20_000, bool)) == (1.0, 0.0)


def test_every_feature_has_words_for_a_value_and_for_its_absence() -> None:
    assert set(TEMPLATES) >= set(FEATURES)
    said = [words(feature, value) for feature in FEATURES for value in (1.0, None)]
    assert not [text for text in said if "{" in text or "_" in text]
    assert words("device_cards_1d", 4) == "cards with the device in the day before: 4"
    assert words("ip_is_abroad", value=True) == "caller's address outside the customer's country"


def test_rules_rank_by_amount_and_by_velocity(learnt: Learnt) -> None:
    rows = learnt.examples.holdout.head(3).with_columns(
        amount=pl.Series([5.0, -70.0, 60.0]), device_orders_1h=pl.Series([3, 0, 1]), returned_units=pl.lit(0)
    )
    by_amount = amount_rule(rows)["probability"].to_list()
    by_velocity = velocity_rule(rows)["probability"].to_list()
    assert np.argsort(by_amount).tolist() == [0, 2, 1]
    assert np.argsort(by_velocity).tolist() == [1, 2, 0]
