"""Consumers say strictly what they rely on, and whoever relies on what is not there is told so."""

import dataclasses
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from mesh_platform.contract.consumers import Consumer, Use, consumers, reading_models, reading_products, wrong_uses
from mesh_platform.contract.cycles import refuse_cycles
from mesh_platform.contract.export.documents import export
from mesh_platform.contract.export.read import PublishedProduct, published
from mesh_platform.errors import BadContract

from .samples import shop

TODAY = date(2026, 11, 21)
USE: Mapping[str, Any] = {
    "product": "sales.orders",
    "major": 1,
    "columns": ["order_id", "channel"],
    "values": {"channel": ["web"]},
    "freshness_hours": 30,
    "expires": date(2027, 6, 30),
}
BOARD: Mapping[str, Any] = {
    "name": "board",
    "owner": "bi@shop.example",
    "kind": "dashboard",
    "purpose": "The morning\nreport",
    "uses": [USE],
}


def _write(root: Path, said: object, name: str = "board") -> Path:
    path = root / "consumers" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(said))
    return path


def test_a_consumer_is_read_as_it_declared_itself(tmp_path: Path) -> None:
    _write(tmp_path, dict(BOARD))
    use = Use("sales.orders", 1, ("order_id", "channel"), {"channel": ("web",)}, 30, date(2027, 6, 30))
    assert consumers(tmp_path) == [Consumer("board", "bi@shop.example", "dashboard", "The morning report", (use,))]


def test_without_registered_consumers_there_are_none(tmp_path: Path) -> None:
    assert consumers(tmp_path) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"team": "bi"}, r"no field 'team'; there are: "),
        ({"purpos": "typo"}, r"no field 'purpos'; did you mean 'purpose'\?"),
        ({"owner": None}, r"owner is missing \(rule: name, owner, kind, purpose, uses are needed\); add it"),
        ({"owner": "bi"}, r"owner is 'bi' \(rule: an e-mail address\)"),
        ({"kind": "gadget"}, r"kind is 'gadget' \(rule: one of application, dashboard"),
        ({"purpose": " "}, r"purpose is ' ' \(rule: a text\)"),
        ({"name": "bored"}, r"holds consumer 'bored' .*; rename the file to bored\.yaml"),
        ({"uses": []}, r"uses is \[\] \(rule: a list of at least one use\)"),
        ({"uses": ["sales.orders"]}, r"uses\[0\] is 'sales\.orders' \(rule: fields "),
        ({"uses": [USE, USE]}, r"uses is 'sales\.orders v1 twice' \(rule: one use a product"),
    ],
)
def test_a_wrong_field_of_a_consumer_is_named_with_the_rule(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    _write(tmp_path, {**BOARD, **changes})
    with pytest.raises(BadContract, match=rf"board\.yaml: {said}"):
        consumers(tmp_path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"column": ["order_id"]}, r"no field of uses\[0\] 'column'; did you mean 'columns'\?"),
        ({"expires": None}, r"uses\[0\]\.expires is missing"),
        ({"expires": "next year"}, r"uses\[0\]\.expires is 'next year' \(rule: a day such as 2027-06-30\)"),
        ({"product": "orders"}, r"uses\[0\]\.product is 'orders' \(rule: <domain>\.<product>\)"),
        ({"major": "1"}, r"uses\[0\]\.major is '1' \(rule: 1, 2, …\)"),
        ({"major": True}, r"uses\[0\]\.major is True"),
        ({"columns": []}, r"uses\[0\]\.columns is \[\] \(rule: a list of columns, each once\)"),
        ({"columns": ["order_id", "order_id"]}, r"uses\[0\]\.columns is .* \(rule: a list of columns, each once\)"),
        ({"values": {"channel": "web"}}, r"uses\[0\]\.values is .* \(rule: column: list of values, each once\)"),
        ({"freshness_hours": 0}, r"uses\[0\]\.freshness_hours is 0 \(rule: hours above 0\)"),
    ],
)
def test_a_wrong_field_of_a_use_is_named_with_the_rule(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    _write(tmp_path, {**BOARD, "uses": [{**USE, **changes}]})
    with pytest.raises(BadContract, match=said):
        consumers(tmp_path)


def test_a_name_is_registered_once(tmp_path: Path) -> None:
    _write(tmp_path, dict(BOARD))
    _write(tmp_path, dict(BOARD), "second")
    with pytest.raises(BadContract, match=r"second\.yaml: consumer 'board' is registered in board\.yaml already"):
        consumers(tmp_path)


def test_a_file_that_holds_no_document_is_named(tmp_path: Path) -> None:
    _write(tmp_path, ["board"])
    with pytest.raises(BadContract, match=r"board\.yaml: holds no document; see contracts/consumers/"):
        consumers(tmp_path)


@pytest.fixture(scope="module")
def products(tmp_path_factory: pytest.TempPathFactory) -> list[PublishedProduct]:
    root = tmp_path_factory.mktemp("contracts")
    export([shop()], root)
    return published(root)


BASE = Use("sales.orders", 1, ("order_id", "channel"), {"channel": ("web",)}, 30, date(2027, 6, 30))


def _wrong(use: Use, products: list[PublishedProduct]) -> list[str]:
    return wrong_uses(Consumer("board", "bi@shop.example", "dashboard", "reports", (use,)), products, TODAY)


def test_who_relies_on_what_is_published_is_right(products: list[PublishedProduct]) -> None:
    assert _wrong(BASE, products) == []
    assert _wrong(dataclasses.replace(BASE, expires=TODAY), products) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"product": "sales.order"}, "no product 'sales.order'; did you mean 'sales.orders'?"),
        ({"major": 2}, "sales.orders has no v2; there are: v1"),
        ({"columns": ("order_ids", "channel")}, "sales.orders v1: no column 'order_ids'; did you mean 'order_id'?"),
        ({"values": {"channel": ("wep",)}}, "no value of sales.orders.channel 'wep'; did you mean 'web'?"),
        ({"values": {"order_id": ("o1",)}}, "sales.orders.order_id lists no values to rely on; leave its values out"),
        ({"values": {"paid": (True,)}}, "sales.orders: values of 'paid', which is not among its columns; add it there"),
        (
            {"freshness_hours": 24},
            (
                "sales.orders promises rows at most 30 hours old, freshness_hours is 24 (rule: not less than "
                "promised); ask its owner for a better service level, or raise it"
            ),
        ),
        (
            {"expires": date(2026, 11, 20)},
            "its use of sales.orders expired on 2026-11-20 (rule: renewed or gone); renew or delete it",
        ),
    ],
)
def test_who_relies_on_what_is_not_published_is_told_in_a_line(
    products: list[PublishedProduct], changes: dict[str, Any], said: str
) -> None:
    assert _wrong(dataclasses.replace(BASE, **changes), products) == [f"consumer 'board': {said}"]


def test_a_product_that_reads_products_is_a_consumer(products: list[PublishedProduct]) -> None:
    (reader,) = reading_products(products)
    assert (reader.name, reader.owner, reader.kind) == ("sales.orders", "sales@shop.example", "product")
    (use,) = reader.uses
    assert (use.product, use.major, use.columns, use.expires) == ("inventory.products", 1, ("sku", "name"), date.max)
    assert use.purpose == "names on receipts"


def test_a_model_is_a_consumer_of_its_features() -> None:
    features = ["sales.features.age", "customers.profile.tier", "sales.features.amount"]
    (model,) = reading_models({"sales.models.fraud": features}, "sales@shop.example", {"sales.features": 3})
    assert (model.name, model.kind, model.owner) == ("sales.models.fraud", "model", "sales@shop.example")
    assert [(use.product, use.major, use.columns) for use in model.uses] == [
        ("customers.profile", 1, ("tier",)),
        ("sales.features", 3, ("age", "amount")),
    ]


@pytest.mark.parametrize(
    ("inputs", "cycle"),
    [
        ({"a": ["b"], "b": ["c"], "c": []}, None),
        ({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}, None),
        ({"a": ["a"]}, "a → a"),
        ({"a": ["b"], "b": ["c"], "c": ["a"]}, "a → b → c → a"),
        ({"a": ["b"], "b": ["c"], "c": ["d"], "d": ["b"]}, "b → c → d → b"),
        ({f"p{n:05}": [f"p{n + 1:05}"] for n in range(5_000)}, None),
    ],
    ids=["chain", "diamond", "itself", "three", "further up", "long chain"],
)
def test_products_that_are_made_from_themselves_are_named(inputs: dict[str, list[str]], cycle: str | None) -> None:
    if cycle is None:
        refuse_cycles(inputs)
        return
    with pytest.raises(BadContract, match=rf"input ports form a cycle: {cycle} \(rule: none\)"):
        refuse_cycles(inputs)
