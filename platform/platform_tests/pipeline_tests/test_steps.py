"""From landed files to a published product with the real engines, kept lineage, and tables kept small."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from mesh_platform.discover import dbt_folder
from mesh_platform.errors import ContractBroken
from mesh_platform.pipeline.fingerprint import code_version, domain_code
from mesh_platform.pipeline.lineage import column_origins, kept_answer
from mesh_platform.pipeline.maintain import maintain
from mesh_platform.pipeline.steps import Published, newest_delivery, refresh_product

from .kiosk import DAILY, KIOSK, MONDAY, NEXT_MONDAY, TOTALS, TUESDAY, WEDNESDAY, Mesh


def refresh(mesh: Mesh, run_id: str = "run") -> Published:
    return refresh_product(KIOSK, DAILY, mesh.context(run_id))


def rows(mesh: Mesh) -> list[tuple[object, ...]]:
    return mesh.lake.scan("kiosk.daily").sort("day", "item").collect().rows()


def test_a_product_follows_its_files_day_by_day(mesh: Mesh) -> None:
    mesh.land(MONDAY, ("1", MONDAY, "tea", 2), ("2", MONDAY, "tea", 1))
    mesh.ingest()
    first = refresh(mesh, "first")
    assert (first.changed, first.why, rows(mesh)) == (True, "first snapshot", [("tea", MONDAY, 3)])
    again = refresh(mesh, "again")
    assert (again.changed, again.snapshot.snapshot_id) == (False, first.snapshot.snapshot_id)
    mesh.land(TUESDAY, ("3", TUESDAY, "tea", 5))
    mesh.ingest()
    second = refresh(mesh, "second")
    assert second.partitions == frozenset({TUESDAY})
    assert rows(mesh) == [("tea", MONDAY, 3), ("tea", TUESDAY, 5)]
    assert second.snapshot.properties["run_id"] == "second"
    assert second.snapshot.properties["code_version"] == domain_code(KIOSK)
    assert second.snapshot.properties["contract_version"] == "1.0.0"
    raw = mesh.lake.current("kiosk_raw.sold")
    assert raw is not None
    assert second.snapshot.inputs == {"kiosk_raw.sold": raw.snapshot_id}
    assert newest_delivery(KIOSK, DAILY, mesh.context()) == TUESDAY


def test_rows_that_break_the_contract_are_never_readable(mesh: Mesh) -> None:
    mesh.land(MONDAY, ("1", MONDAY, "tea", 2))
    mesh.ingest()
    before = refresh(mesh).snapshot.snapshot_id
    mesh.land(TUESDAY, ("2", TUESDAY, "tea", -5))
    mesh.ingest()
    with pytest.raises(ContractBroken, match=r"^kiosk\.daily\.pieces: 1 of 1 rows .*-5"):
        refresh(mesh)
    now = mesh.lake.current("kiosk.daily")
    assert now is not None
    assert now.snapshot_id == before
    mesh.land(TUESDAY, ("2", TUESDAY, "tea", 5))
    mesh.ingest()
    assert refresh(mesh).changed, "the corrected file heals it"
    assert rows(mesh) == [("tea", MONDAY, 2), ("tea", TUESDAY, 5)]


def test_a_day_whose_rows_went_away_is_empty_in_the_product(mesh: Mesh) -> None:
    mesh.land(MONDAY, ("1", MONDAY, "tea", 2))
    mesh.land(TUESDAY, ("2", TUESDAY, "tea", 3))
    mesh.ingest()
    refresh(mesh)
    mesh.land(TUESDAY, ("2", WEDNESDAY, "tea", 3))
    mesh.ingest()
    assert refresh(mesh).partitions == frozenset({TUESDAY, WEDNESDAY})
    assert rows(mesh) == [("tea", MONDAY, 2), ("tea", WEDNESDAY, 3)]


@pytest.fixture
def alone(mesh: Mesh) -> Mesh:
    """A mesh that shares no answers with other homes."""
    return replace(mesh, settings=replace(mesh.settings, cache=None))


def test_lineage_is_read_off_the_sql_once_a_version_of_the_code(alone: Mesh) -> None:
    assert column_origins(KIOSK, DAILY, alone.settings, compile_now=False) == {}, "nobody waits who did not ask"
    found = column_origins(KIOSK, DAILY, alone.settings)
    assert found["pieces"] == ["raw.sold.pieces"]
    assert column_origins(KIOSK, TOTALS, alone.settings)["item"] == ["raw.sold.item"]
    [kept] = (alone.settings.home / "lineage").iterdir()
    assert kept == kept_answer(KIOSK, alone.settings).path
    kept.write_text(json.dumps({"fct_daily": {"pieces": ["kept"]}}))
    assert column_origins(KIOSK, DAILY, alone.settings) == {"pieces": ["kept"]}


def test_lineage_of_another_version_of_the_code_is_not_used(alone: Mesh) -> None:
    kept_answer(KIOSK, alone.settings).write(json.dumps({"fct_daily": {"pieces": ["kept"]}}).encode())
    model = dbt_folder("kiosk") / "models/marts/fct_daily.sql"
    before = model.read_text()
    try:
        model.write_text(before + "\n")
        code_version.cache_clear()
        assert column_origins(KIOSK, DAILY, alone.settings, compile_now=False) == {}
    finally:
        model.write_text(before)
        code_version.cache_clear()


def test_maintenance_keeps_every_row_and_leaves_fewer_files_and_snapshots(mesh: Mesh) -> None:
    for number in range(5):
        day = MONDAY + timedelta(days=number)
        mesh.land(day, (f"{number}", day, "tea", number), (f"late {number}", MONDAY, "milk", 1))
        mesh.land_goods(day, (f"item {number}", 100))
        mesh.ingest("sold", "goods")
    tables = [t for t in mesh.lake.tables() if "_landed" not in t]
    before = {t: mesh.lake.scan(t).collect() for t in tables}
    done = {m.table: m for m in maintain(mesh.lake, {}, keep_days=0)}
    assert set(done) == set(mesh.lake.tables())
    for table, rows_before in before.items():
        after = mesh.lake.scan(table).collect()
        key = [c for c in ("sale_id", "item") if c in after.columns]
        assert after.sort(key).equals(rows_before.sort(key))
        assert done[table].files_after == len(mesh.lake.files(table)) < done[table].files_before
        assert done[table].snapshots_expired > 0
        assert len(mesh.lake.history(table)) == 1
    assert sum(m.bytes_freed for m in done.values()) > 0


def test_maintenance_keeps_what_the_service_level_promises(mesh: Mesh) -> None:
    for day in (MONDAY, NEXT_MONDAY):
        mesh.land(day, (str(day), day, "tea", 1))
        mesh.ingest()
        refresh(mesh)
    kept = {s.snapshot_id for s in mesh.lake.history("kiosk.daily")}
    list(maintain(mesh.lake, {"kiosk.daily": 30}))
    assert kept <= {s.snapshot_id for s in mesh.lake.history("kiosk.daily")}
    assert {m.table for m in maintain(mesh.lake, {}, domain="cafe", keep_days=0)} == set()
    list(maintain(mesh.lake, {"kiosk.daily": 0}, domain="kiosk"))
    assert len(mesh.lake.history("kiosk.daily")) == 1


def test_maintenance_changes_nothing_for_those_who_come_after(mesh: Mesh) -> None:
    mesh.land(MONDAY, ("1", MONDAY, "tea", 2))
    mesh.ingest()
    refresh(mesh)
    list(maintain(mesh.lake, {}, keep_days=0))
    assert not refresh(mesh).changed
    mesh.land(TUESDAY, ("2", TUESDAY, "tea", 3))
    mesh.ingest()
    assert refresh(mesh).partitions == frozenset({TUESDAY})
