from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from inventory_tests.model.conftest import Trained
from inventory_tests.model.shop import FIRST, STORES, Shop, until
from mesh_inventory.domain import DOMAIN
from mesh_inventory.ml.demand.baselines import croston, seasonal_naive, smoothing
from mesh_inventory.ml.demand.distribution import LEVELS, QUANTILES, fit_size, interval_transform, quantiles, sizes
from mesh_inventory.ml.demand.examples import NEEDS_DAYS, TABLE
from mesh_inventory.ml.demand.recipe import RECIPE
from mesh_platform.contract import shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.errors import MissingFeature, TooFewExamples


def test_too_short_a_history_is_refused(shop: Shop) -> None:
    with pytest.raises(TooFewExamples, match=f"{NEEDS_DAYS - 1} days .* at least {NEEDS_DAYS}"):
        RECIPE.examples(shop.tables, until(FIRST + timedelta(days=NEEDS_DAYS - 2)))


def test_a_feature_table_without_a_feature_is_refused(shop: Shop, features: pl.DataFrame) -> None:
    without = shop.having(**{TABLE.replace(".", "__"): features.drop("level")})
    with pytest.raises(MissingFeature, match="level"):
        RECIPE.examples(without.tables, until(shop.tables.days[-1]))


def test_rows_without_a_feature_are_refused(trained: Trained) -> None:
    with pytest.raises(MissingFeature, match="pooled_rate_ratio"):
        RECIPE.predict(trained.fitted, trained.examples.holdout.drop("pooled_rate_ratio"))


def test_training_ends_before_the_holdout_begins(trained: Trained) -> None:
    train, holdout = trained.examples.train, trained.examples.holdout
    assert train["day"].max() == holdout["origin"].max()
    assert holdout["day"].min() > train["day"].max()  # type: ignore[operator]
    assert (train["day"] > train["origin"]).all()
    assert train["horizon_days"].unique().sort().to_list() == list(range(1, 29))


def test_days_without_stock_are_not_learnt_as_days_without_demand(trained: Trained) -> None:
    rows = trained.examples.holdout.filter(pl.col("location_id").is_in(STORES))
    forecast = RECIPE.predict(trained.fitted, rows)["mean"].mean()
    true = np.mean([trained.shop.rates[sku, place] for sku, place in rows.select("sku", "location_id").rows()])
    assert forecast == pytest.approx(true, rel=0.1)


def test_the_same_examples_and_seed_give_the_same_model(trained: Trained) -> None:
    again = RECIPE.fit(trained.examples, seed=3)
    assert again["booster"] == trained.fitted["booster"]
    assert np.array_equal(again["spread"], trained.fitted["spread"])


def test_the_forecast_beats_its_baselines_and_behaves(trained: Trained) -> None:
    rows = trained.examples.holdout
    ours = RECIPE.measure(rows, RECIPE.predict(trained.fitted, rows), np.ones(len(rows)))
    for name, forecast in RECIPE.baselines(trained.examples).items():
        assert ours < RECIPE.measure(rows, forecast, np.ones(len(rows))), name
    for check in RECIPE.behaviours(trained.fitted, trained.examples):
        assert check.passed, check


def test_a_weight_counts_a_row_so_many_times(trained: Trained) -> None:
    rows = trained.examples.holdout.head(2)
    forecast = RECIPE.predict(trained.fitted, rows)
    first, second = (RECIPE.measure(rows, forecast, np.eye(2)[n]) for n in (0, 1))
    assert RECIPE.measure(rows, forecast, np.array([3.0, 1.0])) == pytest.approx((3 * first + second) / 4)


def test_scores_keep_the_contract(trained: Trained) -> None:
    contract = DOMAIN.product("demand_forecast").contract
    rows = RECIPE.score(trained.fitted, trained.shop.making())
    schema = shape_of(contract).schema
    made = rows.with_columns(
        prediction_id=pl.format("demand:1:{}", pl.int_range(pl.len())),
        model_version=pl.lit(1, pl.Int64),
        feature_snapshot=pl.lit(1, pl.Int64),
        predicted_from=pl.lit(until(trained.today), pl.Datetime("us", "UTC")),
    ).select(schema.names())
    assert made.schema == schema
    assert screen(contract, made).is_empty()
    assert made.select("sku", "location_id", "day").n_unique() == len(made) == len(trained.shop.rates) * 28


def test_a_forecast_is_explained_by_what_moves_it(trained: Trained) -> None:
    row = RECIPE.score(trained.fitted, trained.shop.making()).row(40, named=True)
    told = RECIPE.explain(trained.fitted, trained.shop.tables, row)
    moved = np.exp(sum(value for _, value in told.reasons))
    # the reasons and the expected value of the trees add up to the forecast
    assert row["mean"] / told.features["expected"] == pytest.approx(moved, rel=0.5)
    assert abs(told.reasons[0][1]) >= abs(told.reasons[-1][1])


def test_quantiles_are_those_of_the_negative_binomial_and_in_order() -> None:
    from scipy.stats import nbinom

    rng = np.random.default_rng(1)
    mean, size = np.exp(rng.uniform(-6, 5, 3000)), np.exp(rng.uniform(-3, 6, 3000))
    found = quantiles(mean, size)
    assert (np.diff(found, axis=1) >= 0).all()
    assert np.array_equal(found, nbinom.ppf(np.array(LEVELS), size[:, None], (size / (size + mean))[:, None]))


def test_intervals_cover_as_promised_on_counts_of_known_spread() -> None:
    rng = np.random.default_rng(2)
    mean = np.exp(rng.normal(0, 1, 20_000))
    terms = np.column_stack([np.ones(len(mean)), np.log(mean), np.zeros(len(mean)), np.zeros(len(mean))])
    true = np.exp(0.4 + 0.5 * np.log(mean))
    units = rng.negative_binomial(true, true / (true + mean)).astype(np.float64)
    coefficients = fit_size(units, mean, terms)
    assert coefficients[:2] == pytest.approx([0.4, 0.5], abs=0.1)
    even = interval_transform(units, mean, sizes(terms, coefficients), seed=1)
    assert np.mean(np.abs(even - 0.5) <= 0.4) == pytest.approx(0.8, abs=0.015)
    found = pl.DataFrame(quantiles(mean, sizes(terms, coefficients)), schema=list(QUANTILES))
    assert np.mean((units >= found["q05"].to_numpy()) & (units <= found["q95"].to_numpy())) >= 0.9


def test_baselines_are_what_the_textbooks_say() -> None:
    steps = np.arange(1, 15)
    week = np.tile([1.0, 2, 3, 4, 5, 6, 0], 12)[None, :]
    assert seasonal_naive(week, 7, steps)[0][0].tolist() == week[0, :14].tolist()
    assert smoothing(week, 7, steps)[0][0] == pytest.approx(week[0, :14], abs=1e-6)
    every_third = np.tile([0.0, 0, 6], 40)[None, :]
    assert croston(every_third, steps)[0][0] == pytest.approx(np.full(14, 2 * 0.95), rel=0.01)
