from typing import Any

import polars as pl
import pytest

from mesh_platform.contract import Contract, shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.testing import at
from mesh_sales.domain import DOMAIN
from sales_tests.samples import MONDAY, line, reading

CONTRACTS = [source.contract for source in DOMAIN.sources] + [product.contract for product in DOMAIN.products]


def breaches(contract: type[Contract], row: dict[str, Any]) -> list[str | None]:
    schema = shape_of(contract).schema
    frame = pl.DataFrame([{name: row.get(name) for name in schema}], schema=schema)
    return screen(contract, frame)["column"].to_list()


def test_the_domain_publishes_what_the_mesh_agreed_on() -> None:
    tables = ["daily_sales", "order_features", "order_lines", "orders", "predictions", "store_traffic"]
    assert [p.name for p in DOMAIN.products if p.mart] == tables
    assert [p.name for p in DOMAIN.products if not p.mart] == ["fraud_scores", "model_health"]
    assert {p.name: p.version for p in DOMAIN.products if p.version != "1.0.0"} == {"model_health": "1.1.0"}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.__name__)
def test_a_contract_says_its_grain_and_its_source(contract: type[Contract]) -> None:
    described = " ".join(shape_of(contract).description.split())
    assert "Grain: one row per" in described
    assert "Source: " in described


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.__name__)
def test_what_points_to_a_person_is_personal_and_not_for_everybody(contract: type[Contract]) -> None:
    for column in shape_of(contract).columns:
        if column.name in {"customer_id", "card_id", "device_id", "ip_country"}:
            assert column.meaning.personal
            assert column.meaning.classification in {"confidential", "restricted"}


@pytest.mark.parametrize("source", DOMAIN.sources, ids=lambda s: s.name)
def test_a_source_knows_when_its_rows_happened(source: Any) -> None:
    assert source.event_time in shape_of(source.contract).names


def test_a_good_line_and_a_good_reading_are_accepted() -> None:
    assert breaches(DOMAIN.source("order_lines").contract, line("o1", 1)) == []
    assert breaches(DOMAIN.source("store_sensors").contract, reading("footfall_in", 3)) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("channel", "phone"),
        ("quantity", 0),
        ("unit_price", -1),
        ("discount", -1),
        ("payment_method", "shells"),
        ("currency", "eur"),
        ("order_id", None),
        ("sku", None),
    ],
)
def test_a_bad_line_is_refused(column: str, value: object) -> None:
    assert breaches(DOMAIN.source("order_lines").contract, line("o1", 1) | {column: value}) == [column]


@pytest.mark.parametrize(("column", "value"), [("kind", "smell"), ("value", -1.0), ("store_id", None)])
def test_a_bad_reading_is_refused(column: str, value: object) -> None:
    row = reading("footfall_in", 3) | {column: value}
    assert breaches(DOMAIN.source("store_sensors").contract, row) == [column]


def test_a_report_of_an_unknown_kind_is_refused() -> None:
    row = {"order_id": "o1", "reported_at": at(MONDAY), "kind": "rumour"}
    assert breaches(DOMAIN.source("fraud_reports").contract, row) == ["kind"]
