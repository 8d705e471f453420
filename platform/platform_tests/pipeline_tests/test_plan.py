"""A product is made when something that it is made from has changed, and no more of it than that."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from mesh_platform.contract import shape_of
from mesh_platform.errors import MissingSource
from mesh_platform.lake import Days, Made, TableLayout, WholeTable
from mesh_platform.pipeline.days import Days as DaySet
from mesh_platform.pipeline.days import day_range
from mesh_platform.pipeline.plan import Plan, input_tables, plan, spoken
from mesh_platform.product import DataProduct

from .kiosk import CAFE, DAILY, KIOSK, MONDAY, NEXT_MONDAY, PRICED, RUNNING, SUMMED, TUESDAY, WEDNESDAY, WEEKLY, Mesh

CODE = "code"


def look(mesh: Mesh, product: DataProduct = DAILY, code: str = CODE, forced: DaySet | None = frozenset()) -> Plan:
    return plan(KIOSK, product, mesh.lake, code, forced)


def publish(mesh: Mesh, product: DataProduct, days: Iterable[date] = (MONDAY,)) -> None:
    """Publish a product as a run with today's inputs would."""
    shape = shape_of(product.contract)
    frame = pl.DataFrame([{name: _value(name, day) for name in shape.names} for day in days], schema=shape.schema)
    mesh.lake.publish(
        KIOSK.full_name(product),
        TableLayout.of(shape),
        lambda: [frame],
        replace=WholeTable(),
        made=Made("run", CODE, product.version, look(mesh, product).inputs),
        audit=None,
    )


def _value(name: str, day: date) -> object:
    return {"item": "tea", "pieces": 1}.get(name, day)


def two_days(mesh: Mesh) -> None:
    mesh.land(MONDAY, ("1", MONDAY, "tea", 2))
    mesh.land(TUESDAY, ("2", TUESDAY, "tea", 3))
    mesh.ingest()


def test_a_source_that_never_landed_is_named_with_its_product(mesh: Mesh) -> None:
    with pytest.raises(MissingSource, match=r"^kiosk\.priced lacks source kiosk/sold, source kiosk/goods$"):
        look(mesh, PRICED)
    with pytest.raises(MissingSource, match=r"^cafe\.menu lacks source cafe/goods, product kiosk\.daily$"):
        plan(CAFE, CAFE.product("menu"), mesh.lake, CODE)


def test_a_source_without_any_row_counts_as_missing(mesh: Mesh) -> None:
    mesh.land(MONDAY)
    mesh.ingest()
    with pytest.raises(MissingSource):
        look(mesh)


def test_a_product_without_a_snapshot_is_made_whole(mesh: Mesh) -> None:
    two_days(mesh)
    found = look(mesh)
    snapshot = mesh.lake.current("kiosk_raw.sold")
    assert snapshot is not None
    assert found == Plan(None, {"kiosk_raw.sold": snapshot.snapshot_id}, "first snapshot")
    assert found.needed


@pytest.mark.parametrize("product", [DAILY, WEEKLY, RUNNING, SUMMED], ids=lambda p: p.name)
def test_nothing_is_made_where_nothing_changed(mesh: Mesh, product: DataProduct) -> None:
    two_days(mesh)
    publish(mesh, DAILY)
    publish(mesh, product)
    assert not look(mesh, product).needed


def test_only_the_days_that_changed_are_made(mesh: Mesh) -> None:
    two_days(mesh)
    publish(mesh, DAILY)
    mesh.land(WEDNESDAY, ("3", WEDNESDAY, "tea", 1), ("4", MONDAY, "tea", 1))
    mesh.ingest()
    assert look(mesh).partitions == frozenset({MONDAY, WEDNESDAY}), "a late row makes its own day again"


def test_changes_of_several_runs_add_up_until_the_product_is_made(mesh: Mesh) -> None:
    two_days(mesh)
    publish(mesh, DAILY)
    for day in (WEDNESDAY, NEXT_MONDAY):
        mesh.land(day, (str(day), day, "tea", 1))
        mesh.ingest()
    assert look(mesh).partitions == frozenset({WEDNESDAY, NEXT_MONDAY})


def test_a_late_row_changes_all_days_after_it_of_a_product_that_looks_back(mesh: Mesh) -> None:
    two_days(mesh)
    publish(mesh, RUNNING)
    mesh.land(WEDNESDAY, ("3", MONDAY, "tea", 1))
    mesh.ingest()
    assert look(mesh, RUNNING).partitions == frozenset({MONDAY, TUESDAY}), (
        "up to the newest row, whatever day delivered it"
    )


def test_a_changed_day_makes_its_week_again(mesh: Mesh) -> None:
    two_days(mesh)
    publish(mesh, WEEKLY)
    mesh.land(WEDNESDAY, ("3", WEDNESDAY, "tea", 1))
    mesh.ingest()
    assert look(mesh, WEEKLY).partitions == frozenset({MONDAY})


def test_a_product_without_days_is_made_whole_when_any_day_of_its_input_changed(mesh: Mesh) -> None:
    two_days(mesh)
    publish(mesh, DAILY)
    publish(mesh, SUMMED)
    shape = shape_of(DAILY.contract)
    frame = pl.DataFrame([{"item": "tea", "day": TUESDAY, "pieces": 4}], schema=shape.schema)
    layout, made = TableLayout.of(shape), Made("run", CODE, "1.0.0")
    mesh.lake.publish("kiosk.daily", layout, lambda: [frame], replace=Days(frozenset({TUESDAY})), made=made, audit=None)
    assert look(mesh, SUMMED).partitions is None
    assert look(mesh, SUMMED).why == "its inputs changed"


def test_changed_code_makes_everything_again(mesh: Mesh) -> None:
    two_days(mesh)
    publish(mesh, DAILY)
    found = look(mesh, code="newer code")
    assert (found.partitions, found.why) == (None, "its code changed")


def test_a_changed_contract_makes_everything_again(mesh: Mesh) -> None:
    two_days(mesh)
    publish(mesh, DAILY)
    found = look(mesh, replace(DAILY, version="1.1.0"))
    assert (found.partitions, found.why) == (None, "its contract changed")


def test_forced_days_are_made_though_nothing_changed(mesh: Mesh) -> None:
    two_days(mesh)
    publish(mesh, DAILY)
    publish(mesh, WEEKLY)
    assert look(mesh, forced=day_range(TUESDAY, WEDNESDAY)).partitions == frozenset({TUESDAY, WEDNESDAY})
    assert look(mesh, WEEKLY, forced=frozenset({WEDNESDAY})).partitions == frozenset({MONDAY})
    assert look(mesh, forced=frozenset({MONDAY})).why == "asked for"


def test_forced_days_come_on_top_of_the_changed_ones(mesh: Mesh) -> None:
    two_days(mesh)
    publish(mesh, DAILY)
    mesh.land(WEDNESDAY, ("3", WEDNESDAY, "tea", 1))
    mesh.ingest()
    assert look(mesh, forced=frozenset({MONDAY})).partitions == frozenset({MONDAY, WEDNESDAY})


def test_a_forced_day_makes_a_product_without_days_whole(mesh: Mesh) -> None:
    two_days(mesh)
    publish(mesh, DAILY)
    publish(mesh, SUMMED)
    assert look(mesh, SUMMED, forced=frozenset({MONDAY})).needed


def test_forcing_everything_makes_everything(mesh: Mesh) -> None:
    two_days(mesh)
    publish(mesh, DAILY)
    found = look(mesh, forced=None)
    assert (found.partitions, found.why) == (None, "asked for")


def test_an_input_that_was_replaced_as_a_whole_makes_everything_again(mesh: Mesh) -> None:
    two_days(mesh)
    mesh.land_goods(MONDAY, ("tea", 100))
    mesh.ingest("goods")
    publish(mesh, PRICED)
    mesh.land_goods(TUESDAY, ("milk", 90))
    mesh.ingest("goods")
    found = look(mesh, PRICED)
    assert (found.partitions, found.why) == (None, "kiosk_raw.goods was replaced")


def test_an_input_that_was_rolled_back_makes_everything_again(mesh: Mesh) -> None:
    mesh.land(MONDAY, ("1", MONDAY, "tea", 2))
    mesh.ingest()
    first = mesh.lake.current("kiosk_raw.sold")
    mesh.land(TUESDAY, ("2", TUESDAY, "tea", 3))
    mesh.ingest()
    publish(mesh, DAILY)
    assert first is not None
    mesh.lake.rollback("kiosk_raw.sold", first.snapshot_id, "undo")
    assert look(mesh).partitions is None


def test_an_input_that_was_added_makes_everything_again(mesh: Mesh) -> None:
    two_days(mesh)
    publish(mesh, DAILY)
    mesh.land_goods(MONDAY, ("tea", 100))
    mesh.ingest("goods")
    assert look(mesh, replace(PRICED, name="daily")).partitions is None


def test_inputs_are_named_for_people(mesh: Mesh) -> None:
    assert input_tables(CAFE, CAFE.product("menu")) == ["cafe_raw.goods", "kiosk.daily"]
    assert [spoken(table) for table in ("cafe_raw.goods", "kiosk.daily")] == [
        "source cafe/goods",
        "product kiosk.daily",
    ]


def test_rows_of_a_day_far_ahead_do_not_touch_the_days_between(mesh: Mesh) -> None:
    two_days(mesh)
    publish(mesh, DAILY)
    ahead = WEDNESDAY + timedelta(days=90)
    mesh.land(WEDNESDAY, ("3", ahead, "tea", 1))
    mesh.ingest()
    assert look(mesh).partitions == frozenset({ahead})
