"""The plan of a snapshot: its list of data files, kept beside the table so that reading needs no Iceberg library.

A snapshot never changes, so neither does its plan: written once, atomically, and believed only where it names this
very table and snapshot and adds up to the snapshot's own totals.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from mesh_platform.lake.catalog import LOCAL
from mesh_platform.lake.snapshots import DataFile
from mesh_platform.lake.state import TableState

FOLDER = "plans"


def plan_file(location: str, uuid: str, snapshot_id: int) -> Path:
    """Where a snapshot's plan is kept.

    Args:
        location: The URL of the table's folder.
        uuid: The table's identity.
        snapshot_id: The snapshot.
    """
    return Path(location.removeprefix(LOCAL)) / FOLDER / f"{uuid}-{snapshot_id}.json"


def draft_plan(location: str, uuid: str, snapshot_id: int, files: Iterable[DataFile], writer: str) -> Path:
    """Write a snapshot's plan under a name of its own, where no reader finds it yet.

    Args:
        location: The URL of the table's folder.
        uuid: The table's identity.
        snapshot_id: The snapshot.
        files: Its files.
        writer: Who writes; a dead publisher's drafts are swept.

    Returns:
        The draft, for `keep_plan`.
    """
    folder = location.removeprefix(LOCAL) + "/"
    rows = [[f.path.removeprefix(folder), f.rows, f.bytes, f.day and f.day.isoformat()] for f in files]
    target = plan_file(location, uuid, snapshot_id)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(f".{writer}.draft")
    draft.write_text(json.dumps({"table": uuid, "snapshot": snapshot_id, "files": rows}, separators=(",", ":")))
    return draft


def keep_plan(draft: Path) -> None:
    """Make a draft the plan that readers find."""
    draft.replace(draft.with_name(f"{draft.name.partition('.')[0]}.json"))


def read_plan(state: TableState, snapshot_id: int) -> list[DataFile] | None:
    """Read a snapshot's plan; None where there is none to be believed."""
    try:
        plan = json.loads(plan_file(state.location, state.uuid, snapshot_id).read_bytes())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    if plan["table"] != state.uuid or plan["snapshot"] != snapshot_id:
        return None
    folder = state.location.removeprefix(LOCAL) + "/"
    files = [_file(folder, *row) for row in plan["files"]]
    return files if _adds_up(files, state.raw(snapshot_id)["summary"]) else None


def _file(folder: str, path: str, rows: int, size: int, day: str | None) -> DataFile:
    whole = path if path.startswith("/") else folder + path
    return DataFile(whole, rows, size, date.fromisoformat(day) if day else None)


def _adds_up(files: list[DataFile], summary: Mapping[str, Any]) -> bool:
    return len(files) == int(summary["total-data-files"]) and sum(f.rows for f in files) == int(
        summary["total-records"]
    )
