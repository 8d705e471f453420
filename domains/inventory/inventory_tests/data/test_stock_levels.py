from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest

from inventory_tests.conftest import Build
from inventory_tests.samples import DAYS, location, movement, sold
from mesh_inventory.domain import DOMAIN
from mesh_platform.contract import shape_of
from mesh_platform.contract.screen import screen

LOCATIONS = [location("S1", "store"), location("W1", "warehouse"), location("W2", "warehouse")]
MOVEMENTS = [
    movement(DAYS[1], 5, 5, clock="06:00"),
    movement(DAYS[1], -5, 0, clock="18:00"),
    movement(DAYS[4], 8, 8, clock="08:30"),
    movement(DAYS[4], -2, 6, clock="09:00"),
    movement(DAYS[4], -1, 5, clock="10:00", kind="transfer_out"),
    movement(DAYS[4], 1, 6, clock="11:00", kind="return"),
    movement(DAYS[4], -2, 4, clock="12:00", kind="adjustment"),
    movement(DAYS[0], 100, 100, location_id="W1"),
    movement(DAYS[2], 100, 100, location_id="W2"),
    movement(DAYS[6], 7, 7, sku="cup"),
]
SOLD = [
    sold("tea", "S1", DAYS[1], 5),
    sold("tea", "S1", DAYS[4], 2),
    sold("tea", "web", DAYS[1], 4),
    sold("tea", "web", DAYS[3], 6),
    sold("cup", "unknown", DAYS[6], 9),
]


def levels(build: Build, days: tuple[date, date] | None = None) -> pl.DataFrame:
    return build("stock_levels", days, daily_sales=SOLD, stock_movements=MOVEMENTS, locations=LOCATIONS)


def of(rows: pl.DataFrame, sku: str, location_id: str) -> pl.DataFrame:
    return rows.filter(sku=sku, location_id=location_id)


def test_stock_is_carried_from_the_first_movement_to_the_last_day(build: Build) -> None:
    rows = levels(build)
    assert of(rows, "tea", "S1").select("day", "on_hand").rows() == list(zip(DAYS[1:], [0, 0, 0, 4, 4, 4], strict=True))
    assert of(rows, "cup", "S1").select("day", "on_hand").rows() == [(DAYS[6], 7)]


def test_only_products_that_were_ever_at_a_location_are_there(build: Build) -> None:
    rows = levels(build).group_by("sku", "location_id").len().sort("sku", "location_id").rows()
    assert rows == [("cup", "S1", 1), ("tea", "S1", 6), ("tea", "W1", 7), ("tea", "W2", 5)]


def test_a_shelf_is_empty_from_the_last_piece_to_the_next_receipt(build: Build) -> None:
    assert of(levels(build), "tea", "S1")["stock_out_minutes"].to_list() == [360.0, 1440.0, 1440.0, 510.0, 0.0, 0.0]


def test_movements_are_told_apart_by_their_reason(build: Build) -> None:
    busy = of(levels(build), "tea", "S1").filter(day=DAYS[4])
    assert busy.select("received", "sold", "returned", "transferred", "adjusted").rows() == [(8, 2, 1, -1, -2)]


def test_warehouses_share_what_the_web_sold_from_the_day_they_held_it(build: Build) -> None:
    rows = levels(build)
    assert of(rows, "tea", "W1")["demand_28d"].to_list()[:5] == [Decimal(n) for n in (0, 4, 4, 7, 7)]
    assert of(rows, "tea", "W2")["demand_28d"].to_list()[:2] == [Decimal(0), Decimal(3)]


def test_cover_is_stock_over_the_demand_of_the_days_that_were_seen(build: Build) -> None:
    rows = levels(build)
    # day 5: 4 on hand, 7 sold in the 4 days since the first movement
    assert of(rows, "tea", "S1").filter(day=DAYS[4])["days_of_cover"].item() == pytest.approx(4 / (7 / 4))
    assert of(rows, "cup", "S1")["days_of_cover"].to_list() == [None]


def test_a_day_forgets_demand_older_than_28_days(build: Build) -> None:
    later = DAYS[1] + timedelta(days=28)
    sales = [sold("tea", "S1", DAYS[1], 5), sold("tea", "S1", later, 1)]
    rows = build("stock_levels", daily_sales=sales, stock_movements=MOVEMENTS, locations=LOCATIONS)
    demand = of(rows, "tea", "S1").sort("day").filter(pl.col("day") >= later - timedelta(days=1))["demand_28d"]
    assert demand.to_list() == [Decimal(5), Decimal(1)]


@pytest.mark.parametrize(("first", "last"), [(4, 4), (3, 5), (6, 6)])
def test_days_made_alone_equal_the_same_days_made_with_all(build: Build, first: int, last: int) -> None:
    alone = levels(build, (DAYS[first], DAYS[last]))
    assert alone.equals(levels(build).filter(pl.col("day").is_between(DAYS[first], DAYS[last])))


def test_the_rows_keep_their_contract(build: Build) -> None:
    contract = DOMAIN.product("stock_levels").contract
    rows = levels(build)
    assert rows.schema == shape_of(contract).schema
    assert screen(contract, rows).is_empty()
