"""The current states of tables for those who ask all the time: metadata is parsed once and kept until it changes.

Whether it changed costs one look into the catalog (0.1 ms where it is a SQLite file), so nobody reads an old state
after a publish. Where the catalog is a server, the look is skipped for `TRUSTED_S`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from threading import Lock
from time import monotonic
from typing import Final

from mesh_platform.errors import UnknownName
from mesh_platform.lake.catalog import LOCK_WAIT_S, NAME, LakeCatalog
from mesh_platform.lake.history import snapshot_at
from mesh_platform.lake.read import files_of
from mesh_platform.lake.snapshots import DataFile, Snapshot
from mesh_platform.lake.state import Erasure, TableState
from mesh_platform.settings import Settings

TRUSTED_S: Final = 1.0
"""How long a state is believed where a look into the catalog is a request to a server."""
PLANS_KEPT: Final = 8
"""Plans of snapshots that are kept for each table: pages pin older ones while new ones are published."""
_LOCATION: Final = (
    "select metadata_location from iceberg_tables where catalog_name = ? and table_namespace = ? and table_name = ?"
)


@dataclass(frozen=True)
class Head:
    """A table at one moment.

    Args:
        catalog: The lake's catalog.
        state: The table's metadata.
    """

    catalog: LakeCatalog
    state: TableState
    _plans: dict[int, list[DataFile]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def snapshots(self) -> Mapping[int, Snapshot]:
        """The published states that can be read, by id."""
        return {snapshot.snapshot_id: snapshot for snapshot in self.state.history()}

    def snapshot(self, as_of: int | datetime | None = None) -> Snapshot:
        """Find a published state.

        Args:
            as_of: A snapshot's id or a time; None for the current one.

        Raises:
            UnknownName: Where there is none.
        """
        return self.snapshots[snapshot_at(self.state, as_of)]

    def files(self, snapshot_id: int) -> list[DataFile]:
        """The files of a state in the order in which its rows are served: by day, then by path."""
        if (known := self._plans.get(snapshot_id)) is not None:
            return known
        found = files_of(self.catalog, self.state, snapshot_id)
        found.sort(key=lambda file: (file.day or date.min, file.path))
        if len(self._plans) >= PLANS_KEPT:
            self._plans.clear()
        self._plans[snapshot_id] = found
        return found

    def columns(self, snapshot_id: int) -> dict[str, str]:
        """Column → Iceberg type of a state, and of columns that the table only got later."""
        return {**self.state.current_columns, **self.state.columns(snapshot_id)}

    def erased(self, snapshot_id: int) -> Erasure | None:
        """What took the place of a state that an erasure removed; None where none did."""
        return self.state.erased(snapshot_id)


class Heads:
    """The heads of all tables of a lake; safe to ask from several threads.

    Args:
        settings: Where the lake is.
    """

    def __init__(self, settings: Settings) -> None:
        self._catalog = LakeCatalog(settings)
        self._known: dict[str, tuple[str, float, Head]] = {}
        self._changing = Lock()

    def head(self, table: str) -> Head:
        """Find a table's head.

        Raises:
            UnknownName: Where nothing was published under this name.
        """
        mark, (location, at, known) = self._mark(table), self._known.get(table, ("", 0.0, None))
        if known is not None and mark == location and (mark or monotonic() - at < TRUSTED_S):
            return known
        state = self._catalog.state(table)
        if state is None or state.current_id is None:
            raise UnknownName(f"{table}: nothing was published yet; the product has no rows to read")
        head = Head(self._catalog, state)
        with self._changing:
            self._known[table] = (mark, monotonic(), head)
        return head

    def _mark(self, table: str) -> str:
        """What changes with the table's state; "" where only a server could tell."""
        file = self._catalog.sqlite_file
        if file is None or not self._catalog.is_local or not file.exists():
            return ""
        space, _, name = table.partition(".")
        address = f"{file.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=LOCK_WAIT_S)) as catalog:
            try:
                found = catalog.execute(_LOCATION, (NAME, space, name)).fetchone()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):  # the first publisher has not made its tables yet
                    return ""
                raise
        return "" if found is None else str(found[0])
