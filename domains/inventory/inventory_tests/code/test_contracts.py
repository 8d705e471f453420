from typing import Any

import polars as pl
import pytest

from inventory_tests.samples import DAYS, location, movement, version
from mesh_inventory.domain import DOMAIN
from mesh_platform.contract import Contract, shape_of
from mesh_platform.contract.screen import screen

CONTRACTS = [source.contract for source in DOMAIN.sources] + [product.contract for product in DOMAIN.products]
SECRETS = {"cost", "supplier_id", "expected_stock_out_cost", "expected_holding_cost", "simulated_cost", "current_cost"}


def breaches(source: str, row: dict[str, Any]) -> list[str | None]:
    contract = DOMAIN.source(source).contract
    schema = shape_of(contract).schema
    frame = pl.DataFrame([{name: row.get(name) for name in schema}], schema=schema)
    return screen(contract, frame)["column"].to_list()


def test_the_domain_publishes_what_the_mesh_agreed_on() -> None:
    assert {p.name for p in DOMAIN.products} >= {"products", "stock_levels", "demand_forecast", "replenishment_plan"}
    assert {p.name: p.version for p in DOMAIN.products if p.version != "1.0.0"} == {"model_health": "1.1.0"}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.__name__)
def test_a_contract_says_its_grain_and_its_source(contract: type[Contract]) -> None:
    described = " ".join(shape_of(contract).description.split())
    assert "Grain: one row per" in described
    assert "Source: " in described


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.__name__)
def test_what_a_product_costs_and_who_supplies_it_stays_in_the_company(contract: type[Contract]) -> None:
    secret = {c.name: c.meaning.classification for c in shape_of(contract).columns if c.name in SECRETS}
    assert set(secret.values()) <= {"confidential"}


def test_a_movement_moves_a_known_product_at_a_known_location() -> None:
    references = shape_of(DOMAIN.source("stock_movements").contract).references
    assert references == {"location_id": "inventory.locations.location_id", "sku": "inventory.product_master.sku"}


def test_good_rows_are_accepted() -> None:
    assert breaches("stock_movements", movement(DAYS[0], 5, 5)) == []
    assert breaches("locations", location("S1", "store")) == []
    assert breaches("product_master", version("tea", DAYS[0])) == []


@pytest.mark.parametrize(
    ("column", "value"), [("kind", "theft"), ("quantity", 0), ("on_hand_after", -1), ("sku", None), ("moved_at", None)]
)
def test_a_bad_movement_is_refused(column: str, value: object) -> None:
    assert breaches("stock_movements", movement(DAYS[0], 5, 5) | {column: value}) == [column]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("cost", -1),
        ("list_price", -1),
        ("pack_size", 0),
        ("lead_time_days", -1),
        ("shelf_life_days", 0),
        ("name", None),
    ],
)
def test_a_bad_product_is_refused(column: str, value: object) -> None:
    assert breaches("product_master", version("tea", DAYS[0]) | {column: value}) == [column]


def test_a_location_of_an_unknown_kind_is_refused() -> None:
    assert breaches("locations", location("S1", "kiosk")) == ["kind"]
