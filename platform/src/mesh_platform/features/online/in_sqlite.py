"""The online store in one SQLite file, through apsw: readers in any process, one pusher at a time.

SQLite comes with apsw and not with Python, whose own may lose a write-ahead log; nothing is read by mmap. Rows are as
wide as vectors, so pages are large: a vector lies in the page of its key.
"""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mesh_platform.features.online.batches import batches
from mesh_platform.features.online.header import write
from mesh_platform.features.online.store import Found, OnlineStore, Row, check_first

if TYPE_CHECKING:
    import apsw

    from mesh_platform.features.online.header import Header

PAGE_BYTES = 16_384
"""A row of an index page may take a quarter of it: 4 KB, two vectors of 250 numbers."""
ROWS_A_TRANSACTION = 2_000
"""What is written or deleted at once: the log stays small, and no reader's page is kept long."""
BUSY_MS = 30_000
TABLES = """
create table if not exists view (id text primary key, generation integer not null, header blob not null) without rowid;
create table if not exists feature (
    generation integer not null, key blob not null, value blob not null, primary key (generation, key)
) without rowid;
create table if not exists generation (id integer primary key autoincrement, view text not null);
"""


class SqliteStore(OnlineStore):
    """Features in a file; it is made by the first push.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._opened: list[apsw.Connection] = []
        self._writer: apsw.Connection | None = None

    def read(self, view: str, keys: Sequence[bytes]) -> Found | None:
        """See `OnlineStore.read`."""
        reader = self._reader()
        if reader is None:
            return None
        reader.execute("begin")  # everything until its end sees one state of the file
        try:
            live = reader.execute("select generation, header from view where id = ?", (view,)).fetchone()
            if live is None:
                return None
            generation, header = live
            one = "select value from feature where generation = ? and key = ?"
            found = (reader.execute(one, (generation, key)).fetchone() for key in keys)
            return header, [row and row[0] for row in found]
        finally:
            reader.execute("commit")

    def views(self) -> list[str]:
        """See `OnlineStore.views`."""
        reader = self._reader()
        return [] if reader is None else [name for (name,) in reader.execute("select id from view order by id")]

    @contextmanager
    def pushing(self) -> Iterator[None]:
        """See `OnlineStore.pushing`; the operating system ends a dead pusher's hold on the file."""
        self._make_folder()
        with self._path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._clean()
            yield

    def begin(self, view: str) -> str:
        """See `OnlineStore.begin`."""
        sql = "insert into generation (view) values (?) returning id"
        return str(self._open_writer().execute(sql, (view,)).get)

    def put(self, view: str, generation: str, rows: Iterable[Row]) -> None:
        """See `OnlineStore.put`."""
        writer = self._open_writer()
        for some in batches(rows, ROWS_A_TRANSACTION):
            with writer:
                self._upsert(writer, int(generation), some)

    def switch(self, view: str, generation: str, header: Header, before: bytes | None) -> None:
        """See `OnlineStore.switch`."""
        with self._changing(view, before) as writer:
            writer.execute(
                "insert or replace into view (id, generation, header) values (?, ?, ?)",
                (view, int(generation), write(header)),
            )
        self._clean()

    def patch(self, view: str, rows: Iterable[Row], gone: Iterable[bytes], header: Header, before: bytes) -> None:
        """See `OnlineStore.patch`."""
        with self._changing(view, before) as writer:
            generation = writer.execute("select generation from view where id = ?", (view,)).get
            self._upsert(writer, generation, rows)
            each = ((generation, key) for key in gone)
            writer.executemany("delete from feature where generation = ? and key = ?", each)
            writer.execute("update view set header = ? where id = ?", (write(header), view))

    def rows(self, view: str) -> Iterator[Row]:
        """See `OnlineStore.rows`."""
        reader, after = self._reader(), b""
        while reader is not None:
            some: list[Any] = reader.execute(
                "select key, value from feature where generation = (select generation from view where id = ?) "
                "and key > ? order by key limit ?",
                (view, after, ROWS_A_TRANSACTION),
            ).fetchall()
            yield from some
            if len(some) < ROWS_A_TRANSACTION:
                return
            after, _ = some[-1]

    def drop(self, view: str) -> None:
        """See `OnlineStore.drop`."""
        self._open_writer().execute("delete from view where id = ?", (view,))
        self._clean()

    def close(self) -> None:
        """See `OnlineStore.close`; what was deleted was overwritten, and the log that may still hold it is emptied."""
        if self._writer is not None:
            self._writer.execute("pragma wal_checkpoint(truncate)")
        for connection in (*self._opened, self._writer):
            if connection is not None:
                connection.close()
        self._opened, self._writer, self._local = [], None, threading.local()

    def _reader(self) -> apsw.Connection | None:
        """This thread's connection; None before the first push."""
        found: apsw.Connection | None = getattr(self._local, "connection", None)
        if found is None and self._path.exists():
            import apsw

            found = apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READWRITE)
            found.set_busy_timeout(BUSY_MS)
            found.execute("pragma query_only = on")
            if not found.execute("select 1 from sqlite_master where name = 'view'").fetchone():
                found.close()
                return None
            self._local.connection = found
            self._opened.append(found)
        return found

    def _make_folder(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)

    def _open_writer(self) -> apsw.Connection:
        if self._writer is None:
            import apsw

            self._make_folder()
            self._writer = apsw.Connection(str(self._path))
            self._path.chmod(0o600)
            self._writer.set_busy_timeout(BUSY_MS)
            self._writer.execute(f"pragma page_size = {PAGE_BYTES}; pragma journal_mode = wal")
            self._writer.execute("pragma synchronous = normal; pragma secure_delete = on")
            with self._writer:
                self._writer.execute(TABLES)
        return self._writer

    @contextmanager
    def _changing(self, view: str, before: bytes | None) -> Iterator[apsw.Connection]:
        """One transaction, if nobody else has pushed the view since."""
        writer = self._open_writer()
        writer.execute("begin immediate")
        try:
            check_first(view, writer.execute("select header from view where id = ?", (view,)).get, before)
            yield writer
            writer.execute("commit")
        except BaseException:
            writer.execute("rollback")
            raise

    def _upsert(self, writer: apsw.Connection, generation: int, rows: Iterable[Row]) -> None:
        each = ((generation, key, value) for key, value in rows)
        writer.executemany("insert or replace into feature (generation, key, value) values (?, ?, ?)", each)

    def _clean(self) -> None:
        """Delete the generations that nobody reads: those before a switch, and those of pushes that died."""
        writer = self._open_writer()
        dead = "select id from generation where id not in (select generation from view)"
        for (generation,) in writer.execute(dead).fetchall():
            some = (
                "delete from feature where (generation, key) in "
                "(select generation, key from feature where generation = ? limit ?)"
            )
            while writer.execute(some, (generation, ROWS_A_TRANSACTION)) and writer.changes():
                continue
            writer.execute("delete from generation where id = ?", (generation,))
