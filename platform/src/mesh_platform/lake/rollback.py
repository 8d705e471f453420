"""Going back to an earlier snapshot: one commit, recorded so that the history tells who did it."""

from __future__ import annotations

import json
import time

from pyiceberg.table.update import SetPropertiesUpdate

from mesh_platform.errors import PublishConflict
from mesh_platform.lake.catalog import LakeCatalog
from mesh_platform.lake.commit import Overtaken, commit_steadily, requires
from mesh_platform.lake.history import current_of, snapshot_at
from mesh_platform.lake.read import published
from mesh_platform.lake.snapshots import Snapshot
from mesh_platform.lake.state import MAIN, ROLLBACK, TableState
from mesh_platform.lake.updates import point, use_schema


def roll_back(catalog: LakeCatalog, table: str, snapshot_id: int, run_id: str) -> Snapshot:
    """Make an earlier published snapshot current again.

    Args:
        catalog: The lake's catalog.
        table: The table.
        snapshot_id: A snapshot that was once published; what only ever was on a branch is not.
        run_id: Who rolls back, for the history.

    Raises:
        UnknownName: Where the snapshot was never published or has expired.
        PublishConflict: Where another publisher came first.
    """
    state = published(catalog, table)
    before, target = current_of(state), snapshot_at(state, snapshot_id)
    if target == before:
        return state.history()[-1]
    loaded = catalog.iceberg().load_table(table)
    record = json.dumps({"to": target, "from": before, "run_id": run_id})
    updates = (
        SetPropertiesUpdate(updates={f"{ROLLBACK}{time.time_ns():020d}": record}),
        use_schema(state.raw(target)["schema-id"]),
        point(MAIN, target),
    )
    try:
        done = commit_steadily(catalog.iceberg(), loaded, requires(loaded, {MAIN: before}), updates)
    except Overtaken as error:
        raise PublishConflict(
            f"{table}: another publisher came first, so snapshot {before} is no longer current (rule: a rollback "
            "replaces what was seen); look at its history and roll back again"
        ) from error
    return TableState.parse(table, done.metadata.model_dump_json()).history()[-1]
