from datetime import timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from inventory_tests.model.shop import FIRST, SKUS, STORES, Shop, until
from mesh_inventory.domain import DOMAIN
from mesh_inventory.ml.demand.censoring import PROFILE_DAYS, selling_profile, served_share
from mesh_inventory.ml.demand.product import demand_features
from mesh_inventory.ml.demand.promotions import discounts
from mesh_platform.contract import shape_of
from mesh_platform.contract.screen import screen

NOW = FIRST + timedelta(days=70)


def sale(shop: Shop, days_later: int, units: int = 500) -> pl.DataFrame:
    """The shop's sales with one more."""
    told = shop.tables.frames["sales.daily_sales"]
    day = NOW + timedelta(days=days_later)
    more = pl.DataFrame(
        [(SKUS[0], "S1", day, units, Decimal(units), Decimal(units) / 2)], schema=told.schema, orient="row"
    )
    kept = told.filter(~((pl.col("sku") == SKUS[0]) & (pl.col("location_id") == "S1") & (pl.col("sold_on") == day)))
    return pl.concat([kept, more])


def up_to_now(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("day") <= NOW)


def test_the_rows_keep_their_contract(features: pl.DataFrame) -> None:
    contract = DOMAIN.product("demand_features").contract
    assert features.schema == shape_of(contract).schema
    assert screen(contract, features).is_empty()


def test_no_feature_sees_a_sale_of_a_later_day(bare_shop: Shop, features: pl.DataFrame) -> None:
    planted = demand_features(bare_shop.having(sales__daily_sales=sale(bare_shop, 1)).making())
    assert_frame_equal(up_to_now(planted), up_to_now(features))
    assert not planted.equals(features)


def test_a_sale_that_was_known_too_late_is_in_no_feature(bare_shop: Shop, features: pl.DataFrame) -> None:
    lines = bare_shop.tables.frames["sales.order_lines"]
    day = NOW - timedelta(days=3)
    at = (pl.col("sku") == SKUS[0]) & (pl.col("store_id") == "S1") & (pl.col("ordered_on") == day)
    known = lines.filter(at)["quantity"].sum()
    late = pl.DataFrame([(SKUS[0], "S1", day, 7, until(NOW), "store", "S1")], schema=lines.schema, orient="row")
    changed = bare_shop.having(
        sales__daily_sales=sale(bare_shop, -3, int(known) + 7), sales__order_lines=pl.concat([lines, late])
    )
    columns = ["sku", "location_id", "day", "units", "rate_7", "level", "sku_rate_28"]
    assert_frame_equal(demand_features(changed.making()).select(columns), features.select(columns))


def test_days_made_alone_equal_the_same_days_made_with_all(bare_shop: Shop, features: pl.DataFrame) -> None:
    last = bare_shop.tables.days[-2:]
    alone = demand_features(bare_shop.making(frozenset(last)))
    assert_frame_equal(alone, features.filter(pl.col("day") >= last[0]), rel_tol=1e-4)


def test_days_without_stock_are_not_days_without_demand(bare_shop: Shop, features: pl.DataFrame) -> None:
    newest = features.filter(pl.col("day") == bare_shop.tables.days[-1], pl.col("location_id").is_in(STORES))
    true = np.mean([bare_shop.rates[sku, place] for sku, place in newest.select("sku", "location_id").rows()])
    # a fifth of the days were empty: learnt as zeros, the level would be a fifth too low
    assert newest["level"].mean() == pytest.approx(true, rel=0.08)
    assert newest["rate_84"].mean() == pytest.approx(true, rel=0.08)


def test_a_shelf_that_is_empty_from_the_afternoon_served_the_morning() -> None:
    noon_only = np.zeros((1, 60, 24))
    noon_only[0, :, 12] = 1000
    profile = selling_profile(noon_only, PROFILE_DAYS)[0, [-1, -1, -1]]
    out, empty_at_end = np.array([600.0, 600.0, 1440.0]), np.array([True, False, True])
    served = served_share(out, empty_at_end, np.zeros(3), profile)
    # sold out at two in the afternoon; filled at ten in the morning; never filled
    assert served == pytest.approx([1.0, 1.0, 0.0], abs=0.01)


def test_a_promotion_lasts_until_the_campaign_that_began_with_it_ends() -> None:
    gross = np.full((1, 20), 10, np.float32)
    discount = np.zeros((1, 20), np.float32)
    discount[0, 5:13] = 2
    seen = discounts(gross, discount, [(5, 14)])
    assert seen.depth[0, [4, 5, 12, 13]] == pytest.approx([0, 0.2, 0.2, 0])
    assert seen.days_left[0, [4, 5, 12, 13]].tolist() == [0, 9, 2, 0]
    assert discounts(gross, discount, []).days_left[0, 5] == 6


def test_a_campaign_that_has_not_begun_is_not_known() -> None:
    gross = np.full((1, 10), 10, np.float32)
    discount = np.zeros((1, 10), np.float32)
    discount[0, 2:] = 2
    assert discounts(gross, discount, [(3, 30)]).days_left[0, 2] == discounts(gross, discount, []).days_left[0, 2]
