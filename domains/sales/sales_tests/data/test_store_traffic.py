from mesh_platform.contract import shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.testing import at
from mesh_sales.domain import DOMAIN
from sales_tests.conftest import Build
from sales_tests.samples import MONDAY, TUESDAY, line, reading

READINGS = [
    reading("footfall_in", 3, clock="09:00"),
    reading("footfall_in", 5, clock="09:14"),
    reading("footfall_out", 2, clock="09:14"),
    reading("queue_length", 4, clock="09:01", sensor_id="till"),
    reading("queue_length", 1, clock="09:02", sensor_id="till"),
    reading("wait_seconds", 90.5, clock="09:02", sensor_id="till"),
    reading("footfall_out", 1, clock="09:15"),
    reading("footfall_in", 1, TUESDAY, "09:00"),
]
LINES = [
    line("o1", 1, clock="09:05", channel="store", store_id="S1"),
    line("o1", 2, clock="09:05", channel="store", store_id="S1"),
    line("o2", 1, clock="09:06", channel="store", store_id="S1", quantity=-1),
    line("o3", 1, clock="09:07"),
    line("o4", 1, clock="09:07", channel="store", store_id="S2"),
]


def test_a_quarter_of_an_hour_tells_who_came_who_waited_and_who_bought(build: Build) -> None:
    first = build("store_traffic", store_sensors=READINGS, order_lines=LINES).sort("interval_start").row(0, named=True)
    assert first == {
        "store_id": "S1",
        "interval_start": at(MONDAY, "09:00"),
        "measured_on": MONDAY,
        "footfall_in": 8,
        "footfall_out": 2,
        "mean_queue_length": 2.5,
        "max_queue_length": 4.0,
        "mean_wait_seconds": 90.5,
        "orders": 1,
        "conversion": 0.125,
    }


def test_nobody_in_means_no_conversion(build: Build) -> None:
    rows = build("store_traffic", store_sensors=READINGS, order_lines=LINES).sort("interval_start")
    assert rows["footfall_in"].to_list() == [8, 0, 1]
    assert rows["conversion"].to_list() == [0.125, None, 0.0]


def test_a_day_made_alone_equals_the_same_day_made_with_all(build: Build) -> None:
    whole = build("store_traffic", store_sensors=READINGS, order_lines=LINES)
    alone = build("store_traffic", (MONDAY, MONDAY), store_sensors=READINGS, order_lines=LINES)
    assert alone.sort("interval_start").equals(whole.filter(whole["measured_on"] == MONDAY).sort("interval_start"))


def test_the_rows_keep_their_contract(build: Build) -> None:
    contract = DOMAIN.product("store_traffic").contract
    rows = build("store_traffic", store_sensors=READINGS, order_lines=LINES)
    assert rows.schema == shape_of(contract).schema
    assert screen(contract, rows).is_empty()
