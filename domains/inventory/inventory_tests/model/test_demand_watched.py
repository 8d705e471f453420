"""Forecasts are judged on the days of them that have passed; the newest is looked at with its features."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from inventory_tests.model.conftest import Trained
from inventory_tests.model.shop import Shop, until
from mesh_inventory.ml.demand.design import FEATURES, HORIZON_DAYS
from mesh_inventory.ml.demand.recipe import RECIPE
from mesh_inventory.ml.health import current, labelled

MADE_DAYS_AGO = 20


def forecast(trained: Trained, made_on: date) -> pl.DataFrame:
    """The forecast that was published at the end of a day."""
    making = replace(trained.shop.making(), known_until=until(made_on))
    return RECIPE.score(trained.fitted, making).with_columns(model_version=pl.lit(5, pl.Int64))


@pytest.fixture(scope="module")
def made_on(trained: Trained) -> date:
    return trained.today - timedelta(days=MADE_DAYS_AGO)


@pytest.fixture(scope="module")
def watched(trained: Trained, made_on: date) -> Shop:
    published = pl.concat([forecast(trained, made_on), forecast(trained, trained.today)])
    return trained.shop.having(inventory__demand_forecast=published)


def test_the_days_that_have_passed_are_judged_by_what_was_sold(watched: Shop, trained: Trained, made_on: date) -> None:
    rows = labelled(watched.tables, until(trained.today))
    passed = [made_on + timedelta(days=n) for n in range(1, MADE_DAYS_AGO + 1)]
    assert rows["day"].unique().sort().to_list() == passed
    sold = watched.tables.frames["sales.daily_sales"].rename({"sold_on": "day"})
    beside = rows.join(sold, on=["sku", "location_id", "day"], how="left")["units_sold"].fill_null(0)
    assert (rows["units"] == beside).all()
    assert np.isfinite(RECIPE.measure(rows, rows, np.ones(rows.height)))


def test_a_day_with_too_little_stock_is_not_judged(watched: Shop, trained: Trained) -> None:
    empty = watched.tables.frames["inventory.stock_levels"].filter(pl.col("on_hand") == 0)
    rows = labelled(watched.tables, until(trained.today))
    assert rows.join(empty, on=["sku", "location_id", "day"], how="semi").is_empty()


def test_a_forecast_is_judged_when_each_weekday_of_it_has_passed(trained: Trained) -> None:
    for days_ago, judged in ((0, 0), (6, 0), (7, 7)):
        made_on = trained.today - timedelta(days=days_ago)
        alone = trained.shop.having(inventory__demand_forecast=forecast(trained, made_on))
        assert labelled(alone.tables, until(trained.today))["day"].n_unique() == judged


def test_the_newest_forecast_is_looked_at_with_what_the_model_saw(watched: Shop, trained: Trained) -> None:
    days = frozenset(trained.today - timedelta(days=n) for n in range(7))
    rows = current(watched.tables, days)
    assert rows["origin"].unique().to_list() == [trained.today]
    assert rows["horizon_days"].max() == HORIZON_DAYS
    assert set(FEATURES) <= set(rows.columns)
    assert rows["mean"].null_count() == 0
    assert rows["model_version"].unique().to_list() == [5]
