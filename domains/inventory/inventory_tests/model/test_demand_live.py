"""Live forecasts of the tiny shop: the batch's forecasts and orders, to single requests."""

import json
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from inventory_tests.model.conftest import Trained
from inventory_tests.model.shop import SKUS, until
from mesh_inventory.ml.demand.baselines import baseline_columns
from mesh_inventory.ml.demand.distribution import QUANTILES
from mesh_inventory.ml.demand.live import LIVE, Forecasting
from mesh_inventory.ml.demand.live_contract import DemandAnswer, DemandRequest
from mesh_inventory.ml.demand.live_series import FIGURES
from mesh_inventory.ml.demand.recipe import RECIPE
from mesh_inventory.ml.replenish import replenishment_plan
from mesh_platform.features.history import HistoryView
from mesh_platform.features.view import FeatureView
from mesh_platform.ml.live import Answer


class Nothing:
    """An online store that nobody should ask."""

    def read(self, view: FeatureView | HistoryView, keys: Any) -> Any:
        raise AssertionError((view.name, keys))


@pytest.fixture(scope="module")
def ready(trained: Trained) -> Forecasting:
    return LIVE.ready(trained.fitted, trained.shop.tables)


@pytest.fixture(scope="module")
def forecast(trained: Trained) -> pl.DataFrame:
    return RECIPE.score(trained.fitted, trained.shop.making())


def answered(ready: Forecasting, sku: str = "P03", location_id: str = "S1", **asked: Any) -> Answer:
    requests = [DemandRequest(sku=sku, location_id=location_id, **asked)]
    return ready.score(LIVE.gather(requests, Nothing(), until(ready.series.forecast_on)))[0]


def test_every_forecast_is_the_batchs(ready: Forecasting, forecast: pl.DataFrame) -> None:
    for (sku, place), batch in forecast.group_by("sku", "location_id"):
        answer = answered(ready, str(sku), str(place))
        made = pl.DataFrame(answer["days"])
        assert made.select(FIGURES).equals(batch.sort("day").select(FIGURES))
        assert made["day"].to_list() == [str(day) for day in batch.sort("day")["day"]]
        assert answer["next_day"] == made["mean"][0]


def test_every_order_is_the_plans(trained: Trained, ready: Forecasting, forecast: pl.DataFrame) -> None:
    plan = replenishment_plan(trained.shop.having(inventory__demand_forecast=forecast).making())
    assert (plan["order_quantity"] > 0).any()
    for row in plan.iter_rows(named=True):
        (order,) = answered(ready, row["sku"], row["location_id"])["orders"]
        assert order.pop("reason")
        assert {name: row[name] for name in order} == order


def test_another_stock_is_planned_as_if_the_ledger_had_told_it(
    trained: Trained, ready: Forecasting, forecast: pl.DataFrame
) -> None:
    here = (pl.col("sku") == "P03") & (pl.col("location_id") == "S1") & (pl.col("day") == trained.today)
    told = trained.shop.tables.frames["inventory.stock_levels"]
    emptied = told.with_columns(on_hand=pl.when(here).then(0).otherwise("on_hand"))
    world = trained.shop.having(inventory__demand_forecast=forecast, inventory__stock_levels=emptied)
    plan = replenishment_plan(world.making()).filter(sku="P03", location_id="S1").row(0, named=True)
    (order,) = answered(ready, on_hand=0)["orders"]
    assert order["on_hand"] == 0
    assert order["order_quantity"] == plan["order_quantity"] > 0
    assert answered(ready)["orders"][0]["on_hand"] > 0  # the question changed nothing


def test_more_stock_never_orders_more(ready: Forecasting) -> None:
    quantities = [answered(ready, on_hand=pieces)["orders"][0]["order_quantity"] for pieces in (0, 2, 5, 500)]
    assert quantities == sorted(quantities, reverse=True)
    assert quantities[-1] == 0


def test_reasons_tell_what_is_there_and_what_is_due(ready: Forecasting) -> None:
    due, enough = (answered(ready, on_hand=pieces)["orders"][0] for pieces in (0, 500))
    assert f"not above the reorder point of {due['reorder_point']}" in due["reason"]
    assert "500 pieces on hand and on order are above the reorder point" in enough["reason"]


def test_only_the_asked_days_are_answered(ready: Forecasting, trained: Trained) -> None:
    asked = [trained.today + timedelta(days=ahead) for ahead in (28, 3)]
    assert [day["day"] for day in answered(ready, days=asked)["days"]] == [str(day) for day in asked]


def test_the_web_is_supplied_by_the_warehouse_which_sells_nothing_itself(ready: Forecasting) -> None:
    web, warehouse = answered(ready, location_id="web"), answered(ready, location_id="W1")
    assert web["orders"] == warehouse["orders"]
    assert (len(web["days"]), warehouse["days"]) == (28, [])
    assert warehouse["known"]
    assert "sells nothing itself" in warehouse["why"]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"sku": "P033"}, "no product 'P033' is held or sold anywhere; did you mean 'P03'?"),
        ({"location_id": "S9"}, "no place 'S9' (rule: one of S1, S2, S3, web, or a warehouse)"),
    ],
)
def test_what_is_not_known_is_said(ready: Forecasting, asked: dict[str, str], why: str) -> None:
    answer = answered(ready, **asked)
    assert (answer["known"], answer["why"]) == (False, why)
    assert (answer["days"], answer["orders"]) == ([], [])


@pytest.mark.parametrize("ahead", [0, 29])
def test_a_day_beyond_the_horizon_is_refused_with_the_rule(ready: Forecasting, trained: Trained, ahead: int) -> None:
    answer = answered(ready, days=[trained.today + timedelta(days=ahead)])
    first, last = (trained.today + timedelta(days=n) for n in (1, 28))
    assert not answer["known"]
    assert answer["why"].endswith(f"is not forecast (rule: days from {first} to {last})")


def test_logged_inputs_give_the_same_answer_to_the_bit(ready: Forecasting, trained: Trained) -> None:
    request = DemandRequest(sku="P05", location_id="web", days=[trained.today + timedelta(days=2)], on_hand=3)
    inputs = LIVE.gather([request], Nothing(), until(trained.today))
    answer = ready.score(inputs)
    assert ready.score(json.loads(json.dumps(inputs))) == answer
    assert DemandAnswer(**json.loads(json.dumps(answer[0]))).model_dump(mode="json") == answer[0]


def test_the_baseline_is_crostons_method(trained: Trained, features: pl.DataFrame) -> None:
    baseline = LIVE.baseline(trained.shop.tables)
    recent = features.filter(pl.col("day") > trained.today - timedelta(days=84))
    told = baseline_columns(recent.select("sku", "location_id", "day", "units"), trained.today)
    for sku in SKUS:
        days = answered(baseline, sku)["days"]
        expected = told.filter(sku=sku, location_id="S1")["croston_m"].to_numpy()
        assert [day["mean"] for day in days] == pytest.approx(expected)
        assert all(np.diff([day[name] for name in QUANTILES]).min() >= 0 for day in days)
    assert answered(baseline)["orders"]


@pytest.mark.parametrize("wrong", [{"sku": ""}, {"on_hand": -1}, {"days": ["soon"]}, {"discount": 0.2}])
def test_a_request_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DemandRequest(**{"sku": "P03", "location_id": "S1", **wrong})
