"""Reading: the files of a snapshot, and its rows as one lazy frame."""

from __future__ import annotations

import os
from collections.abc import Collection
from datetime import date, datetime
from typing import TYPE_CHECKING

from mesh_platform.errors import UnknownName
from mesh_platform.lake.catalog import LakeCatalog
from mesh_platform.lake.history import current_of, snapshot_at
from mesh_platform.lake.plans import draft_plan, keep_plan, read_plan
from mesh_platform.lake.snapshots import DataFile
from mesh_platform.lake.state import TableState

if TYPE_CHECKING:
    import polars as pl


def published(catalog: LakeCatalog, table: str) -> TableState:
    """The state of a table that has a published snapshot.

    Raises:
        UnknownName: Where nothing was published under this name.
    """
    state = catalog.state(table)
    if state is None or state.current_id is None:
        raise UnknownName.of("published table", table, published_tables(catalog))
    return state


def published_tables(catalog: LakeCatalog) -> list[str]:
    """The names of the tables that have a published snapshot."""
    states = [catalog.state(table) for table in catalog.tables()]
    return [state.table for state in states if state is not None and state.current_id is not None]


def files_of(catalog: LakeCatalog, state: TableState, snapshot_id: int) -> list[DataFile]:
    """All data files of a snapshot, published or not."""
    if catalog.is_local and (plan := read_plan(state, snapshot_id)) is not None:
        return plan
    from mesh_platform.lake.manifests import live_files

    files = live_files(catalog.iceberg().load_table(state.table), snapshot_id)
    if catalog.is_local:
        keep_plan(draft_plan(state.location, state.uuid, snapshot_id, files, f"reader-{os.getpid()}"))
    return files


def files(
    catalog: LakeCatalog, table: str, as_of: int | datetime | None, days: Collection[date] | None
) -> list[DataFile]:
    """The data files of a published snapshot that can hold rows of the days."""
    state = published(catalog, table)
    return _of_days(files_of(catalog, state, snapshot_at(state, as_of)), days)


def scan(
    catalog: LakeCatalog,
    table: str,
    as_of: int | datetime | None,
    columns: Collection[str] | None,
    days: Collection[date] | None,
) -> pl.LazyFrame:
    """The rows of a published snapshot.

    Columns that files of the snapshot lack are null in them. A column that the table only got later can be asked
    for by name and is null.
    """
    from mesh_platform.lake.columns import lazy_frame, polars_schema

    state = published(catalog, table)
    snapshot_id = snapshot_at(state, as_of)
    here = polars_schema(state.columns(snapshot_id))
    later = polars_schema({**state.columns(current_of(state)), **state.current_columns})
    paths = [file.path for file in _of_days(files_of(catalog, state, snapshot_id), days)]
    if columns is None:
        return lazy_frame(paths, here)
    for column in columns:
        if column not in here and column not in later:
            raise UnknownName.of(f"column of {table}", column, list(here))
    return lazy_frame(paths, {**later, **here}).select(list(columns))


def _of_days(found: list[DataFile], days: Collection[date] | None) -> list[DataFile]:
    if days is None:
        return found
    wanted = frozenset(days)
    return [file for file in found if file.day is None or file.day in wanted]
