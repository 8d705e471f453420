"""Erasing: rows leave the current snapshot and every earlier one, and the files that held them leave the disk.

What surprises: a manifest holds the smallest and largest values of each file, those of removed files included, so an
erasure rewrites manifests, too. Snapshots that list a file that must go are forgotten; the table's properties remember
what followed each of them, so that products made from it are not made again for that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import polars as pl
from pyiceberg.table import Table

from mesh_platform.errors import PublishConflict
from mesh_platform.lake.catalog import LakeCatalog
from mesh_platform.lake.columns import lazy_frame
from mesh_platform.lake.commit import Overtaken, main_of
from mesh_platform.lake.compact import layout_of
from mesh_platform.lake.days import text_of_days
from mesh_platform.lake.draft import Draft
from mesh_platform.lake.expire import delete, forget
from mesh_platform.lake.history import changed_days, current_of
from mesh_platform.lake.manifests import entries_of, local, manifests_of, plain
from mesh_platform.lake.publishers import Publisher, at_work
from mesh_platform.lake.read import files_of
from mesh_platform.lake.rows import RowWriter
from mesh_platform.lake.snapshots import DataFile, Erased
from mesh_platform.lake.state import ERASED, OURS, Erasure, TableState
from mesh_platform.lake.sweep import drop_dead_branches, files_in_use

ATTEMPTS: Final = 16
BATCH_BYTES: Final = 8 * 1024 * 1024  # of compressed files, whose rows are held in memory at a time

Change = Callable[[pl.DataFrame], pl.DataFrame]
Note = Callable[[Collection[str]], None]


def files_kept(catalog: LakeCatalog, name: str) -> list[str]:
    """The data files and manifests of all snapshots, branches included."""
    table = catalog.iceberg().load_table(name)
    found = files_in_use(table, table.metadata.snapshots)
    return sorted(path for path in found if path.endswith((".parquet", ".avro")))


def delete_unlisted(catalog: LakeCatalog, name: str, files: Collection[str]) -> int:
    """Delete those of the files that no snapshot lists."""
    table = catalog.iceberg().load_table(name)
    return delete(table, set(files) - files_in_use(table, table.metadata.snapshots))[0]


def erase(catalog: LakeCatalog, name: str, files: frozenset[str], change: Change, note: Note) -> Erased:
    """Erase rows; see `Lake.erase`."""
    for _ in range(ATTEMPTS):
        table = drop_dead_branches(catalog, catalog.iceberg().load_table(name))
        try:
            return _Erasing(catalog, name, files, change, note).run(table)
        except Overtaken:
            continue
    raise PublishConflict(f"{name}: publishers came first {ATTEMPTS} times; erase again when they are done")


@dataclass(slots=True)
class _Erasing:
    """One attempt."""

    catalog: LakeCatalog
    name: str
    files: frozenset[str]
    change: Change
    note: Note

    def run(self, table: Table) -> Erased:
        """Rewrite what is current, forget what is not, delete what nothing lists."""
        before = self._state(table)
        bad = [f for f in files_of(self.catalog, before, current_of(before)) if f.path in self.files]
        rows_after = 0
        if bad or self._manifests(table):
            table, rows_after = self._rewrite(before, table, bad)
        old = {s.snapshot_id for s in table.metadata.snapshots if s.snapshot_id != main_of(table)}
        old = {snapshot for snapshot in old if self._lists(table, snapshot)}
        deleted = self._forget(table, old) if old else 0
        return Erased(len(bad), sum(f.rows for f in bad), rows_after, len(old), deleted)

    def _state(self, table: Table) -> TableState:
        return TableState.parse(self.name, table.metadata.model_dump_json())

    def _manifests(self, table: Table) -> frozenset[str]:
        """The manifests of the current snapshot that must not stay."""
        return frozenset(local(m.manifest_path) for m in manifests_of(table, main_of(table))) & self.files

    def _lists(self, table: Table, snapshot_id: int) -> bool:
        found = table.metadata.snapshot_by_id(snapshot_id)
        manifests = [] if found is None else found.manifests(table.io)
        paths = {local(m.manifest_path) for m in manifests}
        if paths & self.files:
            return True
        return any(local(entry.data_file.file_path) in self.files for entry in entries_of(table, manifests))

    def _rewrite(self, state: TableState, table: Table, bad: Sequence[DataFile]) -> tuple[Table, int]:
        base = current_of(state)
        schema = table.metadata.schema_by_id(state.raw(base)["schema-id"]) or table.schema()
        with at_work() as publisher:
            draft = Draft(self.catalog, table, base, schema, publisher, forgets=self._manifests(table))
            try:
                writer = self._written(state, draft, publisher, bad)
                self._publish(state, draft, writer, bad)
            except BaseException:
                draft.discard()
                raise
        return draft.table, sum(plain(file).rows for file in writer.files)

    def _written(self, state: TableState, draft: Draft, publisher: Publisher, bad: Sequence[DataFile]) -> RowWriter:
        layout = layout_of(state, current_of(state))
        writer = RowWriter(draft.table, self.name, draft.schema, layout, publisher, begun=draft.data_files)
        for batch in _batches(bad):
            writer.rewrite(self.change(lazy_frame([file.path for file in batch], layout.schema).collect()))
        return writer

    def _publish(self, state: TableState, draft: Draft, writer: RowWriter, bad: Sequence[DataFile]) -> None:
        summary = state.raw(current_of(state))["summary"]
        kept = {key: value for key, value in summary.items() if key.startswith(OURS)}
        draft.write_manifests(writer.files, bad, {**kept, f"{OURS}days": "", f"{OURS}erases": str(len(bad))})
        gone = {file.path for file in bad}
        stay = [file for file in files_of(self.catalog, state, current_of(state)) if file.path not in gone]
        draft.write_plan([*stay, *map(plain, writer.files)])
        draft.commit_to_main()
        draft.keep_plan()

    def _forget(self, table: Table, old: set[int]) -> int:
        now, follower, state = datetime.now(UTC), main_of(table), self._state(table)
        told = {
            f"{ERASED}{snapshot}": Erasure(follower or 0, _days(state, snapshot), now).text
            for snapshot in old & {entry.snapshot_id for entry in table.metadata.snapshot_log}
        }
        stay = [snapshot for snapshot in table.metadata.snapshots if snapshot.snapshot_id not in old]
        self.note(files_in_use(table, table.metadata.snapshots) - files_in_use(table, stay))
        table, unlisted = forget(self.catalog, table, old, {**self._carried(table, old, now), **told})
        return delete(table, unlisted)[0]

    def _carried(self, table: Table, old: set[int], now: datetime) -> dict[str, str]:
        """What was remembered of earlier erasures, whose followers go now."""
        state, follower = self._state(table), main_of(table) or 0
        numbers = [int(key.removeprefix(ERASED)) for key in state.properties if key.startswith(ERASED)]
        found = {number: erased for number in numbers if (erased := state.erased(number)) is not None}
        return {
            f"{ERASED}{number}": Erasure(follower, _days(state, number), erased.at).text
            for number, erased in found.items()
            if erased.follower in old
        }


def _days(state: TableState, snapshot: int) -> str | None:
    """The days changed since a snapshot; the erasure itself changed none."""
    days = changed_days(state, snapshot)
    return None if days is None else text_of_days(days)


def _batches(files: Sequence[DataFile]) -> Iterator[list[DataFile]]:
    batch: list[DataFile] = []
    for file in files:
        if batch and sum(f.bytes for f in batch) + file.bytes > BATCH_BYTES:
            yield batch
            batch = []
        batch.append(file)
    if batch:
        yield batch
