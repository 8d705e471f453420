"""The changes that a commit can make to a table, in few words.

pyiceberg's models are made from their JSON names, which is how a type checker knows them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from pyiceberg.table.update import (
    AddSchemaUpdate,
    AddSnapshotUpdate,
    RemoveSnapshotRefUpdate,
    RemoveSnapshotsUpdate,
    SetCurrentSchemaUpdate,
    SetSnapshotRefUpdate,
    TableUpdate,
)

if TYPE_CHECKING:
    from pyiceberg.schema import Schema
    from pyiceberg.table.snapshots import Snapshot


def add_schema(schema: Schema) -> TableUpdate:
    """Add a schema without using it yet."""
    return AddSchemaUpdate.model_validate({"schema": schema})


def use_schema(schema_id: int) -> TableUpdate:
    """Make a schema the table's current one."""
    return SetCurrentSchemaUpdate.model_validate({"schema-id": schema_id})


def add_snapshot(snapshot: Snapshot) -> TableUpdate:
    """Add a snapshot."""
    return AddSnapshotUpdate(snapshot=snapshot)


def point(branch: str, snapshot_id: int) -> TableUpdate:
    """Point a branch to a snapshot, making the branch where there is none."""
    return SetSnapshotRefUpdate.model_validate({"ref-name": branch, "type": "branch", "snapshot-id": snapshot_id})


def drop_branch(branch: str) -> TableUpdate:
    """Drop a branch and leave its snapshot."""
    return RemoveSnapshotRefUpdate.model_validate({"ref-name": branch})


def drop_snapshots(snapshot_ids: Collection[int]) -> TableUpdate:
    """Drop snapshots and the branches that point to them."""
    return RemoveSnapshotsUpdate.model_validate({"snapshot-ids": sorted(snapshot_ids)})
