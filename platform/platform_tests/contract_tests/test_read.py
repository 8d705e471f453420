"""What was published is read back whole, quickly and without any contract's code."""

import ast
import dataclasses
import sys
import time
from pathlib import Path

import pytest

from mesh_platform.contract import shape_of
from mesh_platform.contract.export import read
from mesh_platform.contract.export.documents import export
from mesh_platform.contract.export.read import PublishedProduct, published
from mesh_platform.errors import BadContract

from .samples import DAILY, OLDER, ORDERS, shop


def _published(root: Path) -> dict[tuple[str, int], PublishedProduct]:
    return {(product.full_name, product.major): product for product in published(root)}


def test_a_product_comes_back_as_it_was_declared(tmp_path: Path) -> None:
    domain = shop()
    export([domain], tmp_path)
    for declared in domain.products:
        found = _published(tmp_path)[domain.full_name(declared), declared.major]
        shape = shape_of(declared.contract)
        assert (found.domain, found.name, found.version) == ("sales", declared.name, declared.version)
        assert found.owner == domain.owner
        assert found.service_level == declared.service_level
        assert (found.key, found.partition, found.sort) == (shape.key, shape.partition, shape.sort)
        assert (found.inputs, found.sources) == (declared.inputs, declared.sources)
        assert found.path == tmp_path / "sales" / declared.name / f"v{declared.major}.odcs.yaml"


def test_every_column_comes_back_with_its_meaning(tmp_path: Path) -> None:
    export([shop()], tmp_path)
    for declared in (ORDERS, DAILY):
        found = _published(tmp_path)[f"sales.{declared.name}", declared.major]
        assert [
            (c.name, c.description, c.classification, c.required, c.personal, c.unit, c.term, c.references)
            for c in found.columns
        ] == [
            (c.name, c.description, m.classification, not c.nullable, m.personal, m.unit, m.term, m.references)
            for c in shape_of(declared.contract).columns
            for m in [c.meaning]
        ]


def test_types_values_and_texts_come_back(tmp_path: Path) -> None:
    export([shop()], tmp_path)
    orders = _published(tmp_path)["sales.orders", 1]
    columns = {c.name: c for c in orders.columns}
    assert (columns["net_amount"].type, columns["net_amount"].logical_type) == ("decimal(18,4)", "number")
    assert columns["ordered_at"].type == "timestamptz"
    assert columns["channel"].values == ("store", "web")
    assert orders.description == "What customers bought.\n\nHeaders only: lines are a product of their own."
    assert (orders.grain, orders.status) == ("One row per order.", "active")


def test_each_major_version_alive_is_an_entry(tmp_path: Path) -> None:
    export([shop()], tmp_path)
    export([shop(dataclasses.replace(ORDERS, version="2.0.0", older=(OLDER,)), DAILY)], tmp_path)
    found = published(tmp_path)
    assert [(p.name, p.version) for p in found] == [("daily_sales", "2.0.1"), ("orders", "1.2.0"), ("orders", "2.0.0")]
    assert [len(p.inputs) for p in found] == [0, 0, 1]


def test_a_retired_product_is_not_published(tmp_path: Path) -> None:
    export([shop(dataclasses.replace(ORDERS, status="retired"), DAILY)], tmp_path)
    assert [p.name for p in published(tmp_path)] == ["daily_sales"]


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadContract, match=r"nowhere: no such folder of published contracts"):
        published(tmp_path / "nowhere")


@pytest.mark.parametrize("text", ["", "a: [", "version: 1.0.0"])
def test_a_document_that_can_not_be_read_is_named(tmp_path: Path, text: str) -> None:
    export([shop()], tmp_path)
    (tmp_path / "sales/orders/v1.odcs.yaml").write_text(text)
    with pytest.raises(BadContract, match=r"v1\.odcs\.yaml: .*; export the contracts again"):
        published(tmp_path)


def test_reading_needs_only_yaml_and_the_vocabulary() -> None:
    imported = set()
    for node in ast.walk(ast.parse(Path(read.__file__).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module or "")
    own = {
        f"mesh_platform.{name}" for name in ("errors", "product", "contract.export.names", "contract.export.published")
    }
    allowed = sys.stdlib_module_names | {"yaml"} | own
    assert {name for name in imported if name.split(".")[0] not in sys.stdlib_module_names} <= allowed


def test_eleven_products_are_read_in_the_blink_of_an_eye(tmp_path: Path) -> None:
    products = [dataclasses.replace(ORDERS, name=f"orders_{number}") for number in range(11)]
    export([shop(*products)], tmp_path)
    assert len(published(tmp_path)) == 11  # and what is imported only once
    assert min(_seconds(tmp_path) for _ in range(5)) < 0.15, "the best of five: other processes must not fail this test"


def _seconds(contracts: Path) -> float:
    started = time.process_time()
    published(contracts)
    return time.process_time() - started
