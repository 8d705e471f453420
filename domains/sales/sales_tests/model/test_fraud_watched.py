"""Scores whose reports are in are judged; the newest orders are looked at as the model saw them."""

from datetime import timedelta

import polars as pl
from polars.testing import assert_frame_equal

from mesh_sales.ml.examples import MATURE_DAYS
from mesh_sales.ml.features import FEATURES
from mesh_sales.ml.health import LABELLED_DAYS, current, labelled
from mesh_sales.ml.recipe import RECIPE
from sales_tests.model.conftest import Learnt, Pin
from sales_tests.model.payments import NOW, feature_rows, report_rows

LAST = (NOW - timedelta(days=MATURE_DAYS)).date()


def scores(features: pl.DataFrame) -> pl.DataFrame:
    """A score of every order, as published."""
    return features.select(
        "order_id", "ordered_on", probability=pl.lit(0.25), expected_loss=pl.lit(1.0), model_version=pl.lit(3)
    )


def test_an_order_counts_as_honest_only_once_its_reports_had_time(pin: Pin) -> None:
    features, fraud = feature_rows()
    rows = labelled(pin(sales__fraud_scores=scores(features)), NOW)
    youngest = rows["ordered_at"].max()
    assert NOW - timedelta(days=MATURE_DAYS + 1) < youngest <= NOW - timedelta(days=MATURE_DAYS)  # type: ignore[operator]
    assert rows["day"].n_unique() >= LABELLED_DAYS
    expected = features.filter(fraud)["order_id"]
    assert (rows["fraud"] == rows["order_id"].is_in(expected.implode())).all()
    assert rows["fraud"].sum() > 0


def test_a_report_after_four_weeks_or_not_known_yet_does_not_count(pin: Pin) -> None:
    features, fraud = feature_rows()
    late = features.filter(pl.col("ordered_on") == LAST - timedelta(days=3), ~fraud).head(2)
    reports = late.select(
        "order_id",
        ingested_at=pl.Series([late["ordered_at"][0] + timedelta(days=MATURE_DAYS, hours=1), NOW + timedelta(hours=1)]),
    )
    given = pl.concat(
        [report_rows(features, fraud), reports.with_columns(pl.col("ingested_at").dt.cast_time_unit("us"))]
    )
    rows = labelled(pin(sales__fraud_scores=scores(features), sales_raw__fraud_reports=given), NOW)
    assert rows.filter(pl.col("order_id").is_in(late["order_id"].implode()))["fraud"].to_list() == [False, False]


def test_an_order_without_a_score_is_not_judged(pin: Pin) -> None:
    features, _ = feature_rows()
    rows = labelled(pin(sales__fraud_scores=scores(features.head(2000))), NOW)
    assert set(rows["order_id"]) <= set(features["order_id"].head(2000))
    assert rows.height > 0


def test_what_is_looked_at_is_what_the_model_sees(pin: Pin, learnt: Learnt) -> None:
    features, _ = feature_rows()
    days = frozenset(learnt.examples.holdout["ordered_on"].unique().to_list()[:3])
    rows = current(pin(sales__fraud_scores=scores(features)), days)
    same = learnt.examples.holdout.filter(pl.col("ordered_on").is_in(list(days)))
    assert_frame_equal(rows.select("order_id", *FEATURES), same.select("order_id", *FEATURES))
    assert {"region", "channel", "probability", "expected_loss", "model_version"} <= set(rows.columns)
    predicted = RECIPE.predict(learnt.fitted, rows).columns
    assert set(predicted) & set(rows.columns)
