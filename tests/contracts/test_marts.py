"""The data tests beside a mart's SQL and the contract of the product that it is promise the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from mesh_platform.contract import shape_of
from mesh_platform.discover import dbt_folder, domain_names, installed_domain
from mesh_platform.product import DataProduct
from tests.contracts.limits import limits

MARTS = [
    (domain, product)
    for domain in domain_names()
    for product in installed_domain(domain).products
    if product.mart and not (product.program or product.recipe)
]


@pytest.mark.parametrize(("domain", "product"), MARTS, ids=[f"{domain}.{product.name}" for domain, product in MARTS])
def test_a_mart_is_not_tested_for_anything_that_its_contract_does_not_promise(
    domain: str, product: DataProduct
) -> None:
    [file] = dbt_folder(domain).rglob(f"{product.mart}.yml")
    [mart] = [model for model in yaml.safe_load(file.read_text())["models"] if model["name"] == product.mart]
    asked = set(_asked(mart))
    assert asked
    assert asked - _promised(product) == set()


def _asked(mart: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """What the data tests ask of rows: the kind, and of which columns or values."""
    for column in mart.get("columns", ()):
        yield "column", column["name"]
        for test in column.get("data_tests", ()):
            name, arguments = (test, {}) if isinstance(test, str) else next(iter(test.items()))
            if name == "unique":
                yield "unique", frozenset([column["name"]])
            elif name == "not_null":
                yield "not_null", column["name"]
            elif name == "accepted_values":
                yield "accepted_values", (column["name"], frozenset(arguments["arguments"]["values"]))
    for test in mart.get("data_tests", ()):
        if isinstance(test, dict) and "dbt_mesh.unique_key" in test:
            yield "unique", frozenset(test["dbt_mesh.unique_key"]["arguments"]["columns"])


def _promised(product: DataProduct) -> set[tuple[str, object]]:
    shape = shape_of(product.contract)
    promised: set[tuple[str, object]] = {("column", name) for name in shape.names} | {("unique", frozenset(shape.key))}
    promised |= {("not_null", column.name) for column in shape.columns if not column.nullable}
    listed = {name: limits(product.contract, name).allowed for name in shape.names}
    return promised | {("accepted_values", (name, frozenset(values))) for name, values in listed.items() if values}
