from datetime import timedelta
from typing import Any, cast

import numpy as np
import polars as pl
import pytest

from customers_tests.model.shops import DAYS, NOW, OPENED, lively, order, orders, pinned
from mesh_customers.ml.churn import examples
from mesh_customers.ml.churn.features import FEATURES, active_customers, collect
from mesh_customers.ml.churn.recipe import RECIPE
from mesh_platform.errors import MissingFeature, TooFewExamples
from mesh_platform.ml import Examples
from mesh_platform.ml.recipe import Fitted

CUT = OPENED + timedelta(days=40)


@pytest.fixture(scope="module")
def shop() -> pl.DataFrame:
    return lively(customers=700, seed=3)


@pytest.fixture(scope="module")
def found(shop: pl.DataFrame) -> Examples:
    return RECIPE.examples(pinned(sales__orders=shop), NOW)


@pytest.fixture(scope="module")
def fitted(found: Examples) -> Fitted:
    return RECIPE.fit(found, seed=1)


def risk(fitted: Fitted, rows: pl.DataFrame) -> Any:
    return RECIPE.predict(fitted, rows)["probability"].to_numpy()


def test_features_never_see_what_happened_or_became_known_later(shop: pl.DataFrame) -> None:
    asked = active_customers(pinned(sales__orders=shop), CUT)
    before = collect(pinned(sales__orders=shop), asked)
    someone = asked["customer_id"][0]
    planted = orders(
        order(someone, CUT + timedelta(seconds=1), net_amount=9999),
        order(someone, CUT - timedelta(days=1), net_amount=9999, ingested_at=CUT + timedelta(days=1)),
        order(someone, CUT + timedelta(seconds=2), net_amount=9999, ingested_at=CUT),  # a clock that is ahead
        order("a stranger", CUT + timedelta(days=1)),
    )
    more = pinned(sales__orders=pl.concat([shop, planted]))
    assert active_customers(more, CUT).equals(asked)
    assert collect(more, asked).equals(before)
    known = planted.with_columns(pl.lit(CUT - timedelta(days=2)).cast(pl.Datetime("us", "UTC")).alias("ordered_at"))
    in_time = known.with_columns(pl.col("ordered_at").alias("ingested_at"))
    seen = collect(pinned(sales__orders=pl.concat([shop, in_time])), asked)
    assert not seen.equals(before), "what was known in time is seen"


def test_features_do_not_depend_on_the_order_in_which_rows_are_read(shop: pl.DataFrame) -> None:
    asked = active_customers(pinned(sales__orders=shop), CUT)
    shuffled = shop.sample(fraction=1, shuffle=True, seed=1)
    assert collect(pinned(sales__orders=shuffled), asked).equals(collect(pinned(sales__orders=shop), asked))


def test_use_looks_no_further_back_than_judging_did(shop: pl.DataFrame) -> None:
    old = order("c9999", OPENED, net_amount=9999), order("c9999", NOW - timedelta(days=1))
    used = collect(
        pinned(sales__orders=pl.concat([shop, orders(*old)])), pl.DataFrame({"customer_id": ["c9999"], "at": [NOW]})
    )
    assert used["repeats"].to_list() == [0.0]
    assert used["basket_mean"].to_list() == [10.0]


def test_a_label_is_what_the_next_sixty_days_brought() -> None:
    first = [order(f"c{n}", OPENED + timedelta(days=n % 20, hours=1)) for n in range(200)]
    stays = [order(f"c{n}", NOW - timedelta(days=3, hours=2)) for n in range(0, 200, 2)]
    found = RECIPE.examples(pinned(sales__orders=orders(*first, *stays)), NOW)
    rows = pl.concat([found.train, found.holdout])
    odd = rows["customer_id"].str.slice(1).cast(pl.Int64) % 2
    late = rows["at"] + timedelta(days=60) <= NOW - timedelta(days=3, hours=2)
    assert (rows["churned"] == (odd.cast(pl.Boolean) | late).cast(pl.Int8)).all()


def test_nobody_is_in_both_parts_of_a_young_shop(found: Examples) -> None:
    assert found.about["split"] == "by customer"
    assert found.holdout.height > 100
    assert not set(found.train["customer_id"]) & set(found.holdout["customer_id"])
    assert found.holdout["at"].unique().to_list() == [NOW - timedelta(days=63)]


def test_an_old_shop_is_split_by_time(shop: pl.DataFrame) -> None:
    shifted = [shop.with_columns(pl.col("ordered_at", "ingested_at") + timedelta(days=d)) for d in (0, 100, 200)]
    as_of = NOW + timedelta(days=200)
    old = RECIPE.examples(pinned(sales__orders=pl.concat(shifted)), as_of)
    assert old.about["split"] == "by time"
    assert old.train["at"].max() + timedelta(days=60) < cast("Any", old.holdout["at"].min())  # type: ignore[operator]


def test_the_model_beats_both_baselines(found: Examples, fitted: Fitted) -> None:
    ones = np.ones(found.holdout.height)
    own = RECIPE.measure(found.holdout, RECIPE.predict(fitted, found.holdout), ones)
    for name, predictions in RECIPE.baselines(found).items():
        assert own > RECIPE.measure(found.holdout, predictions, ones), name


def test_the_model_behaves(found: Examples, fitted: Fitted) -> None:
    checks = RECIPE.behaviours(fitted, found)
    assert len(checks) == 3
    assert [c for c in checks if not c.passed] == []


def test_training_again_gives_the_same_predictions(found: Examples, fitted: Fitted) -> None:
    shuffled = Examples(found.train.sample(fraction=1, shuffle=True, seed=1), found.holdout, found.features)
    assert risk(RECIPE.fit(shuffled, seed=1), found.holdout) == pytest.approx(risk(fitted, found.holdout), abs=1e-12)


def test_all_figures_and_plots_are_there(found: Examples, fitted: Fitted) -> None:
    predictions = RECIPE.predict(fitted, found.holdout)
    judged = RECIPE.judge(found.holdout, predictions)
    assert RECIPE.metric.name in judged
    assert all(np.isfinite(v) for v in judged.values())
    assert set(RECIPE.plots(fitted, found, predictions)) == {"calibration", "precision and recall", "importance"}


def test_a_group_that_is_promised_too_little_fails_fairness(found: Examples, fitted: Fitted) -> None:
    rows = found.holdout.with_columns(
        pl.when(pl.col("churned") == 1).then(pl.lit("A")).otherwise(pl.lit("B")).alias("region")
    )
    failed = [c.name for c in RECIPE.fairness(rows, RECIPE.predict(fitted, rows)) if not c.passed]
    assert failed == ["probabilities hold in every region"]
    assert all(c.passed for c in RECIPE.fairness(found.holdout, RECIPE.predict(fitted, found.holdout)))


def test_a_missing_feature_is_named(found: Examples, fitted: Fitted) -> None:
    with pytest.raises(MissingFeature, match="rows lack silence_days"):
        RECIPE.predict(fitted, found.holdout.drop("silence_days"))


def test_no_feature_tells_age_region_or_consent(found: Examples) -> None:
    assert set(found.features) == set(FEATURES)
    assert not {"age_band", "region", "birth_date", "country", "consent_marketing", "consent_profiling"} & set(FEATURES)
    assert "birth_date" not in found.train.columns


@pytest.mark.parametrize(
    ("rows", "as_of", "says"),
    [
        ([], NOW, "0 days of orders"),
        ([order("c1", OPENED)], OPENED + timedelta(days=80), "81 days of orders"),
        (
            [order(f"c{n}", OPENED + timedelta(days=20)) for n in range(50)] + [order("x", OPENED)],
            NOW,
            "all with churned = 1",
        ),
        ([order("c1", OPENED - timedelta(days=90))], NOW, "no customers"),
    ],
    ids=["empty", "short", "one class", "nobody active"],
)
def test_too_little_to_learn_from_is_said(rows: list[dict[str, Any]], as_of: Any, says: str) -> None:
    with pytest.raises(TooFewExamples, match=says):
        RECIPE.examples(pinned(sales__orders=orders(*rows)), as_of)


def test_the_delay_of_labels_is_kept(shop: pl.DataFrame, found: Examples) -> None:
    """An order of the window that arrives within the delay counts; so labels are final."""
    assert examples.NEEDS_DAYS <= DAYS
    quiet = found.holdout.filter(pl.col("churned") == 1)["customer_id"][0]
    window = cast("Any", found.holdout["at"][0]) + timedelta(days=59)
    late = orders(order(quiet, window, ingested_at=NOW))
    again = RECIPE.examples(pinned(sales__orders=pl.concat([shop, late])), NOW).holdout
    assert again.filter(customer_id=quiet)["churned"].to_list() == [0]
