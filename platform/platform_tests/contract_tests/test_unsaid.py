"""What a document can't say is listed, and what it can say is not."""

from pathlib import Path
from typing import Any

import pandera.polars as pa
import polars as pl
import pytest
from pandera.api.polars.types import PolarsData

from mesh_platform.contract import Contract, Money, column, row_rule
from mesh_platform.contract.audit.rules import rules_of
from mesh_platform.contract.export.odcs import contract_document
from mesh_platform.contract.export.unsaid import unsaid
from mesh_platform.product import DataProduct

from .samples import shop


def _is_even(cls: type[pa.DataFrameModel], data: PolarsData) -> pl.LazyFrame:
    return data.lazyframe.select(pl.col("units") % 2 == 0)


class Parcels(Contract):
    """Grain: one row per parcel."""

    parcel_id: str = column(
        "The parcel.", key=True, str_matches="p[0-9]+", personal="parcel", classification="restricted"
    )
    label: str = column("The label, with the parcel in it.", holds_key=True, str_contains="-", str_startswith="it's")
    kind: str = column("The kind.", notin=["none", "other"], str_endswith="x")
    code: str = column("The code.", str_length={"exact_value": 3})
    sku: str = column("The product.", references="inventory.products.sku")
    weight: Money = column("The weight.", unit="kg", ne=0)
    units: int = column("How many.", eq=2)
    packed_on: pl.Date = column("The day.", partition=True)

    light = row_rule("weight < 30 or units < 5")
    even = pa.dataframe_check(_is_even, name="even units", error="units are even")


PARCELS = DataProduct("parcels", Parcels, "1.0.0", "fct_parcels")


@pytest.fixture(scope="module")
def listed() -> set[tuple[str | None, str]]:
    return {(u.column, u.rule) for u in unsaid([shop(PARCELS)]) if u.table == "sales.parcels"}


def _columns() -> dict[str, dict[str, Any]]:
    return {p["name"]: p for p in contract_document(shop(), PARCELS)["schema"][0]["properties"]}


def test_everything_that_only_the_mesh_checks_is_listed(listed: set[tuple[str | None, str]]) -> None:
    assert listed == {
        (None, "columns"),
        (None, "max_shrink"),
        (None, "freshness"),
        (None, "even"),
        ("packed_on", "partition"),
        ("weight", "weight__type"),
        ("label", "holds_key"),
        ("label", "label__contains"),
        ("sku", "sku__known"),
    }


def test_every_rule_is_either_said_so_that_a_tool_can_check_it_or_listed(listed: set[tuple[str | None, str]]) -> None:
    table = contract_document(shop(), PARCELS)["schema"][0]
    checkable = {rule["name"] for rule in table["quality"] if rule["type"] != "text"}
    for said in table["properties"]:
        checkable |= {rule["name"] for rule in said.get("quality", ()) if rule["type"] != "text"}
        checkable |= {f"{said['name']}__{word}" for word in _said_by_options(said)}
    for (kind, name, _), rule in rules_of(Parcels).items():
        if kind not in ("type", "present", "columns"):  # said as physicalType and required; the last is listed
            assert (rule.name in checkable) != ((name, rule.name) in listed), rule.name


def _said_by_options(said: dict[str, Any]) -> set[str]:
    words = {"pattern": "matches", "minLength": "length"}
    return {words[option] for option in said.get("logicalTypeOptions", {}) if option in words}


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("label__starts", "substr(label, 1, 4) <> 'it''s'"),
        ("kind__none_of", "kind in ('none', 'other')"),
        ("kind__ends", "right(kind, 1) <> 'x'"),
        ("weight__differs", "weight = 0"),
        ("units__equals", "units <> 2"),
    ],
)
def test_checks_without_an_option_are_said_in_sql(name: str, query: str) -> None:
    (rule,) = [r for c in _columns().values() for r in c.get("quality", ()) if r["name"] == name]
    assert (rule["type"], rule["mustBe"]) == ("sql", 0)
    assert rule["query"] == f"select count(*) from ${{table}} where {query}"


def test_a_pattern_matches_from_the_start_as_pandera_has_it() -> None:
    assert _columns()["parcel_id"]["logicalTypeOptions"] == {"pattern": "^p[0-9]+"}


def test_an_exact_length_is_said_as_both_bounds() -> None:
    assert _columns()["code"]["logicalTypeOptions"] == {"minLength": 3, "maxLength": 3}


def test_a_rule_in_python_is_said_as_text() -> None:
    rules = {rule["name"]: rule for rule in contract_document(shop(), PARCELS)["schema"][0]["quality"]}
    assert (rules["even"]["type"], rules["even"]["description"]) == ("text", "Every row: units are even")
    assert "query" not in rules["even"]
    assert rules["light"]["type"] == "sql"


def test_sources_are_listed_under_their_raw_table(tmp_path: Path) -> None:
    assert {u.table for u in unsaid([shop(PARCELS)])} == {"sales.parcels", "sales_raw.order_lines"}
