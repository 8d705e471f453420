from datetime import timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from mesh_platform.errors import TooFewExamples
from mesh_sales.ml.examples import GAP_DAYS, HOLDOUT_DAYS, MATURE_DAYS
from mesh_sales.ml.recipe import RECIPE
from sales_tests.model.conftest import Learnt, Pin
from sales_tests.model.payments import NOW, feature_rows, profile_rows, report_rows


def test_the_holdout_is_the_newest_stretch_whose_labels_are_in(learnt: Learnt) -> None:
    train, holdout = learnt.examples.train["ordered_at"], learnt.examples.holdout["ordered_at"]
    end = NOW - timedelta(days=MATURE_DAYS)
    begin = end - timedelta(days=HOLDOUT_DAYS)
    assert begin <= holdout.min() < holdout.max() < end  # type: ignore[operator]
    assert train.max() < begin - timedelta(days=GAP_DAYS)  # type: ignore[operator]


def test_what_was_reported_or_delivered_later_is_not_known(pin: Pin) -> None:
    features, fraud = feature_rows()
    reports = report_rows(features, fraud)
    before = RECIPE.examples(pin(), NOW)
    later = NOW + timedelta(seconds=1)
    more_reports = pl.concat([reports, features.head(400).select("order_id", ingested_at=pl.lit(later))])
    planted = features.filter(pl.col("order_id").is_in(before.holdout["order_id"].head(50).implode()))
    more_orders = pl.concat(
        [features, planted.with_columns(order_id="p" + pl.col("order_id"), ingested_at=pl.lit(later))]
    )
    after = RECIPE.examples(pin(sales_raw__fraud_reports=more_reports, sales__order_features=more_orders), NOW)
    assert_frame_equal(after.train, before.train)
    assert_frame_equal(after.holdout, before.holdout)


def test_a_profile_counts_only_once_it_was_known(pin: Pin) -> None:
    late = profile_rows().with_columns(ingested_at=pl.lit(NOW))
    holdout = RECIPE.examples(pin(customers__customers=late), NOW).holdout
    assert holdout["tenure_days"].null_count() == holdout.height
    assert holdout.drop_nulls("customer_id")["has_profile"].unique().to_list() == [False]
    assert holdout.filter(pl.col("customer_id").is_null())["has_profile"].null_count() > 0


def test_age_is_known_as_a_band_to_the_check_of_fairness_alone(learnt: Learnt) -> None:
    holdout = learnt.examples.holdout
    assert set(holdout["age_band"].drop_nulls()) == {"under 25", "25 to 39", "40 to 59", "60 and over"}
    assert "birth_date" not in holdout.columns
    assert "age_band" not in learnt.examples.features


@pytest.mark.parametrize(
    ("orders", "reports", "message"),
    [
        (0, None, "no orders before 2026-04-11"),
        (40 * 50, None, "the hold-out window .* has 0 frauds and 0 other orders"),
        (None, 0, "the train window .* has 0 frauds and .* at least 20 of each"),
    ],
    ids=["empty", "nothing in the hold-out", "one class"],
)
def test_a_window_that_teaches_nothing_is_refused(
    pin: Pin, orders: int | None, reports: int | None, message: str
) -> None:
    features, fraud = feature_rows()
    given = pin(
        sales__order_features=features.head(features.height if orders is None else orders),
        sales_raw__fraud_reports=report_rows(features, fraud).head(features.height if reports is None else reports),
    )
    with pytest.raises(TooFewExamples, match=message):
        RECIPE.examples(given, NOW)


def test_a_short_history_is_refused(pin: Pin) -> None:
    with pytest.raises(TooFewExamples, match=r"model 'fraud': 50 days of orders before .* at least 84"):
        RECIPE.examples(pin(), NOW - timedelta(days=50))
