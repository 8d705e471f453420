"""Sources publish what they deliver, beside the products, and are read back without their code."""

import dataclasses
from pathlib import Path

import pytest
import yaml

from mesh_platform.contract import shape_of
from mesh_platform.contract.export.documents import drift, export
from mesh_platform.contract.export.read import published, published_sources
from mesh_platform.contract.export.sources import added_columns
from mesh_platform.errors import BadContract, UserError
from mesh_platform.ingest.tables import raw_layout, raw_table
from mesh_platform.product import DataProduct, Domain, Owner, Source
from mesh_platform.scaffold.names import check_domain_name, check_product_name

from .samples import DAILY, ORDERS, Orders, shop

FILE = "sales/sources/order_lines.odcs.yaml"


def test_a_source_comes_back_as_it_was_declared(tmp_path: Path) -> None:
    domain = shop()
    export([domain], tmp_path)
    (found,) = published_sources(tmp_path)
    (declared,) = domain.sources
    assert (found.domain, found.name, found.system, found.format) == ("sales", "order_lines", "till", "csv")
    assert (found.event_time, found.may_be_empty) == (declared.event_time, declared.may_be_empty)
    assert (found.owner, found.grain, found.key) == (domain.owner, "One row per order.", ("order_id",))
    assert [c.name for c in found.columns] == list(shape_of(Orders).names)
    assert [c.personal for c in found.columns if c.name == "customer_email"] == ["email"]
    assert (found.full_name, found.table) == ("sales.order_lines", "sales_raw.order_lines")
    assert found.landing == "landing/sales/order_lines"
    assert found.path == tmp_path / FILE


def test_a_source_that_may_be_empty_and_has_no_event_time_says_so(tmp_path: Path) -> None:
    source = Source("reports", Orders, "jsonl", "back office", may_be_empty=True)
    export([Domain("sales", Owner("Sales", "sales@shop.example"), "What is sold.", (source,))], tmp_path)
    (found,) = published_sources(tmp_path)
    assert (found.event_time, found.may_be_empty) == (None, True)
    assert [c.name for c in found.added] == ["_file", "_line", "ingested_at"]


@pytest.mark.parametrize("event_time", ["ordered_at", None])
def test_the_document_has_the_columns_of_the_raw_table(event_time: str | None, tmp_path: Path) -> None:
    source = Source("lines", Orders, "csv", "till", event_time)
    domain = Domain("sales", Owner("Sales", "sales@shop.example"), "What is sold.", (source,))
    export([domain], tmp_path)
    (found,) = published_sources(tmp_path)
    layout = raw_layout(source)
    assert found.table == raw_table("sales", "lines")
    assert [c.name for c in (*found.columns, *found.added)] == layout.schema.names()
    assert {name: kind for name, (kind, _) in added_columns(source).items()} == {
        c.name: layout.schema[c.name] for c in found.added
    }
    assert {c.name: c.description for c in found.added}.items() <= layout.descriptions.items()
    document = yaml.safe_load((tmp_path / "sales/sources/lines.odcs.yaml").read_text())
    partitions = [
        p["name"] for p in document["schema"][0]["properties"] if p.get("partitioned") and "_" in p["name"][0]
    ]
    assert partitions == ([layout.partition] if layout.partition else [])


def test_a_source_is_no_product_even_if_its_name_looks_like_a_version(tmp_path: Path) -> None:
    source = Source("v1", Orders, "csv", "till")
    domain = Domain("sales", Owner("Sales", "sales@shop.example"), "What is sold.", (source,), ())
    export([domain], tmp_path)
    assert published(tmp_path) == []
    assert [s.name for s in published_sources(tmp_path)] == ["v1"]


def test_a_changed_source_differs_and_one_that_is_gone_is_an_orphan(tmp_path: Path) -> None:
    export([shop()], tmp_path)
    reworked = dataclasses.replace(shop(), sources=(Source("order_lines", Orders, "csv", "web shop", "ordered_at"),))
    assert [(d.path.relative_to(tmp_path).as_posix(), d.what[:7]) for d in drift([reworked], tmp_path)] == [
        (FILE, "differs")
    ]
    products = tuple(dataclasses.replace(product, sources=()) for product in (ORDERS, DAILY))
    without = dataclasses.replace(shop(), sources=(), products=products)
    (orphan,) = [d for d in drift([without], tmp_path) if d.path == tmp_path / FILE]
    assert orphan.what == "orphaned: no product or source of sales publishes it; delete it"


def test_no_product_and_no_domain_takes_the_place_of_other_documents() -> None:
    with pytest.raises(BadContract, match=r"product 'sources': the name is taken: contracts/<domain>/sources/"):
        DataProduct("sources", Orders, "1.0.0", "fct_sources")
    with pytest.raises(BadContract, match=r"product 'models': the name is taken: <domain>\.models\.<model> names"):
        DataProduct("models", Orders, "1.0.0", "fct_models")
    with pytest.raises(BadContract, match=r"domain 'consumers': contracts/consumers/ is taken"):
        Domain("consumers", Owner("Sales", "sales@shop.example"), "What is sold.")
    with pytest.raises(UserError, match=r"product 'sources': .* choose another name"):
        check_product_name("sources")
    with pytest.raises(UserError, match=r"domain 'consumers': .* choose another name"):
        check_domain_name("consumers")


def test_a_source_document_that_can_not_be_understood_is_named(tmp_path: Path) -> None:
    export([shop()], tmp_path)
    (tmp_path / FILE).write_text("name: sales_raw.order_lines")
    with pytest.raises(
        BadContract, match=r"order_lines\.odcs\.yaml: can't be understood .*; export the contracts again"
    ):
        published_sources(tmp_path)
    with pytest.raises(BadContract, match=r"nowhere: no such folder of published contracts"):
        published_sources(tmp_path / "nowhere")
