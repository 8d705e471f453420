from datetime import date

import polars as pl

from customers_tests.conftest import Build
from customers_tests.samples import MONDAY, TUESDAY, WEDNESDAY, profile
from mesh_customers.domain import DOMAIN
from mesh_platform.contract import shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.testing import at

JOINED = at(MONDAY, "08:00")
PROFILES = [
    profile("c1", city="Bonn"),
    profile("c1", TUESDAY, "09:00", city="Bonn", signed_up_at=JOINED),
    profile("c1", WEDNESDAY, "10:00", city="Köln", signed_up_at=JOINED),
    profile("c2", TUESDAY, "09:00", email="two@example.org"),
]


def test_a_customer_is_known_as_of_any_time(build: Build) -> None:
    rows = build("customers", profiles=PROFILES).select("customer_id", "valid_from", "valid_to", "is_current", "city")
    assert rows.rows() == [
        ("c1", JOINED, at(WEDNESDAY, "10:00"), False, "Bonn"),
        ("c1", at(WEDNESDAY, "10:00"), None, True, "Köln"),
        ("c2", at(TUESDAY, "09:00"), None, True, None),
    ]


def test_a_profile_that_is_learnt_late_takes_its_place_in_the_history(build: Build) -> None:
    rows = build("customers", profiles=[PROFILES[0], PROFILES[2], profile("c1", date(2026, 1, 6), city="Trier")])
    assert rows["city"].to_list() == ["Bonn", "Trier", "Köln"]
    assert rows["valid_to"].to_list()[:-1] == rows["valid_from"].to_list()[1:]


def test_every_customer_has_exactly_one_current_profile(build: Build) -> None:
    current = build("customers", profiles=PROFILES).group_by("customer_id").agg(pl.col("is_current").sum())
    assert current["is_current"].to_list() == [1, 1]


def test_the_rows_keep_their_contract(build: Build) -> None:
    contract = DOMAIN.product("customers").contract
    rows = build("customers", profiles=PROFILES)
    assert rows.schema == shape_of(contract).schema
    assert screen(contract, rows).is_empty()
