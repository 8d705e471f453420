from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from mesh_platform.contract import shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.testing import at
from mesh_sales.domain import DOMAIN
from sales_tests.conftest import Build
from sales_tests.samples import MONDAY, TUESDAY, WEDNESDAY, line

OLDER, OLD = MONDAY - timedelta(days=65), MONDAY - timedelta(days=40)
ANN = {"customer_id": "ann", "card_id": "k1", "device_id": "d1", "ip_country": "DE"}
HISTORY = [
    line("older", 1, OLDER, **ANN),
    line("old", 1, OLD, "09:00", **ANN),
    line("o1", 1, MONDAY, "09:00", unit_price=Decimal(20), **ANN),
    line("o2", 1, MONDAY, "09:30", unit_price=Decimal(40), **ANN),
    line("o3", 1, MONDAY, "10:00", unit_price=Decimal(90), **(ANN | {"card_id": "k2", "ip_country": "BR"})),
    line("o4", 1, TUESDAY, "09:45", sku="cup", quantity=-2, channel="store", store_id="S1", customer_id="ann"),
    line("o5", 1, WEDNESDAY, "09:00", channel="store", store_id="S1", payment_method="cash"),
]
LATER = [
    line("p1", 1, MONDAY, "09:31", **ANN),
    line("p2", 1, MONDAY, "23:59", **ANN),
    line("p3", 1, WEDNESDAY, "23:59", channel="store", store_id="S1", quantity=-1),
]


def report(order_id: str, known: date, clock: str = "00:00") -> dict[str, Any]:
    row = {"order_id": order_id, "kind": "chargeback", "reported_at": at(known), "_day": MONDAY}
    return {**row, "ingested_at": at(known, clock)}


REPORTS = [report("o1", TUESDAY, "09:44"), report("o2", TUESDAY, "09:45"), report("o3", TUESDAY, "09:46")]


@pytest.fixture(scope="module")
def early(build: Build) -> pl.DataFrame:
    return build("order_features", order_lines=HISTORY).sort("order_id")


@pytest.fixture(scope="module")
def late(build: Build) -> pl.DataFrame:
    """The same once more has happened and become known."""
    return build("order_features", order_lines=[*HISTORY, *LATER], fraud_reports=REPORTS).sort("order_id")


def by_order(rows: pl.DataFrame) -> dict[str, dict[str, Any]]:
    return {row["order_id"]: row for row in rows.iter_rows(named=True)}


def test_windows_hold_what_came_before_and_end_just_before_the_order(early: pl.DataFrame) -> None:
    rows = by_order(early)
    found = {
        order: tuple(rows[order][f"customer_{what}"] for what in ("orders_1h", "orders_1d", "orders_30d", "spent_1d"))
        for order in ("old", "o1", "o2", "o3", "o4")
    }
    assert found == {
        "old": (0, 0, 1, 0.0),
        "o1": (0, 0, 0, 0.0),
        "o2": (1, 1, 1, 20.0),
        "o3": (2, 2, 2, 60.0),
        "o4": (0, 1, 3, 90.0),
    }
    assert (rows["o3"]["customer_mean_amount_30d"], rows["o3"]["customer_amount_to_mean"]) == (30.0, 3.0)
    assert rows["o3"]["device_hours_since_last"] == 0.5
    assert rows["o1"]["card_age_days"] == 40.0, "what is older than 60 days is forgotten"


def test_a_new_card_and_a_new_country_on_a_known_device_show(early: pl.DataFrame) -> None:
    second, third = by_order(early)["o2"], by_order(early)["o3"]
    assert (third["card_is_new_to_customer"], third["device_is_new_to_customer"]) == (True, False)
    assert third["country_is_new_to_customer"] is True
    # the first card came up 40 days ago, the second one now
    assert (second["device_cards_1d"], third["device_cards_1d"], third["customer_cards_30d"]) == (0, 1, 1)


def test_returns_of_what_was_never_bought_count(late: pl.DataFrame) -> None:
    rows = by_order(late)
    assert (rows["o4"]["returned_units"], rows["o4"]["unmatched_returned_units"], rows["o4"]["amount"]) == (2, 2, -20.0)
    assert (rows["o5"]["store_returns_1d"], rows["o5"]["store_unmatched_returns_30d"]) == (1, 2)
    assert rows["p3"]["unmatched_returned_units"] is None, "nobody knows what an unknown buyer bought"


def test_an_order_without_card_or_customer_has_no_features_of_them(early: pl.DataFrame) -> None:
    order = by_order(early)["o5"]
    of_nobody = {name: value for name, value in order.items() if name.startswith(("card_", "customer_", "device_"))}
    assert set(of_nobody.values()) == {None}


def test_nothing_later_changes_an_orders_features(early: pl.DataFrame, late: pl.DataFrame) -> None:
    unaffected = pl.col("order_id").is_in(["older", "old", "o1", "o2", "o5"])  # o3 and o4 come after 09:31 on Monday
    assert_frame_equal(late.filter(unaffected), early.filter(unaffected))
    assert by_order(late)["o3"]["customer_orders_1h"] == 3, "else nothing was planted"


def test_a_fraud_counts_from_the_moment_its_report_was_known(late: pl.DataFrame) -> None:
    rows = by_order(late)
    assert [rows[name]["customer_known_frauds"] for name in ("o2", "o3", "p2", "o4")] == [0, 0, 0, 1]
    assert rows["o4"]["customer_fraud_share"] == 1 / 6


def test_a_day_made_alone_equals_the_same_day_made_with_all(build: Build, late: pl.DataFrame) -> None:
    alone = build("order_features", (TUESDAY, WEDNESDAY), order_lines=[*HISTORY, *LATER], fraud_reports=REPORTS)
    assert_frame_equal(alone.sort("order_id"), late.filter(pl.col("ordered_on") >= TUESDAY))


def test_the_rows_keep_their_contract(late: pl.DataFrame) -> None:
    contract = DOMAIN.product("order_features").contract
    assert late.schema == shape_of(contract).schema
    assert screen(contract, late).is_empty()
