"""What the proofs share: worlds cut short by days, what a reader can see, and whether that is whole."""

import shutil
from datetime import date, timedelta
from pathlib import Path

from mesh_platform.contract import shape_of
from mesh_platform.contract.audit import audit
from mesh_platform.discover import installed_domains
from mesh_platform.ingest.origin import MARKER
from mesh_platform.lake import Lake
from mesh_platform.settings import Settings
from tests.conftest import Mesh

FIRST, DAYS = date(2026, 3, 2), 8
WORLD = ("--days", str(DAYS), "--scale", "0.02", "--seed", "11", "--start", FIRST.isoformat())
PRIVATE = ("_raw.", "_quarantine.", "_landed.")
Rows = dict[str, list[str]]


def day(number: int) -> date:
    """The day of that number, from 1."""
    return FIRST + timedelta(days=number - 1)


def land(world: Mesh, mesh: Mesh, through: int = DAYS) -> None:
    """Land a world's files up to a day, as its operational systems would have by then."""
    landing = Settings.load(world.home).landing
    for path in landing.glob("*/*/*"):
        if path.stem.rpartition("_")[2] <= day(through).isoformat():
            _copy(path, landing, mesh)
    _copy(landing / MARKER, landing, mesh)


def _copy(path: Path, landing: Path, mesh: Mesh) -> None:
    copy = Settings.load(mesh.home).landing / path.relative_to(landing)
    copy.parent.mkdir(parents=True, exist_ok=True)
    if not copy.exists():
        shutil.copy2(path, copy)


def lake_of(mesh: Mesh) -> Lake:
    """The lake of a mesh."""
    return Lake.open(Settings.load(mesh.home))


def snapshots(mesh: Mesh) -> dict[str, int]:
    """The current snapshot of every published product."""
    lake = lake_of(mesh)
    current = {t: lake.current(t) for t in lake.tables() if not any(part in t for part in PRIVATE)}
    return {table: snapshot.snapshot_id for table, snapshot in current.items() if snapshot}


def readable(mesh: Mesh) -> Rows:
    """Every row of every product: what any query is answered from."""
    lake = lake_of(mesh)
    return {table: sorted(map(repr, lake.scan(table).collect().rows())) for table in sorted(snapshots(mesh))}


def differing(one: Rows, other: Rows) -> dict[str, str]:
    """Tell in which tables two meshes answer differently; an assertion on all rows would print all rows."""
    told = {}
    for table in sorted(one.keys() | other.keys()):
        here, there = one.get(table), other.get(table)
        if here is None or there is None:
            told[table] = "is in one of them only"
        elif here != there:
            only = sorted(set(here) ^ set(there))[:2]
            told[table] = f"{len(here)} rows and {len(there)}; in one only: {only or 'nothing, but some more often'}"
    return told


def assert_whole(mesh: Mesh) -> None:
    """Hold every published row against its contract: types, rules, key, references."""
    lake = lake_of(mesh)
    for domain in installed_domains().values():
        for product in domain.products:
            snapshot = lake.current(domain.full_name(product))
            if snapshot is None:
                continue
            references = {
                target: [f.path for f in lake.files(target.rpartition(".")[0])]
                for target in shape_of(product.contract).references.values()
            }
            audit(
                product.contract,
                [f.path for f in lake.files(snapshot.table)],
                [],
                references,
                name=snapshot.table,
                rows_before=0,
                rows_after=snapshot.rows,
                service_level=product.service_level,
                newest_delivery=None,
            ).accepted()
