"""The lake as the other rooms see it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from mesh_platform.lake import history, read
from mesh_platform.lake.catalog import LakeCatalog
from mesh_platform.lake.layout import TableLayout
from mesh_platform.lake.snapshots import Audit, DataFile, Erased, Made, Replace, Snapshot, Swept
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    import polars as pl


class Lake:
    """Tables of published snapshots.

    Looking (`tables`, `current`, `history`, `files`, `changed_days`) is quick to start; `scan` needs Polars, the
    methods that change something need pyiceberg.
    """

    def __init__(self, catalog: LakeCatalog) -> None:
        self._catalog = catalog

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open the lake of the settings, making its local folders where they are missing."""
        catalog = LakeCatalog(settings)
        catalog.make_folders()
        return cls(catalog)

    def publish(
        self,
        table: str,
        schema: TableLayout,
        frames: Callable[[], Iterable[pl.DataFrame]],
        *,
        replace: Replace,
        made: Made,
        audit: Audit | None,
    ) -> Snapshot:
        """Write rows to a branch, audit them there and publish them in one atomic step.

        Until then readers see the snapshot before, and after a crash at any instant they still do.

        Args:
            table: `<domain>.<table>`; made where it does not exist.
            schema: The layout of the rows; the table follows it (new nullable columns, dropped and wider ones).
            frames: Yields the new rows, each frame held in memory once; called again if another publisher came first.
            replace: What the new rows take the place of: everything, days, or the rows with certain values.
            made: What the snapshot is made from.
            audit: Judges the candidate; None where nothing can be wrong with it.

        Raises:
            ContractBroken: Where the audit or the layout refused the rows; nothing was published.
            BadContract: Where rows that are kept do not fit the layout.
            PublishConflict: Where other publishers kept coming first.
        """
        from mesh_platform.lake.publish import Publishing

        return Publishing(self._catalog, table, schema, frames, replace, made, audit).run()

    def tables(self) -> list[str]:
        """The names of all published tables."""
        return read.published_tables(self._catalog)

    def current(self, table: str) -> Snapshot | None:
        """The current snapshot; None where nothing was published yet."""
        return next(iter(self.history(table)), None)

    def history(self, table: str) -> list[Snapshot]:
        """The published states, newest first; a rollback is a state of its own."""
        state = self._catalog.state(table)
        return [] if state is None else state.history()[::-1]

    def files(
        self, table: str, *, as_of: int | datetime | None = None, days: Collection[date] | None = None
    ) -> list[DataFile]:
        """The Parquet files of a snapshot.

        Args:
            table: The table.
            as_of: A snapshot's id or a time; None for the current one.
            days: Only files that can hold rows of these days; all files where the table has no partition.

        Raises:
            UnknownName: Where there is no such table or snapshot.
        """
        return read.files(self._catalog, table, as_of, days)

    def scan(
        self,
        table: str,
        *,
        as_of: int | datetime | None = None,
        columns: Collection[str] | None = None,
        days: Collection[date] | None = None,
    ) -> pl.LazyFrame:
        """The rows of a snapshot as a lazy frame; arguments as in `files`, and the columns to read."""
        return read.scan(self._catalog, table, as_of, columns, days)

    def changed_days(self, table: str, since: int) -> frozenset[date] | None:
        """The days changed by the snapshots published after one; None where everything may have changed."""
        state = self._catalog.state(table)
        return None if state is None else history.changed_days(state, since)

    def erased_at(self, table: str, snapshot_id: int) -> datetime | None:
        """When a snapshot was removed because a person in it was erased; None where it was not."""
        state = self._catalog.state(table)
        erased = None if state is None else state.erased(snapshot_id)
        return None if erased is None else erased.at

    def rollback(self, table: str, snapshot_id: int, run_id: str) -> Snapshot:
        """Make an earlier published snapshot current again, in one commit that the history tells.

        Raises:
            UnknownName: Where the snapshot was never published or has expired.
            PublishConflict: Where a publisher came first.
        """
        from mesh_platform.lake.rollback import roll_back

        return roll_back(self._catalog, table, snapshot_id, run_id)

    def expire(self, table: str, older_than: datetime) -> Swept:
        """Forget the states that were no longer current at a time, and delete the files that only they list."""
        from mesh_platform.lake.expire import expire

        return expire(self._catalog, table, older_than)

    def all_files(self, table: str) -> list[str]:
        """The paths of the data files and manifests of every snapshot that is kept, published or on a branch."""
        from mesh_platform.lake.erase import files_kept

        return files_kept(self._catalog, table)

    def folder(self, table: str) -> Path | None:
        """Where a table's files lie; None where that is no folder of this machine."""
        state = self._catalog.state(table)
        return Path(state.location.removeprefix("file://")) if state and self._catalog.is_local else None

    def erase(
        self,
        table: str,
        files: Collection[str],
        change: Callable[[pl.DataFrame], pl.DataFrame],
        *,
        note: Callable[[Collection[str]], None],
    ) -> Erased:
        """Rewrite files of the current snapshot, forget every snapshot that lists one of them, delete the files.

        Products made from the table need not be made again: days that did not change before count as unchanged.

        Args:
            table: The table.
            files: Data files and manifests that must not stay, see `all_files`.
            change: Takes rows of them and returns those that stay, changed where they must be.
            note: Told of the files that will be deleted, before nothing lists them any more: after a crash,
                `delete_unlisted` deletes those that nothing lists.

        Raises:
            PublishConflict: Where other publishers kept coming first.
        """
        from mesh_platform.lake.erase import erase

        return erase(self._catalog, table, frozenset(files), change, note)

    def delete_unlisted(self, table: str, files: Collection[str]) -> int:
        """Delete those of the files that no snapshot lists; returns how many there were."""
        from mesh_platform.lake.erase import delete_unlisted

        return delete_unlisted(self._catalog, table, files)

    def compact(self, table: str, *, min_files: int = 4) -> Snapshot | None:
        """Merge the small files of each day (or of the table) into sorted ones; None where there was nothing to do.

        Args:
            table: The table.
            min_files: How many small files a day must have to be worth it.
        """
        from mesh_platform.lake.compact import compact

        return compact(self._catalog, table, min_files)

    def drop(self, table: str) -> int:
        """Take a table away with all its states; returns the bytes freed."""
        from mesh_platform.lake.drop import drop

        return drop(self._catalog, table)

    def heal(self, table: str) -> Swept:
        """Drop the branches of dead publishers and delete files that no snapshot lists."""
        from mesh_platform.lake.sweep import heal

        return heal(self._catalog, table)
