from typing import Any

import polars as pl
import pytest

from customers_tests.samples import MONDAY, NEIGHBOURS, post, profile
from mesh_customers.domain import DOMAIN
from mesh_platform.contract import Contract, shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.testing import end_of

CONTRACTS = [source.contract for source in DOMAIN.sources] + [product.contract for product in DOMAIN.products]
OF_A_PERSON = {
    "customer_id",
    "first_name",
    "last_name",
    "email",
    "phone",
    "birth_date",
    "city",
    "postcode",
    "country",
    "loyalty_tier",
    "consent_marketing",
    "consent_profiling",
    "author_handle",
    "text",
}


def breaches(contract: type[Contract], row: dict[str, Any]) -> list[str | None]:
    schema = shape_of(contract).schema
    frame = pl.DataFrame([{name: row.get(name) for name in schema}], schema=schema)
    return screen(contract, frame)["column"].to_list()


def rules(contract: type[Contract], row: dict[str, Any]) -> list[str]:
    schema = shape_of(contract).schema
    frame = pl.DataFrame([{name: row.get(name) for name in schema}], schema=schema)
    return screen(contract, frame)["rule"].to_list()


def test_the_domain_publishes_what_the_mesh_agreed_on() -> None:
    assert [p.name for p in DOMAIN.products] == [
        "churn_risk",
        "customer_360",
        "customer_voice",
        "customers",
        "model_health",
        "post_sentiment",
        "predictions",
        "voice_sentiment",
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
        if column.name in OF_A_PERSON:
            assert column.meaning.personal
            assert column.meaning.classification in {"confidential", "restricted"}


def test_names_and_addresses_of_communication_are_restricted() -> None:
    columns = {c.name: c for c in shape_of(DOMAIN.product("customers").contract).columns}
    restricted = {name for name, c in columns.items() if c.meaning.classification == "restricted"}
    assert restricted == {"first_name", "last_name", "email", "phone", "birth_date"}


def test_a_day_of_a_customer_points_to_a_published_customer() -> None:
    references = shape_of(DOMAIN.product("customer_360").contract).references
    assert references == {"customer_id": "customers.customers.customer_id"}


def test_the_declared_inputs_are_those_that_the_tests_feed() -> None:
    by_sql = ("customer_360", "voice_sentiment")
    ports = {port.product: set(port.columns) for name in by_sql for port in DOMAIN.product(name).inputs}
    assert ports == {name: set(schema) for name, schema in NEIGHBOURS.items()}


def test_a_good_profile_and_a_good_post_are_accepted() -> None:
    assert breaches(DOMAIN.source("profiles").contract, profile("c1")) == []
    assert breaches(DOMAIN.source("posts").contract, post("p1", rating=5)) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("customer_id", None),
        ("customer_id", "two words"),
        ("changed_at", None),
        ("country", "de"),
        ("country", "DEU"),
        ("country", None),
        ("signed_up_at", None),
        ("loyalty_tier", "platinum"),
        ("consent_marketing", None),
        ("consent_profiling", None),
    ],
)
def test_a_bad_profile_is_refused(column: str, value: object) -> None:
    assert breaches(DOMAIN.source("profiles").contract, profile("c1") | {column: value}) == [column]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("post_id", None),
        ("posted_at", None),
        ("network", "myspace"),
        ("text", None),
        ("rating", 0),
        ("rating", 6),
        ("language", "english"),
    ],
)
def test_a_bad_post_is_refused(column: str, value: object) -> None:
    assert breaches(DOMAIN.source("posts").contract, post("p1") | {column: value}) == [column]


@pytest.mark.parametrize(
    "changes",
    [
        {"is_current": True, "valid_to": end_of(MONDAY)},
        {"is_current": False, "valid_to": None},
        {"is_current": False, "valid_to": profile("c1")["changed_at"]},
    ],
)
def test_a_validity_that_contradicts_itself_is_refused(changes: dict[str, Any]) -> None:
    good = profile("c1") | {"valid_from": profile("c1")["changed_at"], "is_current": True}
    contract = DOMAIN.product("customers").contract
    assert rules(contract, good) == []
    assert len(rules(contract, good | changes)) == 1


@pytest.mark.parametrize(("column", "value"), [("unrated_posts", 1), ("rating_5", 2), ("reviews", 3)])
def test_counts_of_mentions_that_do_not_add_up_are_refused(column: str, value: int) -> None:
    counts = dict.fromkeys(("unrated_posts", "rating_1", "rating_2", "rating_3", "rating_4"), 0)
    good = counts | {
        "sku": "tea",
        "week": MONDAY,
        "mentions": 1,
        "reviews": 1,
        "networks": 1,
        "rated": 1,
        "rating_5": 1,
    }
    contract = DOMAIN.product("customer_voice").contract
    assert rules(contract, good | {"ingested_at": end_of(MONDAY)}) == []
    assert len(rules(contract, good | {"ingested_at": end_of(MONDAY), column: value})) == 1
