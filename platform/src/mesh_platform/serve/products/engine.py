"""DuckDB for requests: one engine for lookups, one for everything that can be long, each with threads of its own.

A long stream holds a thread only while it makes its next chunk, and never one of the lookups' threads, so neither
streams nor slow readers starve a lookup. Memory is bounded by the settings; what does not fit is spilled.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock, local
from typing import TYPE_CHECKING, Any, Final, TypeVar

from mesh_platform.errors import MeshFailure
from mesh_platform.serve.problems import Problem
from mesh_platform.serve.products.failing import Failing
from mesh_platform.serve.products.statements import Statement
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

T = TypeVar("T")
QUICK_THREADS: Final = 2
WIDE_THREADS: Final = 4
QUICK_MB: Final = 256
"""What lookups may use: they read one row group of a few columns at a time."""
MOST_OPEN: Final = 16
"""Long answers under way at once; each may hold a buffer of 10 MB and a row group a thread."""
BATCH_ROWS: Final = 16_384
"""Rows that an answer makes at a time: several copies of them are held until they left. Four times as many are no
quicker, and take 150 MB more for rows of 19 columns."""


class Engine:
    """Runs statements; opens DuckDB at the first one.

    Args:
        settings: Memory, and where results that are too large for it are spilled.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._spill = settings.home / "serve" / f"spill-{os.getpid()}"
        self._quick_pool = ThreadPoolExecutor(QUICK_THREADS, "lookup")
        self.wide_pool = ThreadPoolExecutor(WIDE_THREADS, "rows")
        self._opening, self._mine = Lock(), local()
        self._engines: dict[str, duckdb.DuckDBPyConnection] = {}
        self._open = 0

    async def quick(self, work: Callable[..., T], *arguments: Any) -> T:
        """Run something short on a lookup's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._quick_pool, partial(work, *arguments))

    async def wide(self, work: Callable[..., T], *arguments: Any) -> T:
        """Run something that can be long."""
        return await asyncio.get_running_loop().run_in_executor(self.wide_pool, partial(work, *arguments))

    def later(self, work: Callable[..., object], *arguments: Any) -> None:
        """Run something that nobody waits for."""
        self.wide_pool.submit(work, *arguments)

    def table(self, statement: Statement) -> pa.Table:
        """Answer a lookup as a table; call it on a lookup's thread."""
        with self.failing("quick"):
            relation = self._lookups().sql(statement.sql, params=list(statement.parameters))
            found: pa.Table = relation.to_arrow_table()
            return found

    def values(self, statement: Statement) -> list[tuple[Any, ...]]:
        """Answer a lookup as values, which takes half the time of a table; call it on a lookup's thread."""
        with self.failing("quick"):
            return self._lookups().execute(statement.sql, list(statement.parameters)).fetchall()

    def _lookups(self) -> duckdb.DuckDBPyConnection:
        connection: duckdb.DuckDBPyConnection | None = getattr(self._mine, "connection", None)
        if connection is None:
            connection = self._mine.connection = self._connect("quick")
        return connection

    async def open(self, statement: Statement) -> Reading:
        """Begin a statement whose answer can be long; whoever opens it closes it.

        Raises:
            Problem: 503 where too many are under way.
        """
        if self._open >= MOST_OPEN:
            raise Problem(
                503,
                "busy",
                f"{MOST_OPEN} long answers are under way; try again in a moment",
                rule=f"at most {MOST_OPEN} at once",
                headers={"Retry-After": "1"},
            )
        self._open += 1
        try:
            return Reading(self, await self.wide(self._connect, "wide"), statement)
        except BaseException:
            self._open -= 1
            raise

    def done(self) -> None:
        """Count one long answer less."""
        self._open -= 1

    def failing(self, name: str) -> Failing:
        """Tell DuckDB's errors in the mesh's words while the block runs.

        Args:
            name: The engine that is used in the block; it is given up where it can't go on.
        """
        return Failing(partial(self._give_up, name))

    def _give_up(self, name: str) -> None:
        with self._opening:
            self._engines.pop(name, None)
        self._mine = local()

    def _connect(self, name: str) -> duckdb.DuckDBPyConnection:
        with self._opening:
            if name not in self._engines:
                self._engines[name] = self._engine(name)
        connection = self._engines[name].cursor()
        connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")
        return connection

    def _engine(self, name: str) -> duckdb.DuckDBPyConnection:
        import duckdb

        quick = name == "quick"
        memory = min(QUICK_MB, self._settings.memory_mb) if quick else max(self._settings.memory_mb - QUICK_MB, 128)
        connection = duckdb.connect(
            config={
                # One thread answers a lookup in the thread that asks; handing it over would cost more than it saves.
                "threads": 1 if quick else min(os.cpu_count() or 1, WIDE_THREADS),
                # Files lie on this machine: reading ahead wins no time, and holds row groups before their turn.
                "async_threads": 0,
                "memory_limit": f"{memory}MB",
                "temp_directory": str(self._spill / name),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        connection.execute("set parquet_metadata_cache = true")
        if not quick:
            # DuckDB 2.0 breaks off with an internal error where it puts off reading columns of a page that also
            # selects file_index and file_row_number, and an engine is of no use after an internal error.
            connection.execute("set disabled_optimizers = 'late_materialization'")
        return connection


class Reading:
    """A statement under way.

    Args:
        engine: Whose threads it uses.
        connection: A connection of its own.
        statement: The statement.
    """

    def __init__(self, engine: Engine, connection: duckdb.DuckDBPyConnection, statement: Statement) -> None:
        self._engine, self._connection, self._statement = engine, connection, statement
        self._batches: pa.RecordBatchReader | None = None
        self._running: asyncio.Future[Any] | None = None
        self._closed = False

    async def run(self, work: Callable[..., T], *arguments: Any) -> T:
        """Run a step of this answer; where the request ends first, the query is interrupted."""
        loop = asyncio.get_running_loop()
        self._running = loop.run_in_executor(self._engine.wide_pool, partial(work, *arguments))
        try:
            return await asyncio.shield(self._running)
        except asyncio.CancelledError:
            self._connection.interrupt()
            raise

    def next(self) -> pa.RecordBatch | None:
        """Read the next rows; None at the end. Call it through `run`."""
        with self._engine.failing("wide"):
            if self._batches is None:
                relation = self._connection.sql(self._statement.sql, params=list(self._statement.parameters))
                self._batches = relation.to_arrow_reader(BATCH_ROWS)
            return next((batch for batch in self._batches if batch.num_rows), None)

    def all(self) -> pa.Table:
        """Read all rows at once: for pages. Call it through `run`."""
        statement = self._statement
        with self._engine.failing("wide"):
            relation = self._connection.sql(statement.sql, params=list(statement.parameters))
            found: pa.Table = relation.to_arrow_table()
            return found

    @property
    def schema(self) -> pa.Schema:
        """The columns of the answer, once `next` was called."""
        if self._batches is None:
            raise MeshFailure("a statement's columns are known once it runs; this is a bug")
        return self._batches.schema

    def close(self) -> None:
        """End it; what still runs is interrupted first and closed by its own thread."""
        if self._closed:
            return
        self._closed = True
        self._engine.done()
        if self._running is not None and not self._running.done():
            self._connection.interrupt()
            self._running.add_done_callback(self._interrupted)
        else:
            self._shut()

    def _interrupted(self, step: asyncio.Future[Any]) -> None:
        if not step.cancelled():
            step.exception()  # that it was interrupted is no news
        self._shut()

    def _shut(self) -> None:
        self._batches = None
        self._connection.close()
