"""The end of an erasure: a search over everything that is stored, and what it leaves as proof."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mesh_platform.errors import MeshFailure
from mesh_platform.ingest.suppression import hash_key, keyed_hash
from mesh_platform.privacy.journal import Journal
from mesh_platform.privacy.scrub import scrub
from mesh_platform.privacy.search import Needles, holding, stored_files

if TYPE_CHECKING:
    from mesh_platform.lake import Lake
    from mesh_platform.settings import Settings

SHOWN: Final = 3  # files that an error names


def prove(lake: Lake, settings: Settings, journal: Journal) -> int:
    """Search everything, and clear away what is left outside of tables and landed files.

    Args:
        lake: The lake.
        settings: Where state lives.
        journal: The erasure.

    Returns:
        How many files were searched.

    Raises:
        MeshFailure: Where the person is still found.
    """
    journal.step("prove")
    home, needles = settings.home, Needles.of(journal.person)
    files = _searched(lake, settings, journal)
    left = holding(files, needles)
    for path in left:
        journal.step(f"clear {path.name}")
        _clear(lake, path, journal)
    if left := holding((path for path in left if path.exists()), needles):
        shown = ", ".join(os.path.relpath(path, home) for path in left[:SHOWN])
        raise MeshFailure(
            f"{len(left)} files still hold the person, such as {shown} (rule: none); erase again, it goes on from "
            "here; what another process is writing goes once that has ended"
        )
    return len(files)


def proof_of(settings: Settings, journal: Journal, models: tuple[str, ...], searched: int) -> dict[str, Any]:
    """Write down what was done and searched, naming nobody."""
    key = hash_key(settings.home)
    return {
        "erasure": journal.name,
        "subject": keyed_hash(key, journal.person.customer_id),
        "identifiers": sorted(keyed_hash(key, value) for value in journal.person.identifiers),
        "began": journal.began.isoformat(),
        "proven": datetime.now(UTC).isoformat(),
        "files_searched": searched,
        "files_found": 0,
        "not_searched": [str(settings.truth.relative_to(settings.home))],
        "rows_removed": dict(sorted(journal.removed.items())),
        "rows_changed": dict(sorted(journal.changed.items())),
        "snapshots_forgotten": journal.snapshots,
        "models_marked": list(models),
    }


def _clear(lake: Lake, path: Path, journal: Journal) -> None:
    """Delete what dead publishers left in the lake; take the person out of any other file."""
    for table, folder in _folders(lake).items():
        if path.is_relative_to(folder):
            lake.heal(table)
            return
    scrub(path, journal.person)


def _searched(lake: Lake, settings: Settings, journal: Journal) -> list[Path]:
    """Every file but the journal, which is deleted next, and the simulator's truth, which stands for outside."""
    here = stored_files(settings.home, [journal.folder, settings.truth])
    there = (path for folder in _folders(lake).values() for path in stored_files(folder))
    return sorted({*here, *there})


def _folders(lake: Lake) -> dict[str, Path]:
    return {table: folder for table in lake.tables() if (folder := lake.folder(table)) is not None}
