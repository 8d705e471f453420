"""Products made by Python and by models, with the real lake and registry, without an orchestrator."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from mesh_platform.contract import Contract, column
from mesh_platform.errors import BadContract, NoChampion, UnknownName, UserError
from mesh_platform.ml import Making
from mesh_platform.ml.registry import Registry
from mesh_platform.pipeline.models import find_model, named, train_model
from mesh_platform.pipeline.steps import refresh_product
from mesh_platform.product import DataProduct, Domain, InputPort
from mesh_platform.settings import Settings
from platform_tests.ml_tests import shop

from .kiosk import LENIENT, OWNER, Mesh

PORT = InputPort(shop.TABLE, ("visit", "minutes", "bought"), "Learns who buys.")
PURCHASE = shop.Purchase()


class Hours(Contract):
    """Minutes spent a day. Grain: one row per day."""

    day: date = column("The day.", key=True, partition=True)
    minutes: float = column("All minutes.", unit="minutes")


def minutes_a_day(making: Making) -> pl.DataFrame:
    """Add up the minutes of each day."""
    return making.tables.sql(f"select day, sum(minutes) as minutes from {shop.TABLE} group by day order by day")


HERE = __name__
PURCHASES = DataProduct(
    "purchases", shop.Purchases, "1.0.0", recipe=f"{HERE}:PURCHASE", inputs=(PORT,), service_level=LENIENT
)
HOURS = DataProduct("hours", Hours, "1.0.0", program=f"{HERE}:minutes_a_day", inputs=(PORT,), service_level=LENIENT)
NEWEST = replace(HOURS, name="newest", accumulates=True)
KIOSK = Domain("kiosk", OWNER, "A kiosk.", products=(PURCHASES, HOURS, NEWEST))


@pytest.fixture
def mesh(mesh: Mesh, registry_file: Path) -> Mesh:
    """A mesh with an empty registry and the visits published."""
    folder = mesh.settings.home / "models"
    folder.mkdir(parents=True)
    shutil.copy2(registry_file, folder / "registry.db")
    shop.publish(mesh.lake, shop.visits())
    return mesh


@pytest.fixture(scope="module")
def registry_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a registry without models; making it takes seconds."""
    settings = Settings.load(tmp_path_factory.mktemp("registry"))
    Registry.open(settings).models()
    return settings.home / "models" / "registry.db"


def test_a_model_product_waits_for_a_champion_and_follows_it(mesh: Mesh) -> None:
    with pytest.raises(NoChampion, match="mesh train purchase"):
        refresh_product(KIOSK, PURCHASES, mesh.context())
    assert mesh.lake.current("kiosk.purchases") is None
    train_model(KIOSK, PURCHASES, mesh.context())
    first = refresh_product(KIOSK, PURCHASES, mesh.context())
    assert first.snapshot.properties["model"] == "purchase:1"
    assert mesh.lake.scan("kiosk.purchases").collect()["model_version"].unique().to_list() == [1]
    assert not refresh_product(KIOSK, PURCHASES, mesh.context()).changed
    train_model(KIOSK, PURCHASES, mesh.context())
    assert refresh_product(KIOSK, PURCHASES, mesh.context()).why == "its model changed"
    assert mesh.lake.scan("kiosk.purchases").collect()["model_version"].unique().to_list() == [2]
    Registry.open(mesh.settings).demote("purchase")
    assert refresh_product(KIOSK, PURCHASES, mesh.context()).snapshot.properties["model"] == "purchase:1"


def test_a_model_can_be_trained_as_of_an_earlier_time_but_not_of_a_later_one(mesh: Mesh) -> None:
    earlier = shop.NOW - timedelta(days=6)
    assert train_model(KIOSK, PURCHASES, mesh.context(), earlier).version.as_of == earlier
    with pytest.raises(UserError, match="can't train as of 2026-01-26 00:00: its tables are known until 2026-01-25"):
        train_model(KIOSK, PURCHASES, mesh.context(), datetime(2026, 1, 26, tzinfo=UTC))


def test_a_model_learns_only_from_what_its_product_declares(mesh: Mesh) -> None:
    other = replace(PORT, product="kiosk.hours")
    refresh_product(KIOSK, HOURS, mesh.context())
    with pytest.raises(BadContract, match=r"learns from shop\.visits, which kiosk\.purchases does not declare"):
        train_model(KIOSK, replace(PURCHASES, inputs=(other,)), mesh.context())


def test_a_program_makes_the_days_that_changed(mesh: Mesh) -> None:
    refresh_product(KIOSK, HOURS, mesh.context())
    assert mesh.lake.scan("kiosk.hours").collect().height == shop.DAYS
    snapshot = mesh.lake.current(shop.TABLE)
    assert snapshot is not None
    assert refresh_product(KIOSK, HOURS, mesh.context()).changed is False
    assert refresh_product(KIOSK, HOURS, mesh.context()).snapshot.inputs == {shop.TABLE: snapshot.snapshot_id}


def test_what_accumulates_makes_the_newest_day_and_keeps_the_older_ones(mesh: Mesh) -> None:
    refresh_product(KIOSK, NEWEST, mesh.context())
    newest = mesh.lake.scan("kiosk.newest").collect()
    assert newest["day"].to_list() == [shop.NOW.date() - timedelta(days=1)]
    later = shop.visits(seed=3).with_columns(day=pl.col("day") + timedelta(days=1))
    shop.publish(mesh.lake, later, "later")
    refresh_product(KIOSK, NEWEST, mesh.context())
    both = mesh.lake.scan("kiosk.newest").sort("day").collect()
    assert both["day"].to_list() == [shop.NOW.date() - timedelta(days=1), shop.NOW.date()]
    assert both.head(1).equals(newest), "what was thought then stays"


def test_an_unknown_model_says_which_there_are() -> None:
    assert find_model({"kiosk": KIOSK}, "purchase") == (KIOSK, PURCHASES)
    with pytest.raises(UnknownName, match="no model 'purchas'; did you mean 'purchase'"):
        find_model({"kiosk": KIOSK}, "purchas")


def test_a_reference_to_nothing_is_named() -> None:
    with pytest.raises(BadContract, match=r"'platform_tests\.nowhere:THING' names nothing"):
        named("platform_tests.nowhere:THING")


@pytest.mark.parametrize("made_by", [{}, {"program": "a:b", "recipe": "a:C"}])
def test_a_product_has_one_maker(made_by: dict[str, str]) -> None:
    with pytest.raises(BadContract, match="product 'hours' is made by"):
        DataProduct("hours", Hours, "1.0.0", **made_by)  # type: ignore[arg-type]
