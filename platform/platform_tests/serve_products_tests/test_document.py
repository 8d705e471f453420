"""The OpenAPI document has every product's columns and types, and its routes are answered by the generic ones."""

from __future__ import annotations

from typing import Any

import pytest

from .shop import NAME, Shop


@pytest.fixture(scope="module")
def document(standing: Shop) -> dict[str, Any]:
    """The document of the shop."""
    return standing.app.openapi()


def test_a_row_has_its_columns_types_and_values(document: dict[str, Any]) -> None:
    row = document["components"]["schemas"]["ShopSalesV1Row"]["properties"]
    assert row["sold_on"] == {"type": "string", "format": "date", "description": "The sold_on."}
    assert row["channel"]["enum"] == ["web", "store"]
    assert {"type": "null"} in row["pieces"]["anyOf"]
    assert {"const": "•••"} in row["email"]["anyOf"]


def test_filters_are_typed(document: dict[str, Any]) -> None:
    asked = {p["name"]: p for p in document["paths"][f"/products/{NAME}/rows"]["get"]["parameters"]}
    amount = asked["amount"]
    assert (amount["style"], amount["schema"]["properties"]["gt"]["format"]) == ("deepObject", "decimal")
    assert asked["sort"]["schema"]["items"]["enum"][:2] == ["sku", "-sku"]
    keys = document["paths"][f"/products/{NAME}/rows/{{sku}}/{{sold_on}}"]["get"]["parameters"]
    assert [(p["name"], p["schema"].get("format")) for p in keys if p["in"] == "path"] == [
        ("sku", None),
        ("sold_on", "date"),
    ]


def test_what_the_document_names_is_answered_by_the_generic_routes(shop: Shop, document: dict[str, Any]) -> None:
    found = [
        shop.client.get(path.replace("{sku}", "x").replace("{sold_on}", "2026-03-01")) for path in document["paths"]
    ]
    assert sorted(answer.status_code for answer in found) == [200, 200, 200, 200, 404, 422]


def test_a_description_says_what_may_be_read(shop: Shop) -> None:
    shop.turned(columns=("sku", "email"))
    said = shop.get("").json()
    readable = {c["name"]: (c["readable"], c["masked"]) for c in said["columns"]}
    assert (readable["sku"], readable["amount"], readable["email"]) == ((True, False), (False, False), (True, True))
    assert said["dimensions"] == ["sku", "sold_on", "channel", "gift"]
    assert {"count", "sum(amount)", "max(pieces)"} <= set(said["measures"])
    assert "sum(email)" not in said["measures"]
    assert shop.client.get("/products").json()["products"][0]["name"] == NAME
