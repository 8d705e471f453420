"""An older major version is read by its number, with a word about its end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from mesh_platform.cli.main import app
from mesh_platform.contract import shape_of
from mesh_platform.contract.export.documents import export
from mesh_platform.lake import Lake, Made, TableLayout, WholeTable
from mesh_platform.product import OlderMajor
from mesh_platform.settings import Settings
from platform_tests.pipeline_tests.kiosk import DAILY, KIOSK, MONDAY

Show = Callable[..., Result]


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Show:
    """`mesh show` in a project whose kiosk publishes a second major version, and the first one until a day."""
    (tmp_path / "workspace.yaml").touch()
    monkeypatch.setenv("MESH_ROOT", str(tmp_path))
    monkeypatch.setenv("MESH_HOME", str(tmp_path / "home"))
    lake, shape = Lake.open(Settings.load()), shape_of(DAILY.contract)
    for table, item in (("kiosk.daily", "new"), ("kiosk.daily_v1", "old")):
        rows = pl.DataFrame([(item, MONDAY, 1)], schema=shape.schema, orient="row")
        made = Made("run", "code", "1.0.0", {})
        lake.publish(table, TableLayout.of(shape), partial(list, [rows]), replace=WholeTable(), made=made, audit=None)

    def run(*words: str, sunset: date = date.max) -> Result:
        older = OlderMajor("1.0.0", DAILY.contract, "select * from newest", sunset)
        products = (replace(DAILY, version="2.0.0", older=(older,)),)
        export([replace(KIOSK, products=products)], tmp_path / "contracts")
        return CliRunner().invoke(app, ["show", *words, "--json"])

    return run


@pytest.mark.parametrize(
    ("words", "item"),
    [
        (("kiosk.daily",), "new"),
        (("kiosk.daily", "--major", "2"), "new"),
        (("kiosk.daily", "--major", "1"), "old"),
        (("kiosk.daily_v1",), "old"),
    ],
)
def test_a_major_version_is_read_by_its_number_or_its_table(show: Show, words: tuple[str, ...], item: str) -> None:
    assert f'"item": "{item}"' in show(*words).stdout


def test_a_reader_is_told_until_when_it_is_served_and_since_when_it_is_not_made(show: Show) -> None:
    said = show("kiosk.daily", "--major", "1").stderr
    assert said == "kiosk.daily v1 is served until 9999-12-31; use the newest major version\n"
    past = date.today() - timedelta(days=2)  # noqa: DTZ011 - two days ago it is past in every zone
    said = show("kiosk.daily", "--major", "1", sunset=past).stderr
    assert said == f"kiosk.daily v1 is made no more since {past}; use the newest major version\n"
    assert show("kiosk.daily").stderr == ""


def test_a_major_version_that_is_not_published_is_named_with_those_that_are(show: Show) -> None:
    missing = show("kiosk.daily", "--major", "3").exception
    assert str(missing) == "kiosk.daily has no v3; there are: v1, v2"
