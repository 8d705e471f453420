from decimal import Decimal

import polars as pl
import pytest

from mesh_platform.contract import shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.testing import at
from mesh_sales.domain import DOMAIN
from sales_tests.conftest import Build
from sales_tests.samples import MONDAY, TUESDAY, WEDNESDAY, line

LINES = [
    line("o1", 1, quantity=3, unit_price=Decimal("2.5"), discount=Decimal("0.5"), promotion_id="p", customer_id="c1"),
    line("o1", 2, sku="cup", quantity=-1, unit_price=Decimal("4.0001"), payment_method="cash"),
    line("o2", 1, MONDAY, "23:59", channel="store", store_id="S1", card_id="k"),
    line("o3", 1, TUESDAY, "00:00", sku="cup", channel="store", store_id="S1"),
    line("o4", 1, WEDNESDAY, device_id="d", ip_country="FR"),
]


def test_an_order_adds_up_its_lines_to_the_last_decimal(build: Build) -> None:
    order = build("orders", order_lines=LINES).row(by_predicate=pl.col("order_id") == "o1", named=True)
    wanted = {
        "ordered_on": MONDAY,
        "ordered_at": at(MONDAY),
        "channel": "web",
        "customer_id": "c1",
        "lines": 2,
        "units": 3,
        "returned_units": 1,
        "gross_amount": Decimal("3.4999"),
        "discount_amount": Decimal("0.5000"),
        "net_amount": Decimal("2.9999"),
        "payment_method": "card",
        "promotions": 1,
    }
    assert {name: order[name] for name in wanted} == wanted


def test_an_order_has_the_time_of_its_first_line(build: Build) -> None:
    lines = [line("o1", 2, clock="09:00"), line("o1", 1, clock="09:01")]
    assert build("orders", order_lines=lines)["ordered_at"].to_list() == [at(MONDAY, "09:01")]


def test_lines_and_orders_and_days_have_the_same_total(build: Build) -> None:
    totals = {
        name: build(name, order_lines=LINES)["net_amount"].sum() for name in ("orders", "order_lines", "daily_sales")
    }
    assert totals == dict.fromkeys(totals, Decimal("32.9999"))


@pytest.mark.parametrize("name", ["orders", "order_lines", "daily_sales"])
def test_a_day_made_alone_equals_the_same_day_made_with_all(build: Build, name: str) -> None:
    shape = shape_of(DOMAIN.product(name).contract)
    whole = build(name, order_lines=LINES).filter(pl.col(shape.partition or "") == MONDAY)
    alone = build(name, (MONDAY, MONDAY), order_lines=LINES)
    assert whole.height > 1
    assert alone.sort(shape.key).equals(whole.sort(shape.key))


def test_the_rows_keep_their_contract(build: Build) -> None:
    for name in ("orders", "order_lines", "daily_sales"):
        contract = DOMAIN.product(name).contract
        rows = build(name, order_lines=LINES)
        assert rows.schema == shape_of(contract).schema
        assert screen(contract, rows).is_empty()


def test_the_web_and_each_store_are_locations_of_their_own(build: Build) -> None:
    sold = build("daily_sales", order_lines=LINES).select("sku", "location_id", "sold_on", "net_units", "orders")
    assert sorted(sold.rows()) == [
        ("cup", "S1", TUESDAY, 1, 1),
        ("cup", "web", MONDAY, -1, 0),
        ("tea", "S1", MONDAY, 1, 1),
        ("tea", "web", MONDAY, 3, 1),
        ("tea", "web", WEDNESDAY, 1, 1),
    ]
