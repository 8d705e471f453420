"""Where the lake's tables are: a SQL catalog that names each table's current metadata file.

Looking needs only the standard library where the catalog is a SQLite file and the warehouse a local folder; every
other catalog, and every commit, goes through pyiceberg, which is imported at first use (1.5 s).

The catalog's file must be opened by the standard library's SQLite only: a second SQLite library in the same process
would undo its locks.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mesh_platform.lake.state import TableState
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from pyiceberg.catalog.sql import SqlCatalog

NAME: Final = "mesh"
SQLITE: Final = "sqlite:///"
LOCAL: Final = "file://"
LOCK_WAIT_S: Final = 60  # commits last milliseconds; this long only if a machine stalls
RELOADS: Final = 10  # a metadata file may be cleared away between reading its name and opening it


class LakeCatalog:
    """The catalog of one lake."""

    def __init__(self, settings: Settings) -> None:
        self.url = settings.lake_catalog
        self.warehouse = settings.lake_warehouse
        self._iceberg: SqlCatalog | None = None
        self._process = 0

    @property
    def sqlite_file(self) -> Path | None:
        """The catalog's file, where it is one that the standard library can read by itself."""
        return Path(self.url.removeprefix(SQLITE)) if self.url.startswith(SQLITE) else None

    @property
    def is_local(self) -> bool:
        """Whether the lake's files are in a local folder."""
        return self.warehouse.startswith(LOCAL)

    def make_folders(self) -> None:
        """Create the folders of a catalog and a warehouse on this machine."""
        if self.url.startswith("sqlite") and (file := self.url.partition(":///")[2]):
            Path(file).parent.mkdir(parents=True, exist_ok=True)
        if self.is_local:
            Path(self.warehouse.removeprefix(LOCAL)).mkdir(parents=True, exist_ok=True)

    def tables(self) -> list[str]:
        """The names of all tables, those without a published snapshot included."""
        if self.sqlite_file is None or not self.is_local:
            iceberg = self.iceberg()
            return sorted(".".join(t) for space in iceberg.list_namespaces() for t in iceberg.list_tables(space))
        return sorted(f"{space}.{table}" for space, table, _ in self._rows(self.sqlite_file))

    def state(self, table: str) -> TableState | None:
        """Read a table's metadata; None where there is no such table."""
        direct = self.sqlite_file is not None and self.is_local
        for attempt in count(1):
            try:
                return self._state_directly(table) if direct else self._state_by_iceberg(table)
            except FileNotFoundError:  # twenty commits went by since; by now the catalog names a newer file
                if attempt == RELOADS:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def iceberg(self) -> SqlCatalog:
        """The catalog through pyiceberg, opened once in each process."""
        if self._iceberg is None or self._process != os.getpid():  # a fork must not share its parent's connections
            self._iceberg = _open(self.url, self.warehouse)
            self._process = os.getpid()
        return self._iceberg

    def _state_directly(self, table: str) -> TableState | None:
        location = None if self.sqlite_file is None else self._location(self.sqlite_file, table)
        return None if location is None else TableState.parse(table, Path(location.removeprefix(LOCAL)).read_bytes())

    def _state_by_iceberg(self, table: str) -> TableState | None:
        from pyiceberg.exceptions import NoSuchTableError

        try:
            found = self.iceberg().load_table(table)
        except NoSuchTableError:
            return None
        return TableState.parse(table, found.metadata.model_dump_json())

    def _location(self, file: Path, table: str) -> str | None:
        return next((location for space, name, location in self._rows(file) if f"{space}.{name}" == table), None)

    def _rows(self, file: Path) -> Iterator[tuple[str, str, str]]:
        if not file.exists():
            return
        # Not read-only: only a writer may recover the file after a crash in the middle of a commit.
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=LOCK_WAIT_S)) as catalog:
            try:
                rows = catalog.execute(
                    "select table_namespace, table_name, metadata_location from iceberg_tables where catalog_name = ?",
                    (NAME,),
                ).fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):  # the first publisher has not made its tables yet
                    return
                raise
        yield from rows


def _open(url: str, warehouse: str) -> SqlCatalog:
    from pyiceberg.catalog.sql import SqlCatalog
    from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

    waits = f"{'&' if '?' in url else '?'}timeout={LOCK_WAIT_S}" if url.startswith("sqlite") else ""
    try:
        return SqlCatalog(NAME, uri=url + waits, warehouse=warehouse)
    except (OperationalError, ProgrammingError, IntegrityError):
        # Two processes that open a new catalog at once both make its tables; the second one finds them made.
        return SqlCatalog(NAME, uri=url + waits, warehouse=warehouse)
