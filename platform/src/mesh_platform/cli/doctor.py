"""`mesh doctor`: is this machine and this mesh fit to run, and what to do where not."""

import shutil
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass

import typer

from mesh_platform.cli.output import AsJson, print_json, print_table
from mesh_platform.errors import MeshError
from mesh_platform.settings import Settings

FREE_GB = 2
"""What a default world needs on disk, with room for a second history."""
NO_VIEW = "mesh-doctor"
"""What the online store is asked for: no view has such a name, but whoever says so is there."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was found, and the remedy where it is not well."""

    what: str
    ok: bool
    found: str
    remedy: str = ""


def doctor(*, as_json: AsJson = False) -> None:
    """Check this machine and this mesh. Says what to do where something is not well.

    Example: mesh doctor --json
    """
    settings = Settings.load()
    findings = [_safely(look, settings) for look in LOOKS]
    if as_json:
        print_json([asdict(f) for f in findings])
    else:
        print_table(
            [
                {"": "ok" if f.ok else "!!", "what": f.what, "found": f.found, "remedy": "" if f.ok else f.remedy}
                for f in findings
            ]
        )
    if not all(f.ok for f in findings):
        raise typer.Exit(2)


def _safely(look: Callable[[Settings], Finding], settings: Settings) -> Finding:
    try:
        return look(settings)
    except (MeshError, OSError) as error:
        return Finding(look.__name__.strip("_"), ok=False, found=str(error), remedy="see the message")


def _python(settings: Settings) -> Finding:
    version = sys.version.split()[0]
    return Finding("python", sys.version_info >= (3, 11), version, "install Python 3.11 or later, then `make setup`")


def _disk(settings: Settings) -> Finding:
    place = next(p for p in (settings.home, *settings.home.parents) if p.exists())
    free = shutil.disk_usage(place).free / 1e9
    return Finding("disk", free > FREE_GB, f"{free:.0f} GB free for {settings.home}", "free some, or set MESH_HOME")


def _domains(settings: Settings) -> Finding:
    from mesh_platform.discover import installed_domains

    names = list(installed_domains())
    return Finding("domains", bool(names), ", ".join(names) or "none", "run `make setup`")


def _documents(settings: Settings) -> Finding:
    from mesh_platform.cli.published import project
    from mesh_platform.contract.export.documents import drift
    from mesh_platform.discover import installed_domains
    from mesh_platform.pipeline.lineage import derived

    found = drift(installed_domains().values(), project() / "contracts", origins=derived(settings))
    return Finding("documents", not found, f"{len(found)} differ from the code", "run `mesh contracts export`")


def _lake(settings: Settings) -> Finding:
    from mesh_platform.lake import Lake

    lake = Lake.open(settings)
    missing = [f.path for table in lake.tables() for f in lake.files(table) if not _exists(f.path)]
    what = f"{len(lake.tables())} tables, {len(missing)} files missing"
    return Finding("lake", not missing, what, f"`mesh rollback` the table of {missing[0] if missing else ''}")


def _older(settings: Settings) -> Finding:
    from mesh_platform.discover import installed_domains
    from mesh_platform.lake import Lake
    from mesh_platform.pipeline.older import majors_behind

    lake, domains = Lake.open(settings), installed_domains().values()
    behind = [table for d in domains for p in d.products for table in majors_behind(d, p, lake)]
    found = f"behind the newest: {', '.join(behind)}" if behind else "follow the newest"
    return Finding("older versions", not behind, found, "run `mesh run`, which says what hinders them")


def _online(settings: Settings) -> Finding:
    from apsw import Error as SqliteError

    from mesh_platform.features.online.store import online_store_url, open_store
    from mesh_platform.settings import without_secret

    what, url = "online store", online_store_url(settings)
    try:
        with closing(open_store(url)) as store:
            store.read(NO_VIEW, ())
    except (MeshError, SqliteError, ImportError, ValueError) as error:
        remedy = "start it or correct MESH_ONLINE_STORE; until then models answer without features"
        return Finding(what, ok=False, found=f"{without_secret(url)}: {error}", remedy=remedy)
    return Finding(what, ok=True, found=f"{without_secret(url)} answers")


def _lineage(settings: Settings) -> Finding:
    from mesh_platform.lineage.reach import reach

    try:
        return Finding("lineage receiver", ok=True, found=reach(settings))
    except (MeshError, ValueError) as error:
        remedy = "start it or correct MESH_LINEAGE_URL and its token; events wait until `mesh lineage send`"
        return Finding("lineage receiver", ok=False, found=str(error), remedy=remedy)


def _exists(path: str) -> bool:
    from pathlib import Path

    return "://" in path or Path(path).exists()


def _landing(settings: Settings) -> Finding:
    from mesh_platform.ingest.origin import read_origin

    found = read_origin(settings.landing)
    if found is None:
        return Finding("landing zone", ok=True, found="empty; `mesh run` simulates one")
    remedy = "run `mesh run`" if found.origin == "simulator" else f"run `mesh ingest {found.origin} PATH` again"
    words = f"holds files of {found.origin}" + ("" if found.complete else ", half written")
    return Finding("landing zone", found.complete, words, remedy)


LOOKS = (_python, _disk, _domains, _documents, _lake, _older, _landing, _online, _lineage)
"""Each finds one thing out."""
