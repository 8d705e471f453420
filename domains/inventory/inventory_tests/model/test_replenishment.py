from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from inventory_tests.model.conftest import Trained
from inventory_tests.model.shop import FIRST, PACK, STORES
from mesh_inventory.domain import DOMAIN
from mesh_inventory.ml.current_policy import open_orders
from mesh_inventory.ml.demand.recipe import RECIPE
from mesh_inventory.ml.network import Ledger, Network, read_network
from mesh_inventory.ml.order_policy import Costs, levels, order_quantity, shortage
from mesh_inventory.ml.outlook import decide, look_ahead
from mesh_inventory.ml.replenish import replenishment_plan
from mesh_inventory.ml.simulate_stock import Rules, Start, simulate
from mesh_platform.contract import shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.errors import TooFewExamples

ONE = np.ones((1, 1))


def network(lead: float = 5.0, warehouses: tuple[str, ...] = ("W1",)) -> Network:
    """Two stores, two products."""
    pair = np.ones(2)
    return Network(["A", "B"], list(warehouses), ["p", "q"], 5 * pair, 4 * pair, 6 * pair, lead * pair, 1, 2)


def rules(days: int, point: float, top: float) -> Rules:
    return Rules(np.full((days, 3, 2), point), np.full((days, 3, 2), top), np.zeros((days, 2)))


@pytest.fixture(scope="module")
def plan(trained: Trained) -> pl.DataFrame:
    forecast = RECIPE.score(trained.fitted, trained.shop.making())
    return replenishment_plan(trained.shop.having(inventory__demand_forecast=forecast).making())


def test_the_plan_keeps_its_contract(plan: pl.DataFrame) -> None:
    contract = DOMAIN.product("replenishment_plan").contract
    rows = plan.select(shape_of(contract).names)
    assert rows.schema == shape_of(contract).schema
    assert screen(contract, rows).is_empty()
    assert plan.select("sku", "location_id").n_unique() == len(plan) == 16 * (len(STORES) + 1)


def test_a_plan_without_the_forecast_of_the_day_is_refused(trained: Trained) -> None:
    forecast = RECIPE.score(trained.fitted, trained.shop.making())
    stale = forecast.with_columns(pl.col("forecast_on") - timedelta(days=1))
    with pytest.raises(TooFewExamples, match="no forecast of"):
        replenishment_plan(trained.shop.having(inventory__demand_forecast=stale).making())


def test_warehouses_order_packs_and_stores_never_more_than_there_is(plan: pl.DataFrame) -> None:
    warehouse, stores = plan.filter(location_id="W1"), plan.filter(pl.col("location_id") != "W1")
    assert (warehouse["order_quantity"] % PACK == 0).all()
    assert (plan["order_quantity"] >= 0).all()
    asked = stores.group_by("sku").agg(pl.sum("order_quantity")).join(warehouse, on="sku")
    assert (asked["order_quantity"] <= asked["on_hand"]).all()


def test_an_order_makes_a_stock_out_less_likely(plan: pl.DataFrame) -> None:
    ordered = plan.filter(pl.col("order_quantity") > 0)
    assert len(ordered) > 0
    assert (ordered["stock_out_probability"] <= ordered["stock_out_probability_unordered"]).all()


@pytest.mark.parametrize("position", [-3.0, 0.0, 4.0, 5.0, 6.0, 40.0])
@pytest.mark.parametrize("pack", [1.0, 6.0, 24.0])
def test_orders_are_whole_packs_that_reach_the_level_and_never_negative(position: float, pack: float) -> None:
    made = order_quantity(np.array(position), np.array(5.0), np.array(14.0), np.array(pack)).item()
    assert made >= 0
    assert made % pack == 0
    assert (made == 0) if position > 5 else (14 <= position + made < 14 + pack)


def test_an_order_is_never_negative_where_the_reorder_point_is_above_the_level() -> None:
    assert order_quantity(np.array(20.0), np.array(50.0), np.array(14.0), np.array(6.0)).item() == 0


def level(mean: float, variance: float, margin: float = 5.0) -> tuple[float, float]:
    made = levels(ONE * mean, ONE * variance, ONE, ONE * 5, ONE * margin, 1.0, Costs())
    return made.reorder_point.item(), made.order_up_to.item()


def test_levels_rise_with_uncertainty_and_with_what_a_lost_sale_costs() -> None:
    assert level(10, 40) > level(10, 15)
    assert level(10, 15, margin=50) > level(10, 15, margin=1)


def test_levels_rise_with_the_lead_time() -> None:
    mean = np.ones((28, 3, 2))
    short, long = (decide(network(lead), look_ahead(network(lead), mean, mean * 1.2), Costs()) for lead in (3, 12))
    assert (long.order_up_to[-1] > short.order_up_to[-1]).all()
    assert (long.reorder_point[-1] > short.reorder_point[-1]).all()


def test_shortage_is_what_adding_up_all_outcomes_gives() -> None:
    from scipy.stats import nbinom

    mean, variance, stock = 4.0, 9.0, 6.0
    size = mean**2 / (variance - mean)
    demand = np.arange(400)
    chance = nbinom.pmf(demand, size, size / (size + mean))
    beyond, missed = shortage(ONE * mean, ONE * variance, ONE * stock)
    assert beyond.item() == pytest.approx(chance[demand > stock].sum())
    assert missed.item() == pytest.approx((np.maximum(demand - stock, 0) * chance).sum())


def test_no_piece_is_lost_or_made_up_in_a_simulation() -> None:
    days, shop = 30, network(lead=100)
    begun = Start(np.full((3, 2), 20.0), np.zeros((1, 3, 2)), np.ones((3, 2), bool))
    wanted = np.ones((days, 3, 2))
    made = simulate(shop, begun, wanted, rules(days, 4, 9), Costs(), seed=1)
    # nothing arrives from suppliers in time: 120 pieces for 180 customers
    assert (made.fill_rate * made.demand * days).sum() == pytest.approx(120)


def test_more_stock_never_serves_fewer_customers() -> None:
    rng, days = np.random.default_rng(3), 60
    begun = Start(np.full((3, 2), 10.0), np.zeros((1, 3, 2)), np.ones((3, 2), bool))
    wanted = rng.poisson(2.0, (days, 3, 2)).astype(np.float64)
    lean, ample = (
        simulate(network(), begun, wanted, rules(days, point, 2 * point), Costs(), seed=1).summary()
        for point in (8.0, 40.0)
    )
    assert ample["fill rate"] > lean["fill rate"]
    assert ample["holding cost"] > lean["holding cost"]


def test_the_reserve_of_the_web_is_not_sent_to_stores() -> None:
    begun = Start(np.array([[0.0, 0], [0, 0], [10, 10]]), np.zeros((1, 3, 2)), np.ones((3, 2), bool))
    wanted = np.zeros((6, 3, 2))
    wanted[5, 2] = 10
    kept = replace(rules(6, 4, 9), reserve=np.full((6, 2), 10.0))
    assert simulate(network(100), begun, wanted, kept, Costs(), seed=1).fill_rate[2] == 1
    assert simulate(network(100), begun, wanted, rules(6, 4, 9), Costs(), seed=1).fill_rate[2] < 1


def test_transfer_time_and_review_period_are_read_off_the_ledger(trained: Trained) -> None:
    told = trained.shop.tables.frames["inventory.stock_levels"]
    number = (pl.col("day") - pl.lit(told["day"].min())).dt.total_days()
    sent = pl.when(pl.col("location_id") == "W1").then(pl.when(number % 4 == 0).then(-3).otherwise(0))
    moved = told.with_columns(transferred=sent.otherwise(pl.when(number % 4 == 2).then(1).otherwise(0)))
    shop = trained.shop.having(inventory__stock_levels=moved)
    found, _ = read_network(shop.tables, shop.tables.days[0], shop.tables.days[-1])
    assert (found.transfer_days, found.review_days) == (2, 4)


def test_what_suppliers_owe_is_what_the_policy_in_force_would_have_ordered() -> None:
    days, shop = 20, network(lead=5)
    stock = np.full((days, 3, 2), 50.0)
    stock[-3:, 2] = 3
    nothing = np.zeros((days, 3, 2))
    dates = [FIRST + timedelta(days=n) for n in range(days)]
    ledger = Ledger(dates, stock, nothing, nothing, np.ones((days, 3, 2), bool))
    owed = open_orders(shop, ledger, np.full(2, 10.0), np.full(2, 30.0), np.ones(2, bool))
    assert owed.tolist() == [30, 30]
