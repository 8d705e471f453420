from typing import Any

import polars as pl
import pytest

from marketing_tests.samples import MONDAY, TUESDAY, campaign, cost, event, member, promotion
from mesh_marketing.domain import DOMAIN
from mesh_platform.contract import Contract, shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.testing import at, end_of

CONTRACTS = [source.contract for source in DOMAIN.sources] + [product.contract for product in DOMAIN.products]
GOOD = {
    "web_events": event("e", "s"),
    "campaigns": campaign("c"),
    "campaign_audience": member("c", "a"),
    "campaign_spend": cost("c", MONDAY, "0"),
    "promotions": promotion("p"),
}
COUNTS = (
    "page_views",
    "searches",
    "impressions",
    "product_views",
    "add_to_carts",
    "remove_from_carts",
    "checkouts",
    "purchases",
    "duration_seconds",
)
SESSION: dict[str, Any] = {
    "session_id": "s",
    "started_on": MONDAY,
    "started_at": at(MONDAY),
    "ended_at": at(MONDAY),
    "visitor_id": "v",
    "converted": False,
    "bounced": True,
    "ingested_at": end_of(MONDAY),
    **dict.fromkeys(COUNTS, 0),
}


def broken(contract: type[Contract], row: dict[str, Any]) -> pl.DataFrame:
    schema = shape_of(contract).schema
    return screen(contract, pl.DataFrame([{name: row.get(name) for name in schema}], schema=schema))


def test_the_domain_publishes_what_the_mesh_agreed_on() -> None:
    assert [p.name for p in DOMAIN.products] == [
        "campaign_audience",
        "campaign_performance",
        "campaigns",
        "experiment_results",
        "model_health",
        "predictions",
        "recommendations",
        "sessions",
    ]
    assert {p.name: p.version for p in DOMAIN.products if p.version != "1.0.0"} == {"model_health": "1.1.0"}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.__name__)
def test_a_contract_says_its_grain_and_its_source(contract: type[Contract]) -> None:
    described = " ".join(shape_of(contract).description.split())
    assert "Grain: one row per" in described
    assert "Source: " in described


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.__name__)
def test_what_tells_of_a_person_is_personal_and_not_for_everybody(contract: type[Contract]) -> None:
    for column in shape_of(contract).columns:
        if column.name in {"customer_id", "visitor_id", "query"}:
            assert column.meaning.personal
            assert column.meaning.classification in {"confidential", "restricted"}


@pytest.mark.parametrize("source", ["campaign_audience", "campaign_spend", "promotions"])
def test_what_belongs_to_a_campaign_points_to_a_known_one(source: str) -> None:
    references = shape_of(DOMAIN.source(source).contract).references
    assert references == {"campaign_id": "marketing.campaigns.campaign_id"}


@pytest.mark.parametrize("source", GOOD)
def test_a_good_row_is_accepted(source: str) -> None:
    assert broken(DOMAIN.source(source).contract, GOOD[source]).is_empty()


@pytest.mark.parametrize(
    ("source", "column", "value"),
    [
        ("web_events", "event_id", None),
        ("web_events", "session_id", None),
        ("web_events", "visitor_id", None),
        ("web_events", "occurred_at", None),
        ("web_events", "kind", "swipe"),
        ("web_events", "position", 0),
        ("campaigns", "name", None),
        ("campaigns", "channel", "radio"),
        ("campaigns", "budget", -1),
        ("campaign_audience", "customer_id", None),
        ("campaign_audience", "arm", "placebo"),
        ("campaign_spend", "day", None),
        ("campaign_spend", "spend", -1),
        ("promotions", "sku", None),
        ("promotions", "discount_pct", 0.0),
        ("promotions", "discount_pct", 100.5),
    ],
)
def test_a_bad_value_is_refused(source: str, column: str, value: object) -> None:
    assert broken(DOMAIN.source(source).contract, GOOD[source] | {column: value})["column"].to_list() == [column]


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        ("web_events", {"kind": "purchase"}),
        ("web_events", {"order_id": "o"}),
        ("campaigns", {"starts_on": TUESDAY, "ends_on": MONDAY}),
    ],
    ids=["a purchase without its order", "an order without a purchase", "an end before the start"],
)
def test_a_row_that_contradicts_itself_is_refused(source: str, changes: dict[str, Any]) -> None:
    assert broken(DOMAIN.source(source).contract, GOOD[source] | changes).height == 1


def test_a_purchase_with_its_order_is_accepted() -> None:
    row = event("e", "s", kind="purchase", order_id="o")
    assert broken(DOMAIN.source("web_events").contract, row).is_empty()


@pytest.mark.parametrize(
    "changes",
    [
        {"ended_at": at(MONDAY, "11:59")},
        {"converted": True, "bounced": False},
        {"order_id": "o"},
        {"purchases": 1},
        {"experiment_id": "x"},
        {"variant": "b"},
        {"duration_seconds": -1},
    ],
    ids=", ".join,
)
def test_a_session_that_contradicts_itself_is_refused(changes: dict[str, Any]) -> None:
    contract = DOMAIN.product("sessions").contract
    assert broken(contract, SESSION).is_empty()
    assert not broken(contract, SESSION | changes).is_empty()
