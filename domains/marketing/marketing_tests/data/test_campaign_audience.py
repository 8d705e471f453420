from datetime import date

from marketing_tests.conftest import Build
from marketing_tests.samples import MONDAY, WEDNESDAY, campaign, member
from mesh_marketing.domain import DOMAIN
from mesh_platform.contract import shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.testing import at

LATER = at(date(2026, 1, 20), "00:00")
TOLD = {
    "campaigns": [campaign("c1", ingested_at=LATER), campaign("c2", channel="push")],
    "campaign_audience": [member("c1", "a"), member("c1", "b", "control"), member("c2", "a", "control")],
}


def test_a_member_is_told_with_the_arm_and_the_campaigns_days_and_channel(build: Build) -> None:
    rows = build("campaign_audience", **TOLD).to_dicts()
    assert [(r["campaign_id"], r["customer_id"], r["arm"], r["channel"]) for r in rows] == [
        ("c1", "a", "treated", "email"),
        ("c1", "b", "control", "email"),
        ("c2", "a", "control", "push"),
    ]
    assert {(r["starts_on"], r["ends_on"]) for r in rows} == {(MONDAY, WEDNESDAY)}
    assert rows[0]["ingested_at"] == LATER


def test_the_rows_keep_their_contract(build: Build) -> None:
    contract = DOMAIN.product("campaign_audience").contract
    rows = build("campaign_audience", **TOLD)
    assert rows.schema == shape_of(contract).schema
    assert screen(contract, rows).is_empty()
