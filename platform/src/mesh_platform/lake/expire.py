"""Forgetting old snapshots, and the files that nothing lists any more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from pyiceberg.table import Table
from pyiceberg.table.update import RemovePropertiesUpdate, SetPropertiesUpdate

from mesh_platform.errors import PublishConflict
from mesh_platform.lake.catalog import LakeCatalog
from mesh_platform.lake.commit import Overtaken, commit_steadily, main_of, requires
from mesh_platform.lake.snapshots import Swept
from mesh_platform.lake.state import CHECKS, ERASED, MAIN, ROLLBACK
from mesh_platform.lake.sweep import files_in_use
from mesh_platform.lake.updates import drop_snapshots


def expire(catalog: LakeCatalog, name: str, older_than: datetime) -> Swept:
    """Forget the snapshots that were no longer current at a time, and delete the files that only they list.

    What was current at that time or later can still be read. The current snapshot stays whatever its age, and so
    does everything that a branch holds.

    Args:
        catalog: The lake's catalog.
        name: The table.
        older_than: The time from which on every state stays readable (UTC where it names no zone).

    Raises:
        PublishConflict: Where other publishers kept coming first.
    """
    moment = older_than if older_than.tzinfo else older_than.replace(tzinfo=UTC)
    iceberg = catalog.iceberg()
    table = iceberg.load_table(name)
    old = expired(table, moment)
    if not old:
        return Swept()
    try:
        table, unlisted = forget(catalog, table, old)
    except Overtaken as error:
        raise PublishConflict(f"{name}: another publisher came first; expire its snapshots again") from error
    return Swept(len(old), *delete(table, unlisted))


def forget(
    catalog: LakeCatalog, table: Table, old: set[int], told: Mapping[str, str] | None = None
) -> tuple[Table, set[str]]:
    """Drop snapshots in one commit; returns the table and the files that nothing lists any more.

    Args:
        catalog: The lake's catalog.
        table: The table as it was seen.
        old: The snapshots.
        told: Properties that the same commit sets.

    Raises:
        Overtaken: Where another publisher came first.
    """
    listed = files_in_use(table, [s for s in table.metadata.snapshots if s.snapshot_id in old])
    updates = (
        drop_snapshots(old),
        RemovePropertiesUpdate(removals=_properties_of(table, old)),
        SetPropertiesUpdate(updates=dict(told or {})),
    )
    done = commit_steadily(catalog.iceberg(), table, requires(table, {MAIN: main_of(table)}), updates)
    return done, listed - files_in_use(done, done.metadata.snapshots)


def expired(table: Table, moment: datetime) -> set[int]:
    """The snapshots that were replaced before a time and that nothing points to."""
    held = {ref.snapshot_id for ref in table.metadata.refs.values()}
    log = table.metadata.snapshot_log
    ends = [*(entry.timestamp_ms for entry in log[1:]), None]
    cutoff_ms = moment.timestamp() * 1000
    readable = {entry.snapshot_id for entry, end in zip(log, ends, strict=True) if end is None or end >= cutoff_ms}
    return {entry.snapshot_id for entry in log} - readable - held


def _properties_of(table: Table, old: set[int]) -> list[str]:
    """What we recorded about the snapshots."""
    keys = [f"{CHECKS}{snapshot_id}" for snapshot_id in old]
    keys += [
        key
        for key, value in table.metadata.properties.items()
        if (key.startswith(ROLLBACK) and json.loads(value)["to"] in old)
        or (key.startswith(ERASED) and json.loads(value)["follower"] in old)
    ]
    return [key for key in keys if key in table.metadata.properties]


def delete(table: Table, paths: set[str]) -> tuple[int, int]:
    """Delete files; returns how many there were and their bytes."""
    found = [file for path in paths if (file := table.io.new_input(path)).exists()]
    sizes = [len(file) for file in found]
    for file in found:
        table.io.delete(file)
    return len(found), sum(sizes)
