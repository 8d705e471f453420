"""The published documents are what the code says, byte for byte, and a difference never hides."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import yaml

from mesh_platform.contract import Contract, column
from mesh_platform.contract.export.documents import drift, export
from mesh_platform.contract.export.meaning import meaning_of
from mesh_platform.contract.export.types import published_type
from mesh_platform.errors import BadContract
from mesh_platform.product import DataProduct

from .samples import DAILY, OLDER, ORDERS, Orders, shop

FILES = [
    "sales/daily_sales/product.odps.yaml",
    "sales/daily_sales/v2.odcs.yaml",
    "sales/orders/product.odps.yaml",
    "sales/orders/v1.odcs.yaml",
    "sales/sources/order_lines.odcs.yaml",
]


def _places(root: Path, paths: Iterator[Path] | list[Path]) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in paths)


def _drift(root: Path, *products: DataProduct) -> list[tuple[str, str]]:
    return [(d.path.relative_to(root).as_posix(), d.what.split(":")[0]) for d in drift([shop(*products)], root)]


def test_every_product_gets_its_contract_and_its_descriptor_and_every_source_its_contract(tmp_path: Path) -> None:
    assert _places(tmp_path, export([shop()], tmp_path)) == FILES
    assert _places(tmp_path, tmp_path.rglob("*.yaml")) == FILES
    assert drift([shop()], tmp_path) == []


def test_exporting_twice_changes_no_byte(tmp_path: Path) -> None:
    export([shop()], tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.yaml")}
    assert export([shop()], tmp_path) == []
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.yaml")} == before


def test_documents_hold_no_time_and_no_place_of_this_machine(tmp_path: Path) -> None:
    export([shop()], tmp_path / "a")
    export([shop()], tmp_path / "b")
    for file in FILES:
        text = (tmp_path / "a" / file).read_bytes()
        assert text == (tmp_path / "b" / file).read_bytes()
        assert str(tmp_path).encode() not in text
        assert b"file:" not in text


def test_documents_are_block_style_and_keep_their_texts(tmp_path: Path) -> None:
    export([shop()], tmp_path)
    text = (tmp_path / "sales/orders/v1.odcs.yaml").read_text()
    assert "{" not in text.replace("${table}", "")
    assert max(map(len, text.splitlines())) < 140
    assert yaml.safe_load(text)["description"] == {
        "usage": "Join to lines by order_id.",
        "purpose": "What customers bought.\n\nHeaders only: lines are a product of their own.",
        "limitations": "No staff purchases.",
    }


def test_a_removed_document_is_missing(tmp_path: Path) -> None:
    export([shop()], tmp_path)
    (tmp_path / FILES[3]).unlink()
    assert _drift(tmp_path) == [(FILES[3], "missing")]
    assert _places(tmp_path, export([shop()], tmp_path)) == [FILES[3]]


class ReworkedOrders(Orders):
    """What customers bought. Grain: one row per order."""

    channel: str = column("Where the customer was", classification="public", isin=["store", "web"])


def test_a_changed_description_differs_and_is_shown(tmp_path: Path) -> None:
    export([shop()], tmp_path)
    changed = dataclasses.replace(ORDERS, contract=ReworkedOrders)
    found = {d.path.relative_to(tmp_path).as_posix(): d.what for d in drift([shop(changed, DAILY)], tmp_path)}
    assert list(found) == [FILES[2], FILES[3]]  # the source keeps its own contract
    assert "differs" in found[FILES[3]]
    assert "-  purpose: >-" in found[FILES[3]]
    export([shop(changed, DAILY)], tmp_path)
    only_column = dataclasses.replace(ORDERS, contract=_with_channel("Where it was bought"))
    (difference,) = [d for d in drift([shop(only_column, DAILY)], tmp_path) if d.path.name == "v1.odcs.yaml"]
    assert "-        description: Where the customer was" in difference.what
    assert "+        description: Where it was bought" in difference.what


def _with_channel(description: str) -> type[Contract]:
    class Changed(ReworkedOrders):
        """What customers bought. Grain: one row per order."""

        channel: str = column(description, classification="public", isin=["store", "web"])

    return Changed


def test_an_edited_document_differs(tmp_path: Path) -> None:
    export([shop()], tmp_path)
    path = tmp_path / FILES[0]
    path.write_bytes(path.read_bytes() + b"\n")
    assert _drift(tmp_path) == [(FILES[0], "differs")]


def test_documents_of_a_product_that_is_gone_are_orphans_and_export_keeps_them(tmp_path: Path) -> None:
    export([shop()], tmp_path)
    assert export([shop(ORDERS)], tmp_path) == []
    assert _drift(tmp_path, ORDERS) == [(FILES[0], "orphaned"), (FILES[1], "orphaned")]


def test_other_domains_are_left_alone(tmp_path: Path) -> None:
    export([shop()], tmp_path)
    other = dataclasses.replace(shop(), name="inventory")
    export([other], tmp_path)
    (tmp_path / "consumers").mkdir()
    (tmp_path / "consumers" / "board.yaml").write_text("uses: []")
    assert drift([shop()], tmp_path) == []


NEXT = dataclasses.replace(ORDERS, version="2.0.0", older=(OLDER,))


def test_an_older_major_stays_published_beside_the_new_one(tmp_path: Path) -> None:
    export([shop()], tmp_path)
    export([shop(NEXT, DAILY)], tmp_path)
    assert _drift(tmp_path, NEXT, DAILY) == []
    ports = yaml.safe_load((tmp_path / FILES[2]).read_text())["outputPorts"]
    assert [(port["version"], port["contractId"]) for port in ports] == [
        ("1.2.0", "urn:omnishop:contract:sales.orders:v1"),
        ("2.0.0", "urn:omnishop:contract:sales.orders:v2"),
    ]


def test_taking_an_older_major_away_changes_the_descriptor(tmp_path: Path) -> None:
    export([shop()], tmp_path)
    export([shop(NEXT, DAILY)], tmp_path)
    (tmp_path / FILES[3]).unlink()
    assert _drift(tmp_path, NEXT, DAILY) == [(FILES[3], "missing")]
    assert _drift(tmp_path, dataclasses.replace(NEXT, older=()), DAILY) == [(FILES[2], "differs")]


def test_a_newer_major_than_the_code_is_an_orphan(tmp_path: Path) -> None:
    export([shop(dataclasses.replace(NEXT, older=()), DAILY)], tmp_path)
    export([shop()], tmp_path)
    assert _drift(tmp_path) == [("sales/orders/v2.odcs.yaml", "orphaned")]


def test_a_retired_product_keeps_its_descriptor_and_no_contract(tmp_path: Path) -> None:
    export([shop()], tmp_path)
    retired = dataclasses.replace(NEXT, status="retired")
    export([shop(retired, DAILY)], tmp_path)
    assert _drift(tmp_path, retired, DAILY) == [(FILES[3], "orphaned")]
    descriptor = yaml.safe_load((tmp_path / FILES[2]).read_text())
    assert descriptor["status"] == "retired"
    assert "outputPorts" not in descriptor


def test_the_document_of_an_older_major_is_the_codes_whatever_stands_in_it(tmp_path: Path) -> None:
    export([shop(NEXT, DAILY)], tmp_path)
    (tmp_path / FILES[3]).write_text("nothing: here")
    assert _drift(tmp_path, NEXT, DAILY) == [(FILES[3], "differs")]


@pytest.mark.parametrize(
    ("dtype", "logical", "physical"),
    [
        (pl.Decimal(18, 4), "number", "decimal(18,4)"),
        (pl.Datetime("us", "UTC"), "timestamp", "timestamptz"),
        (pl.Datetime("us"), "timestamp", "timestamp"),
        (pl.Date(), "date", "date"),
        (pl.Boolean(), "boolean", "boolean"),
        (pl.Int64(), "integer", "long"),
        (pl.Int32(), "integer", "int"),
        (pl.Float64(), "number", "double"),
        (pl.Float32(), "number", "float"),
        (pl.String(), "string", "string"),
        (pl.List(pl.String), "array", "list<string>"),
    ],
)
def test_types_are_said_in_the_words_of_lake_and_standard(dtype: pl.DataType, logical: str, physical: str) -> None:
    said = published_type(dtype, "sales.orders.x")
    assert (said.logical, said.physical) == (logical, physical)


def test_a_type_that_the_lake_lacks_is_named() -> None:
    with pytest.raises(BadContract, match=r"sales\.orders\.x: the lake has no type for Duration"):
        published_type(pl.Duration("us"), "sales.orders.x")


def test_a_docstring_says_purpose_grain_and_source() -> None:
    meaning = meaning_of(
        """A week of talk.

        Counts every post
        that names it.

        Grain: one row per sku and week (Monday to Sunday). Sources: networks: all; reviews.
        """
    )
    assert meaning.purpose == "A week of talk.\n\nCounts every post that names it."
    assert meaning.summary == "A week of talk."
    assert meaning.grain == "One row per sku and week (Monday to Sunday)."
    assert meaning.source == "Networks: all; reviews."
    assert (meaning.usage, meaning.limitations) == ("", "")
