"""A snapshot that is written but not yet published: put on a branch, swapped in, or taken back without a trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pyiceberg.exceptions import CommitFailedException
from pyiceberg.manifest import DataFile as IcebergFile
from pyiceberg.manifest import ManifestFile
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Operation
from pyiceberg.table.update import SetPropertiesUpdate, TableRequirement, TableUpdate

from mesh_platform.lake.catalog import LakeCatalog
from mesh_platform.lake.commit import ATTEMPTS, NewestSchema, Overtaken, commit, commit_steadily, holds, requires
from mesh_platform.lake.manifests import SnapshotWriter
from mesh_platform.lake.plans import draft_plan, keep_plan
from mesh_platform.lake.publishers import Publisher
from mesh_platform.lake.snapshots import DataFile
from mesh_platform.lake.state import CHECKS, MAIN
from mesh_platform.lake.updates import add_schema, add_snapshot, drop_branch, drop_snapshots, point, use_schema


@dataclass(slots=True)
class Draft:
    """The snapshot that shall follow a base.

    Args:
        catalog: The lake's catalog.
        table: The table as it was when the branch was cut.
        base: Main's snapshot then; None before a table's first publish.
        schema: The schema of the snapshot.
        publisher: Who publishes.
        data_files: The locations of all data files written for it, to be deleted if it is taken back.
        added: The data files that it has beyond the base's; set by `write_manifests`.
        properties: What is recorded with it; set by `write_manifests`.
        operation: What Iceberg calls the change.
        forgets: See `SnapshotWriter`.
    """

    catalog: LakeCatalog
    table: Table
    base: int | None
    schema: Schema
    publisher: Publisher
    data_files: list[str] = field(default_factory=list)
    added: Sequence[IcebergFile] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    operation: Operation = Operation.OVERWRITE
    forgets: frozenset[str] | None = None
    _manifests: list[ManifestFile] = field(default_factory=list)
    _plan: Path | None = None
    _writer: SnapshotWriter = field(init=False)

    def __post_init__(self) -> None:
        snapshot_id = self.table.metadata.new_snapshot_id()
        self._writer = SnapshotWriter(self.table, self.schema, self.base, self.publisher, snapshot_id, self.forgets)

    @property
    def snapshot_id(self) -> int:
        """The id that the snapshot has, published or not."""
        return self._writer.snapshot_id

    def write_manifests(
        self, added: Sequence[IcebergFile], removed: Sequence[DataFile], properties: Mapping[str, str]
    ) -> None:
        """List the files of the snapshot.

        Args:
            added: The new files.
            removed: The files of the base that go.
            properties: What is recorded with the snapshot.
        """
        self.added, self.properties = added, properties
        self._manifests = self._writer.manifests(added, {file.path: file.day for file in removed})

    def commit_to_branch(self) -> None:
        """Commit the snapshot to a branch of its own, where only its audit sees it."""
        self._commit(self.publisher.branch, (), {MAIN: self.base})

    def commit_to_main(self) -> Table:
        """Publish the snapshot at once, for where there is nothing to audit."""
        return self._commit(MAIN, (use_schema(self.schema.schema_id),), {MAIN: self.base})

    def swap(self, checks: int) -> Table:
        """Publish the branch's snapshot and drop the branch in one commit, if main is still the base.

        Args:
            checks: How many checks of the audit passed.

        Raises:
            Overtaken: Where main has moved.
        """
        requirements = requires(self.table, {MAIN: self.base, self.publisher.branch: self.snapshot_id})
        updates = (
            SetPropertiesUpdate(updates={f"{CHECKS}{self.snapshot_id}": str(checks)}),
            use_schema(self.schema.schema_id),
            point(MAIN, self.snapshot_id),
            drop_branch(self.publisher.branch),
        )
        self.table = commit_steadily(self.catalog.iceberg(), self.table, requirements, updates)
        return self.table

    def write_plan(self, files: Sequence[DataFile]) -> None:
        """Write the list of the snapshot's files, to be kept for readers once it is published."""
        if self.catalog.is_local:
            table, who = self.table, str(self.publisher)
            uuid = str(table.metadata.table_uuid)
            self._plan = draft_plan(table.location(), uuid, self.snapshot_id, files, who)

    def keep_plan(self) -> None:
        """Give readers the list of files, now that the snapshot is published."""
        if self._plan is not None:
            keep_plan(self._plan)

    def discard(self) -> None:
        """Drop the branch and delete all that was written for it, unless the snapshot was published after all."""
        iceberg = self.catalog.iceberg()
        table = iceberg.load_table(self.table.name())
        if self.snapshot_id in {entry.snapshot_id for entry in table.metadata.snapshot_log}:
            return
        if table.metadata.snapshot_by_id(self.snapshot_id) is not None:
            requirements = requires(table, {self.publisher.branch: self.snapshot_id})
            commit_steadily(iceberg, table, requirements, (drop_snapshots([self.snapshot_id]),))
        for location in (*self.data_files, *self._writer.written):
            if table.io.new_input(location).exists():
                table.io.delete(location)
        if self._plan is not None:
            self._plan.unlink(missing_ok=True)

    def _commit(self, ref: str, more: Sequence[TableUpdate], refs: Mapping[str, int | None]) -> Table:
        """Add the snapshot and set a ref to it, again while only the sequence number or the catalog was contended."""
        requirements = (*requires(self.table, refs), *self._schema_requirements())
        table = self.table
        for _ in range(ATTEMPTS):
            snapshot = self._writer.snapshot(table, self._manifests, self.added, self.properties, self.operation)
            updates = (*self._schema_updates(), add_snapshot(snapshot), *more, point(ref, self.snapshot_id))
            try:
                self.table = commit(self.catalog.iceberg(), table, requirements, updates)
            except (CommitFailedException, ValueError) as error:
                table = self.catalog.iceberg().load_table(self.table.name())
                if not holds(table, requirements):
                    raise Overtaken(f"{ref} of {table.name()}") from None
                if isinstance(error, ValueError) and table.last_sequence_number < (snapshot.sequence_number or 0):
                    raise  # no other snapshot has taken its number, so the commit itself is wrong
            else:
                return self.table
        raise Overtaken(f"{ref} of {table.name()}")

    def _schema_updates(self) -> tuple[TableUpdate, ...]:
        return (add_schema(self.schema),) if self._adds_schema() else ()

    def _schema_requirements(self) -> tuple[TableRequirement, ...]:
        return (NewestSchema.of(self.table.metadata),) if self._adds_schema() else ()

    def _adds_schema(self) -> bool:
        return all(schema.schema_id != self.schema.schema_id for schema in self.table.metadata.schemas)
