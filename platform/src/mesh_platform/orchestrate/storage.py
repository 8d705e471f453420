"""Dagster's SQLite event log, with files that stay open and batches that are one transaction.

A run over a range of days records one event a day and asset. The stock SQLite storage opens a file, commits and closes
it twice for each of them, about 20 ms; a first run over 120 days spends half a minute there. Dagster hands such events
over in batches when `DAGSTER_EVENT_BATCH_SIZE` is set; this class stores a batch through one connection a file, and
leaves the files open between events: closing a file moves its whole write-ahead log.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import RLock, local
from typing import Any, Self

from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine

OPEN_FILES = 4
"""Files that stay open: the index and those of the runs at hand; a server that shows many runs closes the others."""


@dataclass(frozen=True, slots=True)
class _Batch:
    stack: ExitStack
    connections: dict[str, Connection] = field(default_factory=dict)


class BatchingEventLogStorage(SqliteEventLogStorage):
    """The SQLite event log whose batches are one transaction a file."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._thread = local()
        self._tables: set[str] = set()
        self._engines = OrderedDict[str, Engine]()
        super().__init__(base_dir, inst_data)
        self._db_lock: Any = RLock()  # one thread's batch holds two files at once

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        """Build the storage from `dagster.yaml`."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        batch: _Batch | None = getattr(self._thread, "batch", None)
        if batch is None:
            with self._transaction(shard) as connection:
                yield connection
            return
        if shard not in batch.connections:
            batch.connections[shard] = batch.stack.enter_context(self._transaction(shard))
        yield batch.connections[shard]

    @contextmanager
    def _transaction(self, shard: str) -> Iterator[Connection]:
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            url, timeout = self.conn_string_for_shard(shard), {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
            self._engines[shard] = engine = create_engine(url, connect_args=timeout)
            event.listen(engine, "connect", _without_waiting_for_the_disk)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
        self._engines.move_to_end(shard)
        while len(self._engines) > OPEN_FILES:
            self._engines.popitem(last=False)[1].dispose()
        return self._engines[shard]

    def dispose(self) -> None:
        """Close the files."""
        self._close()
        super().dispose()

    def wipe(self) -> None:
        """Delete the events of all runs."""
        self._close()
        super().wipe()

    def _close(self) -> None:
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()

    def _has_asset_key_index_cols_on_connection(self, conn: Connection) -> bool:
        return True  # asked for every event; only databases older than this project lack the columns

    def has_table(self, table_name: str) -> bool:
        """Say whether the index holds a table, asking the file once a table."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events, all or none of them a file."""
        with ExitStack() as stack:
            self._thread.batch = _Batch(stack)
            try:
                for stored in events:
                    self.store_event(stored)
            finally:
                self._thread.batch = None


def _without_waiting_for_the_disk(connection: Any, _: object) -> None:
    """Let a power failure take the newest events; with its write-ahead log the file stays whole without the wait."""
    connection.execute("pragma synchronous = normal")
