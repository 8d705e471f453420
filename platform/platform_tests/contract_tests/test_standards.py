"""The documents keep the standards: ODCS by its own JSON Schema, ODPS by its rules."""

import dataclasses
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest
import yaml
from open_data_contract_standard.model import OpenDataContractStandard

from mesh_platform.contract import Contract, column
from mesh_platform.contract.export.derivation import SAID, Basis, Derivation, Derivations
from mesh_platform.contract.export.documents import export
from mesh_platform.contract.export.odcs import contract_document
from mesh_platform.product import DataProduct

from .samples import OLDER, ORDERS, shop

ODCS = jsonschema.Draft201909Validator(
    json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text(encoding="utf-8")),
    format_checker=jsonschema.FormatChecker(),
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    export([shop()], tmp_path)
    return tmp_path


def _load(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def _properties(root: Path, product: str = "sales/orders/v1") -> dict[str, dict[str, Any]]:
    return {p["name"]: p for p in _load(root / f"{product}.odcs.yaml")["schema"][0]["properties"]}


def test_contracts_are_valid_by_the_standards_own_schema(root: Path) -> None:
    contracts = sorted(root.rglob("*.odcs.yaml"))
    assert len(contracts) == 3
    for path in contracts:
        ODCS.validate(_load(path))
        assert OpenDataContractStandard.from_file(str(path)).apiVersion == "v3.2.0"


@pytest.mark.parametrize("basis", SAID)
def test_what_is_said_of_lineage_keeps_the_standard(tmp_path: Path, basis: Basis) -> None:
    told = Derivation(("sales_raw.order_lines.day",), basis, "sales.fct_orders")
    derivations = Derivations({"day": told, "paid": Derivation((), basis)}, {"sales.models.fraud": told.origins})
    newest = dataclasses.replace(ORDERS, version="2.0.0", older=(OLDER,))
    export([shop(newest)], tmp_path, origins=lambda _, product: derivations)
    for major in (1, 2):
        document = _load(tmp_path / f"sales/orders/v{major}.odcs.yaml")
        ODCS.validate(document)
        [day] = [column for column in document["schema"][0]["properties"] if column["name"] == "day"]
        assert day["transformSourceObjects"] == ["sales_raw.order_lines.day"]
        assert (day["transformLogic"], day["transformDescription"]) == ("sales.fct_orders", SAID[basis])


def test_a_contract_says_who_promises_what(root: Path) -> None:
    contract = _load(root / "sales/orders/v1.odcs.yaml")
    assert {key: contract[key] for key in ("kind", "id", "name", "version", "status", "domain", "tenant")} == {
        "kind": "DataContract",
        "id": "urn:omnishop:contract:sales.orders:v1",
        "name": "sales.orders",
        "version": "1.2.0",
        "status": "active",
        "domain": "sales",
        "tenant": "omnishop",
    }
    assert contract["team"]["members"] == [{"username": "sales@shop.example", "name": "Sales", "role": "owner"}]
    assert [s["channel"] for s in contract["support"]] == ["#sales", "sales@shop.example"]
    assert contract["schema"][0]["dataGranularityDescription"] == "One row per order."
    assert "dataProduct" not in contract  # deprecated by the standard
    assert contract["servers"] == [
        {
            "server": "lake",
            "type": "custom",
            "description": "The Iceberg table in the mesh's lake",
            "dataset": "orders",
            "format": "iceberg",
            "schema": "sales",
        }
    ]


def test_keys_partitions_and_meanings_are_said_of_columns(root: Path) -> None:
    columns = _properties(root)
    key, day, email = columns["order_id"], columns["day"], columns["customer_email"]
    assert (key["primaryKey"], key["primaryKeyPosition"], key["unique"], key["required"]) == (True, 1, True, True)
    assert key["businessName"] == "Order"
    assert key["authoritativeDefinitions"] == [{"type": "businessDefinition", "url": "urn:li:glossaryTerm:Order"}]
    assert (day["partitioned"], day["partitionKeyPosition"]) == (True, 1)
    assert "primaryKey" not in day
    assert (email["classification"], email["criticalDataElement"], email["required"]) == ("confidential", True, False)
    assert email["tags"] == ["personal-data"]
    assert email["customProperties"] == [{"property": "personal", "value": "email"}]
    assert columns["net_amount"]["customProperties"] == [{"property": "unit", "value": "EUR"}]
    assert columns["sku"]["relationships"] == [{"type": "foreignKey", "to": "inventory.products.sku"}]
    daily = _properties(root, "sales/daily_sales/v2")
    assert [daily[name]["primaryKeyPosition"] for name in ("sku", "day")] == [1, 2]
    assert "unique" not in daily["sku"]


def test_bounds_patterns_and_values_are_said_of_columns(root: Path) -> None:
    columns = _properties(root)
    assert columns["order_id"]["logicalTypeOptions"] == {"pattern": r"^o\d+$"}
    assert columns["day"]["logicalTypeOptions"] == {"minimum": "2020-01-01"}
    assert columns["ordered_at"]["logicalTypeOptions"] == {"timezone": True, "defaultTimezone": "Etc/UTC"}
    assert columns["lines"]["logicalTypeOptions"] == {
        "format": "i64",
        "exclusiveMinimum": 0,
        "exclusiveMaximum": 1000,
    }
    assert columns["rating"]["logicalTypeOptions"] == {"format": "f64", "minimum": 1, "maximum": 5}
    assert columns["channel"]["enum"] == [{"value": "store"}, {"value": "web"}]
    (values,) = columns["channel"]["quality"]
    assert (values["metric"], values["mustBe"]) == ("invalidValues", 0)
    assert values["arguments"] == {"validValues": ["store", "web"]}
    sku = _properties(root, "sales/daily_sales/v2")["sku"]
    assert sku["logicalTypeOptions"] == {"minLength": 1, "maxLength": 20}
    (differs,) = sku["quality"]
    assert (differs["type"], differs["mustBe"]) == ("sql", 0)
    assert differs["query"] == "select count(*) from ${table} where sku = 'none'"


def test_rules_and_volume_are_said_as_quality(root: Path) -> None:
    rules = {rule["name"]: rule for rule in _load(root / "sales/orders/v1.odcs.yaml")["schema"][0]["quality"]}
    assert list(rules) == ["key", "net_is_at_most_gross", "min_rows", "max_shrink", "freshness"]
    assert rules["key"]["arguments"] == {"properties": ["order_id"]}
    assert (
        rules["net_is_at_most_gross"]["query"] == "select count(*) from ${table} where not (net_amount <= gross_amount)"
    )
    assert rules["min_rows"]["mustBeGreaterOrEqualTo"] == 2


def test_the_service_level_is_said(root: Path) -> None:
    said = {p["property"]: p for p in _load(root / "sales/orders/v1.odcs.yaml")["slaProperties"]}
    assert {name: (p["value"], p["unit"]) for name, p in said.items()} == {
        "latency": (30, "h"),
        "frequency": (1, "d"),
        "retention": (90, "d"),
        "minRows": (2, "rows"),
        "maxShrink": (0.25, "share"),
        "toleratedBadRows": (0.01, "share"),
    }
    assert said["latency"]["element"] == "orders.day"


class Themes(Contract):
    """Grain: one row per sku."""

    sku: str = column("The product", key=True)
    themes: pl.List = column("What is said", dtype_kwargs={"inner": pl.String})


def test_a_list_says_the_type_of_its_items() -> None:
    document = contract_document(shop(), DataProduct("themes", Themes, "1.0.0", "fct_themes", status="deprecated"))
    ODCS.validate(document)
    themes = document["schema"][0]["properties"][1]
    assert themes["items"] == {"logicalType": "string", "physicalType": "string"}
    assert document["schema"][0]["deprecated"] is True


REQUIRED = {"apiVersion", "kind", "id", "status"}
ALLOWED = REQUIRED | {
    "name",
    "version",
    "domain",
    "tenant",
    "authoritativeDefinitions",
    "description",
    "customProperties",
    "tags",
    "inputPorts",
    "outputPorts",
    "managementPorts",
    "support",
    "team",
    "productCreatedTs",
}
MORE = {"tags", "customProperties", "authoritativeDefinitions"}
PARTS: dict[str, tuple[set[str], set[str]]] = {
    "inputPorts": ({"name", "version", "contractId"}, MORE),
    "outputPorts": ({"name", "version"}, MORE | {"description", "type", "contractId", "sbom", "inputContracts"}),
    "support": ({"channel", "url"}, MORE | {"description", "tool", "scope", "invitationUrl"}),
    "customProperties": ({"property", "value"}, {"description"}),
}
"""ODPS v1.0.0: part → what each entry must have, what else it may have."""


def test_descriptors_keep_the_rules_of_the_standard(root: Path) -> None:
    descriptors = sorted(root.rglob("*.odps.yaml"))
    assert len(descriptors) == 2
    for path in descriptors:
        document = _load(path)
        assert set(document) >= REQUIRED
        assert set(document) <= ALLOWED
        assert (document["apiVersion"], document["kind"]) == ("v1.0.0", "DataProduct")
        assert set(document["description"]) <= {"purpose", "limitations", "usage"}
        assert document["outputPorts"], "a product without output is useless"
        assert set(document["team"]) <= MORE | {"name", "description", "members"}
        assert all("username" in member for member in document["team"]["members"])
        for part, (required, optional) in PARTS.items():
            for entry in document.get(part, []):
                assert required <= set(entry) <= required | optional, part
                assert all(isinstance(entry[key], str) for key in required - {"value"})


def test_a_descriptor_binds_ports_to_contracts(root: Path) -> None:
    document = _load(root / "sales/orders/product.odps.yaml")
    products = {"id": "urn:omnishop:contract:inventory.products:v1", "version": "1"}
    assert document["inputPorts"] == [
        {
            "name": "inventory.products",
            "version": "1",
            "contractId": products["id"],
            "customProperties": [
                {"property": "columns", "value": ["sku", "name"]},
                {"property": "purpose", "value": "names on receipts"},
            ],
        }
    ]
    assert document["outputPorts"] == [
        {
            "name": "orders",
            "description": "The Iceberg table sales.orders",
            "type": "table",
            "version": "1.2.0",
            "contractId": _load(root / "sales/orders/v1.odcs.yaml")["id"],
            "inputContracts": [products],
        }
    ]
