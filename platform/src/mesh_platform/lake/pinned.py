"""The tables that a run or a training reads, each at one snapshot: the same question has the same answer later."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Self

from mesh_platform.errors import MissingSource

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from mesh_platform.lake.lake import Lake


@dataclass(frozen=True, slots=True)
class Pinned:
    """Tables of the lake at pinned snapshots; SQL sees each under its own name, such as `sales.orders`.

    Args:
        lake: The lake.
        snapshots: Table → the snapshot that is read.
        frames: "<schema>.<name>" → rows that are no table of the lake, such as a mart of the run.
        memory_mb: What the SQL engine may use before it spills.
        names: Table → the name that it is known by instead, such as "sales.orders" of "sales.orders_v1".
    """

    lake: Lake
    snapshots: Mapping[str, int]
    frames: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    memory_mb: int = 2048
    names: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def current(cls, lake: Lake, tables: Collection[str], memory_mb: int = 2048) -> Self:
        """Pin tables to their current snapshots.

        Raises:
            MissingSource: Where a table has no snapshot yet.
        """
        found = {table: lake.current(table) for table in tables}
        if missing := sorted(table for table, snapshot in found.items() if snapshot is None):
            raise MissingSource(f"{', '.join(missing)}: no snapshot yet; `mesh run` publishes the first one")
        return cls(lake, {t: s.snapshot_id for t, s in found.items() if s is not None}, memory_mb=memory_mb)

    def sql(self, query: str, /, **given: pl.DataFrame) -> pl.DataFrame:
        """Ask DuckDB; times are UTC.

        Args:
            query: SQL over the pinned tables and the given frames.
            given: Frames that the query names.
        """
        import duckdb
        import polars as pl

        with duckdb.connect(config={"memory_limit": f"{self.memory_mb}MB"}) as connection:
            connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")
            for table, snapshot in self.snapshots.items():
                if (name := self.names.get(table, table)) in query:
                    self._show(connection, name, table, snapshot)
            for name, rows in self.frames.items():
                connection.register("frame_" + name.replace(".", "_"), rows.to_arrow())
                connection.execute(f"create schema if not exists {name.split('.')[0]}")
                connection.execute(f"create view {name} as select * from frame_{name.replace('.', '_')}")
            for name, rows in given.items():
                connection.register(name, rows.to_arrow())
            return pl.DataFrame(connection.sql(query).to_arrow_table())

    def snapshot_of(self, table: str) -> int:
        """The snapshot at which a table is read."""
        return self.snapshots[self._table(table)]

    def _table(self, name: str) -> str:
        """Find the table that is known by a name, or is called so."""
        return next((table for table, known_by in self.names.items() if known_by == name), name)

    def _show(self, connection: duckdb.DuckDBPyConnection, name: str, table: str, snapshot: int) -> None:
        from mesh_platform.lake.duck import rows_sql

        files = [f.path for f in self.lake.files(table, as_of=snapshot)]
        columns = self.lake.scan(table, as_of=snapshot).collect_schema()
        connection.execute(f"create schema if not exists {name.split('.', maxsplit=1)[0]}")
        connection.execute(f"create view {name} as {rows_sql(files, columns)}")

    def scan(
        self, table: str, *, columns: Collection[str] | None = None, days: Collection[date] | None = None
    ) -> pl.LazyFrame:
        """The rows of a pinned table as a lazy frame."""
        table = self._table(table)
        return self.lake.scan(table, as_of=self.snapshots[table], columns=columns, days=days)

    def days_of(self, table: str) -> list[date]:
        """The days on which a pinned table has rows, oldest first."""
        table = self._table(table)
        files = self.lake.files(table, as_of=self.snapshots[table])
        return sorted({f.day for f in files if f.day is not None})

    @property
    def days(self) -> list[date]:
        """The days on which any pinned table has rows, oldest first."""
        return sorted({day for table in self.snapshots for day in self.days_of(table)})

    @property
    def known_until(self) -> datetime:
        """The end of the newest day that any pinned table holds: the "now" of batch predictions.

        Raises:
            MissingSource: Where no pinned table has a day.
        """
        if not self.days:
            raise MissingSource(f"{', '.join(self.snapshots)}: no rows by day; there is no newest day to predict from")
        return datetime.combine(self.days[-1] + timedelta(days=1), time(), UTC)
