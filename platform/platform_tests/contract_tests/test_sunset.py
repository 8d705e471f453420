"""An older major version is served until its sunset, which its documents say, and is deleted afterwards."""

import dataclasses
import json
from datetime import date
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
import yaml

from mesh_platform.contract import Contract, column
from mesh_platform.contract.diff import demands, differences, of_folder, of_texts, verdicts
from mesh_platform.contract.export.documents import documents, drift, export
from mesh_platform.contract.export.read import published
from mesh_platform.errors import BadContract
from mesh_platform.product import OlderMajor

from .samples import DAILY, OLDER, ORDERS, shop

SUNSET = date(2027, 6, 30)
NEXT = dataclasses.replace(ORDERS, version="2.0.0", older=(OLDER,))
BEFORE, AFTER = date(2027, 6, 30), date(2027, 7, 1)
OLD = "sales/orders/v1.odcs.yaml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Version 1 was published, then version 2 beside it."""
    export([shop()], tmp_path)
    export([shop(NEXT, DAILY)], tmp_path)
    return tmp_path


def test_an_older_major_says_that_it_ends_and_when(root: Path) -> None:
    document = yaml.safe_load((root / OLD).read_text())
    assert document["status"] == "deprecated"
    ends = [p["value"] for p in document["slaProperties"] if p["property"] == "endOfLife"]
    assert ends == ["2027-06-30"]
    schema = files("open_data_contract_standard").joinpath("schema.json").read_text(encoding="utf-8")
    jsonschema.Draft201909Validator(json.loads(schema)).validate(document)


def test_its_port_says_so_too(root: Path) -> None:
    ports = yaml.safe_load((root / "sales/orders/product.odps.yaml").read_text())["outputPorts"]
    assert [port.get("customProperties") for port in ports] == [
        [{"property": "status", "value": "deprecated"}, {"property": "endOfLife", "value": "2027-06-30"}],
        None,
    ]


def test_everything_else_of_it_stays_as_it_was(tmp_path: Path) -> None:
    export([shop()], tmp_path)
    before = yaml.safe_load((tmp_path / OLD).read_text())
    export([shop(NEXT, DAILY)], tmp_path)
    after = yaml.safe_load((tmp_path / OLD).read_text())
    assert {k for k in before if before[k] != after[k]} == {"status", "slaProperties", "servers", "schema"}
    assert after["slaProperties"][:-1] == before["slaProperties"]
    [was], [now] = before["schema"], after["schema"]
    assert {k for k in now if now[k] != was.get(k)} == {"physicalName", "deprecated"}
    assert (now["physicalName"], after["servers"][0]["dataset"]) == ("sales.orders_v1", "orders_v1")


def test_readers_are_told_until_when_it_is_served(root: Path) -> None:
    found = {p.version: p for p in published(root) if p.name == "orders"}
    assert {version: p.sunset for version, p in found.items()} == {"1.2.0": SUNSET, "2.0.0": None}
    assert (found["1.2.0"].served_on(BEFORE), found["1.2.0"].served_on(AFTER)) == (True, False)
    assert found["2.0.0"].served_on(AFTER)


def test_exporting_again_and_moving_the_sunset_change_only_the_sunset(root: Path) -> None:
    assert export([shop(NEXT, DAILY)], root) == []
    moved = dataclasses.replace(NEXT, older=(dataclasses.replace(OLDER, sunset=date(2027, 12, 31)),))
    changed = [path.relative_to(root).as_posix() for path in export([shop(moved, DAILY)], root)]
    assert sorted(changed) == ["sales/orders/product.odps.yaml", OLD]
    assert (root / OLD).read_text().count("endOfLife") == 1


def test_on_its_last_day_nothing_is_wrong_and_on_the_next_it_is_to_be_deleted(root: Path) -> None:
    domain = shop(NEXT, DAILY)
    assert drift([domain], root, today=BEFORE) == []
    (past,) = drift([domain], root, today=AFTER)
    assert past.path == root / OLD
    assert past.what == "past its sunset of 2027-06-30: take it out of the code and delete it"
    (root / OLD).unlink()
    without = shop(dataclasses.replace(NEXT, older=()), DAILY)
    export([without], root)
    assert drift([without], root, today=AFTER) == []


def test_an_older_major_that_nothing_makes_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    export([shop()], tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.yaml")}
    undeclared = dataclasses.replace(NEXT, older=())
    with pytest.raises(
        BadContract, match=r"sales\.orders: v1 is published beside 2\.0\.0, and nothing makes its rows .*older=\(Older"
    ):
        export([shop(undeclared, DAILY)], tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.yaml")} == before


@pytest.mark.parametrize("version", ["", "1", "1.0", "v1.0.0", "1.0.0-rc1", "one"])
def test_a_version_has_three_numbers(version: str) -> None:
    with pytest.raises(BadContract, match=rf"product 'orders': version '{version}' \(rule: major\.minor\.patch"):
        dataclasses.replace(ORDERS, version=version)


@pytest.mark.parametrize("major", [0, 2, 3])
def test_only_an_older_major_is_published_beside_the_newest(major: int) -> None:
    with pytest.raises(BadContract, match=rf"product 'orders' 2\.0\.0 declares v{major} beside it"):
        dataclasses.replace(NEXT, older=(dataclasses.replace(OLDER, version=f"{major}.0.0"),))


class LeanOrders(Contract):
    """What customers bought, in fewer words. Grain: one row per order."""

    order_id: str = column("The order", key=True)
    day: date = column("The day of the order", partition=True)


def test_a_break_that_comes_as_a_new_major_beside_the_old_one_is_all_that_is_asked(tmp_path: Path) -> None:
    export([shop()], tmp_path)
    before = of_folder(tmp_path)
    cases: list[tuple[str, tuple[OlderMajor, ...], bool]] = [("1.3.0", (), False), ("2.0.0", (OLDER,), True)]
    for version, older, is_met in cases:
        lean = dataclasses.replace(ORDERS, contract=LeanOrders, version=version, older=older)
        now = of_texts(documents([shop(lean, DAILY)], tmp_path))
        asked = demands(before, now, verdicts(differences(before, now), [], today=BEFORE), BEFORE)
        assert all(demand.met for demand in asked) is is_met, asked
