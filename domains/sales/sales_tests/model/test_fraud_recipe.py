from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mesh_platform.contract import shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.errors import MissingFeature, UnknownName
from mesh_platform.ml import Making
from mesh_platform.ml.gate import decide
from mesh_platform.ml.store import read_model, write_model
from mesh_platform.settings import Settings
from mesh_sales.ml.features import FEATURES
from mesh_sales.ml.recipe import RECIPE
from mesh_sales.ml.score import COLUMNS
from mesh_sales.products.fraud_scores import FraudScores
from sales_tests.model.conftest import Learnt
from sales_tests.model.payments import FIRST, NOW


def test_the_model_beats_both_rules_and_keeps_its_promises(learnt: Learnt) -> None:
    checks = RECIPE.behaviours(learnt.fitted, learnt.examples)
    checks += RECIPE.fairness(learnt.examples.holdout, learnt.predictions)
    rules = RECIPE.baselines(learnt.examples)
    verdict = decide(RECIPE, learnt.examples.holdout, learnt.predictions, rules, None, checks, seed=1)
    assert verdict.passed, verdict.summary
    assert len(checks) >= 6


def test_all_figures_are_numbers_and_money_is_saved(learnt: Learnt) -> None:
    figures = RECIPE.judge(learnt.examples.holdout, learnt.predictions)
    assert all(np.isfinite(value) for value in figures.values())
    assert figures["cost per order (EUR)"] < figures["cost per order if all were accepted (EUR)"] / 2
    assert figures["calibration error"] < 0.02


def test_the_same_examples_and_seed_give_the_same_model(learnt: Learnt) -> None:
    again = RECIPE.fit(learnt.examples, seed=1)
    assert again == learnt.fitted


def test_a_stored_model_predicts_as_before(learnt: Learnt, tmp_path: Path) -> None:
    write_model(learnt.fitted, tmp_path / "model.skops")
    loaded = read_model(tmp_path / "model.skops", "fraud", RECIPE.trusted)
    assert RECIPE.predict(loaded, learnt.examples.holdout).equals(learnt.predictions)


def test_scores_keep_their_contract_and_risky_orders_have_reasons(learnt: Learnt, settings: Settings) -> None:
    rows = RECIPE.score(learnt.fitted, Making(learnt.tables, None, NOW, settings))
    filled = rows.with_columns(
        prediction_id="fraud:1:" + pl.col("order_id"),
        model_version=pl.lit(1, pl.Int64),
        feature_snapshot=pl.lit(1, pl.Int64),
        predicted_from=pl.lit(NOW).cast(pl.Datetime("us", "UTC")),
    ).select(shape_of(FraudScores).names)
    assert tuple(rows.columns) == COLUMNS
    assert filled.schema == shape_of(FraudScores).schema
    assert screen(FraudScores, filled).is_empty()
    assert set(rows["decision"]) == {"accept", "review", "decline"}


def test_a_day_scored_alone_equals_the_same_day_scored_with_all(learnt: Learnt, settings: Settings) -> None:
    day = FIRST.date()
    alone = RECIPE.score(learnt.fitted, Making(learnt.tables, frozenset({day}), NOW, settings))
    whole = RECIPE.score(learnt.fitted, Making(learnt.tables, None, NOW, settings))
    assert alone.height > 0
    assert alone.equals(whole.filter(pl.col("ordered_on") == day))


def test_no_day_gives_no_scores_but_their_columns(learnt: Learnt, settings: Settings) -> None:
    rows = RECIPE.score(learnt.fitted, Making(learnt.tables, frozenset(), NOW, settings))
    assert (rows.height, tuple(rows.columns)) == (0, COLUMNS)


def test_an_explanation_adds_up_to_the_score(learnt: Learnt) -> None:
    riskiest = learnt.examples.holdout.with_columns(p=learnt.predictions["probability"]).sort("p").row(-1, named=True)
    told = RECIPE.explain(learnt.fitted, learnt.tables, {"order_id": riskiest["order_id"]})
    assert tuple(told.features) == FEATURES
    sizes = [abs(share) for _, share in told.reasons]
    assert sizes == sorted(sizes, reverse=True)
    assert "device" in told.reasons[0][0]
    calmest = learnt.examples.holdout.with_columns(p=learnt.predictions["probability"]).sort("p").row(0, named=True)
    calm = RECIPE.explain(learnt.fitted, learnt.tables, {"order_id": calmest["order_id"]})
    gap = sum(share for _, share in told.reasons) - sum(share for _, share in calm.reasons)
    odds = [np.log(row["p"] / (1 - row["p"])) for row in (riskiest, calmest)]
    assert gap == pytest.approx(odds[0] - odds[1], abs=1e-6), "the base rate is the same for both"


def test_an_order_that_is_not_there_cannot_be_explained(learnt: Learnt) -> None:
    with pytest.raises(UnknownName, match="no order 'nobody'"):
        RECIPE.explain(learnt.fitted, learnt.tables, {"order_id": "nobody"})


@pytest.mark.parametrize("broken", ["dropped", "text"])
def test_a_missing_feature_is_named(learnt: Learnt, broken: str) -> None:
    name = "device_orders_1h"
    rows = learnt.examples.holdout
    rows = rows.drop(name) if broken == "dropped" else rows.with_columns(pl.col(name).cast(pl.String))
    with pytest.raises(MissingFeature, match=f"model 'fraud': rows lack {name} "):
        RECIPE.predict(learnt.fitted, rows)


def test_plots_are_drawn(learnt: Learnt) -> None:
    drawn = RECIPE.plots(learnt.fitted, learnt.examples, learnt.predictions)
    assert set(drawn) == {"calibration", "precision and recall", "importance"}
    assert all(figure.axes[0].has_data() for figure in drawn.values())
