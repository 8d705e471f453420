"""Merging small files: the same rows in fewer, sorted files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

import polars as pl
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Operation

from mesh_platform.errors import MeshFailure, PublishConflict
from mesh_platform.lake.catalog import LakeCatalog
from mesh_platform.lake.columns import lazy_frame, polars_schema
from mesh_platform.lake.commit import Overtaken
from mesh_platform.lake.draft import Draft
from mesh_platform.lake.history import current_of
from mesh_platform.lake.layout import TableLayout
from mesh_platform.lake.manifests import plain
from mesh_platform.lake.publishers import Publisher, at_work
from mesh_platform.lake.read import files_of, published
from mesh_platform.lake.rows import RowWriter
from mesh_platform.lake.snapshots import DataFile, Snapshot
from mesh_platform.lake.state import OURS, SORT, TableState
from mesh_platform.lake.steps import Step, reached

SMALL_BYTES: Final = 64 * 1024 * 1024  # larger files read as fast alone as merged
MERGED_BYTES: Final = 256 * 1024 * 1024  # what is merged at a time is held in memory
WITHOUT_DAYS: Final = 2  # how many files make a table without a partition worth it
ATTEMPTS: Final = 5


def compact(catalog: LakeCatalog, name: str, min_files: int) -> Snapshot | None:
    """Merge the small files of each day, or of a table without days, into one sorted file.

    The new snapshot says that it changed no days and keeps all else that was recorded with the one before.

    Args:
        catalog: The lake's catalog.
        name: The table.
        min_files: How many small files a day must have to be worth it.

    Returns:
        The new snapshot, or None where there was nothing to merge.

    Raises:
        PublishConflict: Where publishers kept coming first.
    """
    for _ in range(ATTEMPTS):
        published(catalog, name)  # refuses a table that is not there
        table = catalog.iceberg().load_table(name)
        state = TableState.parse(name, table.metadata.model_dump_json())
        groups = list(_groups(files_of(catalog, state, current_of(state)), min_files))
        if not groups:
            return None
        with at_work() as publisher:
            try:
                return _merge(catalog, state, table, publisher, groups)
            except Overtaken:
                continue
    raise PublishConflict(f"{name}: publishers came first {ATTEMPTS} times; compact it again when they are done")


def _groups(files: Sequence[DataFile], min_files: int) -> Iterator[list[DataFile]]:
    """The files to merge with each other."""
    by_day: dict[date | None, list[DataFile]] = defaultdict(list)
    for file in files:
        if file.bytes < SMALL_BYTES:
            by_day[file.day].append(file)
    for day, small in by_day.items():
        enough = WITHOUT_DAYS if day is None else min_files
        yield from (group for group in _filled(small) if len(group) >= max(enough, 2))


def _filled(files: Sequence[DataFile]) -> Iterator[list[DataFile]]:
    group: list[DataFile] = []
    for file in files:
        if group and sum(f.bytes for f in group) + file.bytes > MERGED_BYTES:
            yield group
            group = []
        group.append(file)
    yield group


def _merge(
    catalog: LakeCatalog, state: TableState, table: Table, publisher: Publisher, groups: Sequence[list[DataFile]]
) -> Snapshot:
    base = current_of(state)
    schema = table.metadata.schema_by_id(state.raw(base)["schema-id"]) or table.schema()
    draft = Draft(catalog, table, base, schema, publisher, operation=Operation.REPLACE)
    try:
        writer = RowWriter(table, state.table, schema, layout_of(state, base), publisher, begun=draft.data_files)
        for group in groups:
            writer.rewrite(lazy_frame([file.path for file in group], writer.layout.schema).collect())
        reached(Step.ROWS_WRITTEN)
        _publish(state, draft, writer, [file for group in groups for file in group])
    except BaseException:
        draft.discard()
        raise
    return TableState.parse(state.table, draft.table.metadata.model_dump_json()).history()[-1]


def _publish(state: TableState, draft: Draft, writer: RowWriter, gone: Sequence[DataFile]) -> None:
    new = [plain(file) for file in writer.files]
    if sum(file.rows for file in new) != sum(file.rows for file in gone):
        raise MeshFailure(f"{state.table}: merging its files would change how many rows it has; not published")
    draft.write_manifests(writer.files, gone, _properties(state))
    reached(Step.MANIFESTS_WRITTEN)
    merged = {file.path for file in gone}
    kept = [file for file in files_of(draft.catalog, state, current_of(state)) if file.path not in merged]
    draft.write_plan([*kept, *new])
    reached(Step.PLAN_WRITTEN)
    draft.commit_to_main()
    reached(Step.SWAPPED)
    draft.keep_plan()
    reached(Step.PLAN_CACHED)


def _properties(state: TableState) -> dict[str, str]:
    summary = state.raw(current_of(state))["summary"]
    kept = {key: value for key, value in summary.items() if key.startswith(OURS)}
    return {**kept, f"{OURS}days": "", f"{OURS}compacts": str(current_of(state))}


def layout_of(state: TableState, snapshot_id: int) -> TableLayout:
    """The layout of a snapshot's rows, as far as rewriting them needs it."""
    schema = pl.Schema(polars_schema(state.columns(snapshot_id)))
    sort = str(state.raw(snapshot_id)["summary"].get(SORT, "")).split(",")
    return TableLayout(schema, partition=state.partition, sort=tuple(column for column in sort if column in schema))
