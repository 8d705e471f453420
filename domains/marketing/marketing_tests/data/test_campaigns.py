from datetime import date
from decimal import Decimal

from marketing_tests.conftest import Build
from marketing_tests.samples import MONDAY, TUESDAY, campaign, cost, member, promotion
from mesh_marketing.domain import DOMAIN
from mesh_platform.contract import shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.testing import at

LATER = at(date(2026, 1, 20), "00:00")
TOLD = {
    "campaigns": [campaign("c1"), campaign("c2", channel="push")],
    "campaign_audience": [member("c1", "a"), member("c1", "b"), member("c1", "d", "control"), member("c2", "a")],
    "campaign_spend": [cost("c1", MONDAY, "0.1"), cost("c1", TUESDAY, "0.2", ingested_at=LATER)],
    "promotions": [
        promotion("p1", "tea", campaign_id="c1"),
        promotion("p1", "cup", campaign_id="c1"),
        promotion("p2", "cup", campaign_id="c1"),
        promotion("p3", "pot"),
    ],
}


def test_a_campaign_tells_its_cost_its_arms_and_its_promotions(build: Build) -> None:
    row = build("campaigns", **TOLD).row(0, named=True)
    wanted = {
        "campaign_id": "c1",
        "budget": Decimal("100.0000"),
        "spend": Decimal("0.3000"),
        "days_spent": 2,
        "audience": 3,
        "treated": 2,
        "control": 1,
        "promotions": 2,
        "skus_promoted": 2,
        "ingested_at": LATER,
    }
    assert {name: row[name] for name in wanted} == wanted


def test_a_campaign_of_which_nothing_else_is_known_has_zeros(build: Build) -> None:
    row = build("campaigns", campaigns=[campaign("c1")]).row(0, named=True)
    assert row["spend"] == 0
    assert (row["days_spent"], row["audience"], row["promotions"]) == (0, 0, 0)


def test_no_spend_is_lost_or_doubled(build: Build) -> None:
    assert build("campaigns", **TOLD)["spend"].sum() == Decimal("0.3000")


def test_the_rows_keep_their_contract(build: Build) -> None:
    contract = DOMAIN.product("campaigns").contract
    rows = build("campaigns", **TOLD)
    assert rows.schema == shape_of(contract).schema
    assert screen(contract, rows).is_empty()
