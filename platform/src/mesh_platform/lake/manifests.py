"""Snapshots as Iceberg stores them: manifests that list data files, and a list of manifests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import TYPE_CHECKING, Final

from pyiceberg.avro.codecs import AvroCompressionCodec
from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import (
    DataFile as IcebergFile,
)
from pyiceberg.manifest import (
    ManifestEntry,
    ManifestEntryStatus,
    ManifestFile,
    ManifestWriter,
    write_manifest,
    write_manifest_list,
)
from pyiceberg.table.snapshots import (
    Operation,
    Snapshot,
    SnapshotSummaryCollector,
    Summary,
    update_snapshot_summaries,
)
from pyiceberg.types import DateType

from mesh_platform.lake.rows import EPOCH, day_of
from mesh_platform.lake.snapshots import DataFile

if TYPE_CHECKING:
    from pyiceberg.schema import Schema
    from pyiceberg.table import Table

    from mesh_platform.lake.publishers import Publisher

FORMAT: Final = 2
CODEC: Final[AvroCompressionCodec] = "deflate"
MERGE_FROM: Final = 32  # so many small manifests become one, so that planning does not grow with every publish
SMALL_BYTES: Final = 1_000_000


def local(location: str) -> str:
    """A file's path as Polars and DuckDB read it."""
    return location.removeprefix("file://")


def plain(file: IcebergFile) -> DataFile:
    """A file in the lake's own words."""
    return DataFile(local(file.file_path), file.record_count, file.file_size_in_bytes, day_of(file))


def manifests_of(table: Table, snapshot_id: int | None) -> list[ManifestFile]:
    """The manifests of a snapshot that list live files."""
    snapshot = None if snapshot_id is None else table.metadata.snapshot_by_id(snapshot_id)
    if snapshot is None:
        return []
    return [m for m in snapshot.manifests(table.io) if m.has_added_files() or m.has_existing_files()]


def entries_of(table: Table, manifests: Iterable[ManifestFile]) -> list[ManifestEntry]:
    """The live entries of manifests."""
    return [entry for manifest in manifests for entry in manifest.fetch_manifest_entry(table.io)]


def live_files(table: Table, snapshot_id: int) -> list[DataFile]:
    """The data files of a snapshot."""
    return [plain(entry.data_file) for entry in entries_of(table, manifests_of(table, snapshot_id))]


@dataclass(slots=True)
class SnapshotWriter:
    """Writes the snapshot that follows a base: files added, files removed, everything else taken over.

    Args:
        table: The table, with the base as it was read.
        schema: The schema of the new snapshot.
        base: The snapshot before; None for a table's first.
        publisher: Who writes; its token is in every file's name.
        snapshot_id: The new snapshot's id.
        forgets: Manifests that must not be taken over as they are. An erasure gives them, and then nothing is told of
            removed files: an entry holds the smallest and largest values of its file. None for every other publish.
    """

    table: Table
    schema: Schema
    base: int | None
    publisher: Publisher
    snapshot_id: int
    forgets: frozenset[str] | None = None
    written: list[str] = field(default_factory=list)
    _names: count[int] = field(default_factory=count)
    _removed: list[IcebergFile] = field(default_factory=list)

    def manifests(self, added: Sequence[IcebergFile], removed: Mapping[str, date | None]) -> list[ManifestFile]:
        """Write the manifests of the snapshot.

        Args:
            added: The new data files.
            removed: Path → day of the base's files that the snapshot does not have.
        """
        base = manifests_of(self.table, self.base)
        if self.forgets is None:
            kept = [self._without(m, removed) for m in base]
        else:
            kept = [left for m in base if (left := self._forgotten(m, removed)) is not None]
        new = [self._write([(ManifestEntryStatus.ADDED, file) for file in added])] if added else []
        return new + self._merged(kept)

    def snapshot(
        self,
        table: Table,
        manifests: list[ManifestFile],
        added: Sequence[IcebergFile],
        properties: Mapping[str, str],
        operation: Operation = Operation.OVERWRITE,
    ) -> Snapshot:
        """Write the manifest list and describe the snapshot.

        Args:
            table: The table as it is now; its last sequence number decides the snapshot's.
            manifests: What `manifests` returned.
            added: The new data files.
            properties: What to record with the snapshot.
            operation: What Iceberg calls the change.
        """
        location = self._new_location(f"snap-{self.snapshot_id}")
        sequence = table.metadata.next_sequence_number()
        with write_manifest_list(
            FORMAT, table.io.new_output(location), self.snapshot_id, self.base, sequence, CODEC
        ) as writer:
            writer.add_manifests(manifests)
        return Snapshot.model_validate(
            {
                "snapshot-id": self.snapshot_id,
                "parent-snapshot-id": self.base,
                "sequence-number": sequence,
                "manifest-list": location,
                "summary": self._summary(added, properties, operation),
                "schema-id": self.schema.schema_id,
            }
        )

    def _without(self, manifest: ManifestFile, removed: Mapping[str, date | None]) -> ManifestFile:
        if not _may_list(manifest, removed):
            return manifest
        entries = manifest.fetch_manifest_entry(self.table.io)
        gone = [entry for entry in entries if local(entry.data_file.file_path) in removed]
        if not gone:
            return manifest
        self._removed.extend(entry.data_file for entry in gone)
        with self._writer() as writer:
            for entry in entries:
                (writer.delete if local(entry.data_file.file_path) in removed else writer.existing)(entry)
        return writer.to_manifest_file()

    def _forgotten(self, manifest: ManifestFile, removed: Mapping[str, date | None]) -> ManifestFile | None:
        """Leave out the removed files without a trace; None where no file is left."""
        entries = manifest.fetch_manifest_entry(self.table.io)
        left = [entry for entry in entries if local(entry.data_file.file_path) not in removed]
        if len(left) == len(entries) and local(manifest.manifest_path) not in (self.forgets or ()):
            return manifest
        self._removed.extend(entry.data_file for entry in entries if entry not in left)
        if not left:
            return None
        with self._writer() as writer:
            for entry in left:
                writer.existing(entry)
        return writer.to_manifest_file()

    def _merged(self, manifests: list[ManifestFile]) -> list[ManifestFile]:
        """Merge the small manifests once there are many; those this snapshot deletes from must stay to tell it."""
        small = [m for m in manifests if m.added_snapshot_id != self.snapshot_id and m.manifest_length < SMALL_BYTES]
        if len(small) < MERGE_FROM:
            return manifests
        with self._writer() as writer:
            for entry in entries_of(self.table, small):
                writer.existing(entry)
        return [writer.to_manifest_file(), *(m for m in manifests if m not in small)]

    def _write(self, files: Sequence[tuple[ManifestEntryStatus, IcebergFile]]) -> ManifestFile:
        with self._writer() as writer:
            for status, file in files:
                writer.add_entry(ManifestEntry.from_args(status=status, snapshot_id=self.snapshot_id, data_file=file))
        return writer.to_manifest_file()

    def _writer(self) -> ManifestWriter:
        output = self.table.io.new_output(self._new_location(f"m{next(self._names)}"))
        return write_manifest(FORMAT, self.table.spec(), self.schema, output, self.snapshot_id, CODEC)

    def _new_location(self, name: str) -> str:
        file = f"{self.publisher}-{name}-{len(self.written)}.avro"
        self.written.append(self.table.location_provider().new_metadata_location(file))
        return self.written[-1]

    def _summary(self, added: Sequence[IcebergFile], properties: Mapping[str, str], operation: Operation) -> Summary:
        collector = SnapshotSummaryCollector()
        for file in added:
            collector.add_file(file, self.schema, self.table.spec())
        for file in self._removed:
            collector.remove_file(file, self.schema, self.table.specs()[file.spec_id])
        base = None if self.base is None else self.table.metadata.snapshot_by_id(self.base)
        summary = update_snapshot_summaries(
            Summary(operation=Operation.OVERWRITE, **collector.build(), **properties), base.summary if base else None
        )
        # The totals are only known for some operations, so the real one is named afterwards.
        return Summary(operation=operation, **summary.additional_properties)


def _may_list(manifest: ManifestFile, removed: Mapping[str, date | None]) -> bool:
    """Whether a manifest can list one of the removed files, by the range of its days."""
    if not removed:
        return False
    summary = manifest.partitions[0] if manifest.partitions else None
    if summary is None or summary.lower_bound is None or summary.upper_bound is None:
        return True
    first, last = (int(from_bytes(DateType(), bound)) for bound in (summary.lower_bound, summary.upper_bound))
    return any(day is None or first <= (day - EPOCH).days <= last for day in removed.values())
