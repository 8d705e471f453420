"""Campaigns from landed rows to published ones: the mart in SQL, then the statistics in Python."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from marketing_tests.samples import NEIGHBOURS, USUAL, campaign, cost, event, member
from mesh_marketing.domain import DOMAIN
from mesh_marketing.ml.campaigns import AFTER_DAYS, BEFORE_DAYS, performances
from mesh_platform.contract import shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.settings import Settings
from mesh_platform.testing import Bench, Row

FIRST, LAST = date(2026, 6, 1), date(2026, 6, 10)
TODAY = datetime(2026, 7, 1, tzinfo=UTC)
CONTRACT = DOMAIN.product("campaign_performance").contract


def order(order_id: str, customer_id: str | None, day: date, amount: float, **values: Any) -> Row:
    """A purchase of one piece."""
    paid = {"net_amount": Decimal(str(amount)), "units": 1, "currency": "EUR"}
    return {"order_id": order_id, "customer_id": customer_id, "ordered_on": day, **paid, **values}


def arms(campaign_id: str, treated: int, control: int) -> list[Row]:
    """An audience of numbered customers."""
    people = [("treated", f"t{n}") for n in range(treated)] + [("control", f"c{n}") for n in range(control)]
    return [member(campaign_id, name, arm) for arm, name in people]


def lasting(campaign_id: str, starts_on: date = FIRST, days: int = 10) -> Row:
    return campaign(campaign_id, starts_on=starts_on, ends_on=starts_on + timedelta(days=days - 1))


CAMPAIGNS = [
    lasting("measured"),
    lasting("no hold-out"),
    lasting("no audience"),
    lasting("no orders", date(2026, 2, 1)),
    lasting("too early", date(2026, 6, 15)),
    lasting("running", date(2026, 6, 25)),
    lasting("planned", date(2026, 7, 1)),
]
AUDIENCE = [
    *arms("measured", 60, 60),
    *arms("no hold-out", 60, 0),
    *arms("no orders", 60, 60),
    *(row for name in ("too early", "running", "planned") for row in arms(name, 60, 60)),
]
BOUGHT = [
    *(order(f"t{n}", f"t{n}", FIRST, 10 + n % 5) for n in range(60)),
    *(order(f"c{n}", f"c{n}", LAST + timedelta(days=AFTER_DAYS), 4 + n % 5) for n in range(60)),
    *(order(f"again {n}", f"t{n}", LAST, 3) for n in range(0, 60, 3)),
    *(order(f"before {n}", f"t{n}", FIRST - timedelta(days=1), 1) for n in range(0, 60, 2)),
    *(order(f"before, too, {n}", f"c{n}", FIRST - timedelta(days=BEFORE_DAYS), 1) for n in range(0, 60, 2)),
    order("too late", "c0", LAST + timedelta(days=AFTER_DAYS + 1), 9000),
    order("too long ago", "c1", FIRST - timedelta(days=BEFORE_DAYS + 1), 9000),
    order("returned", "t0", FIRST, -9000, units=0),
    order("unknown", None, FIRST, 5),
]
EVENTS = [
    event("e1", "s1", FIRST, campaign_id="measured"),
    event("e2", "s2", FIRST, "13:00", kind="purchase", order_id="t0"),
    event("e3", "s2", FIRST, "13:01", kind="purchase", order_id="unknown"),
    event("e4", "s3", FIRST, "11:00", kind="purchase", order_id="t1"),
]


@pytest.fixture(scope="module")
def rows(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    mart = Bench(DOMAIN, settings, tmp_path_factory.mktemp("campaigns"), NEIGHBOURS, USUAL).mart(
        "fct_campaign_customers",
        campaigns=CAMPAIGNS,
        campaign_audience=AUDIENCE,
        campaign_spend=[cost("measured", FIRST, "60"), cost("measured", LAST, "40")],
        web_events=EVENTS,
        orders=BOUGHT,
    )
    return performances(mart, TODAY)


def of(rows: pl.DataFrame, campaign_id: str) -> dict[str, Any]:
    return rows.filter(campaign_id=campaign_id).row(0, named=True)


def test_the_effect_is_that_of_the_hold_out_on_all_who_were_addressed(rows: pl.DataFrame) -> None:
    found = of(rows, "measured")
    assert (found["treated"], found["control"]) == (60, 60)
    assert found["incremental_revenue"] == pytest.approx(60 * 7)
    assert found["incremental_revenue_low"] < 420 < found["incremental_revenue_high"]
    assert found["return_on_spend"] == pytest.approx(4.2)
    assert found["incremental_orders"] == pytest.approx(20)
    assert found["verdict"] == "raises revenue"


def test_the_last_click_stands_beside_it(rows: pl.DataFrame) -> None:
    assert of(rows, "measured")["last_click_revenue"] == Decimal(15)


@pytest.mark.parametrize("status", ["too early", "running", "planned"])
def test_a_campaign_whose_window_has_not_passed_has_a_status_and_no_effect(rows: pl.DataFrame, status: str) -> None:
    found = of(rows, status)
    assert (found["status"], found["treated"]) == (status, 60)
    assert found["incremental_revenue"] is found["verdict"] is found["balance_p_value"] is None


@pytest.mark.parametrize("name", ["no hold-out", "no audience", "no orders"])
def test_a_campaign_that_can_not_be_compared_has_no_effect(rows: pl.DataFrame, name: str) -> None:
    found = of(rows, name)
    assert (found["status"], found["incremental_revenue"], found["verdict"]) == ("no comparison", None, None)


def test_the_rows_keep_their_contract(rows: pl.DataFrame) -> None:
    assert rows.schema == shape_of(CONTRACT).schema
    assert screen(CONTRACT, rows).is_empty()
    assert sorted(rows["campaign_id"]) == sorted(row["campaign_id"] for row in CAMPAIGNS)
