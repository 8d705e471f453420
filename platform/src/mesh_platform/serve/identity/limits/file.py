"""Limits counted in one SQLite file: the workers of one machine count together, and a restart forgets no row.

A count takes some 40 microseconds. What a crash of the machine takes away are counts, never rows, so nothing waits for
the disk.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mesh_platform.serve.identity.limits.allowance import UNLIMITED, Allowance

if TYPE_CHECKING:
    import apsw

BUSY_MS: Final = 100
"""A request waits no longer than that for the counts of other workers."""
_TABLES: Final = """
pragma journal_mode = wal;
pragma synchronous = off;
create table if not exists buckets (consumer text primary key, tokens real not null, counted_at real not null);
create table if not exists days (consumer text primary key, day text not null, spent integer not null);
"""
_BUCKET: Final = "select tokens, counted_at from buckets where consumer = ?"
_SPENT: Final = "select spent from days where consumer = ? and day = ?"


class FileCounter:
    """Counts in a file that the workers of a machine share.

    Args:
        path: The file; it is made where there is none.
        clock: Seconds, the same in every worker.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        import apsw

        from mesh_platform.pipeline.lock import exclusive

        path.parent.mkdir(parents=True, exist_ok=True)
        self.failure: type[Exception] = apsw.Error
        self._clock = clock
        self._guard = threading.Lock()
        self._file = apsw.Connection(str(path))
        self._file.set_busy_timeout(BUSY_MS)
        with exclusive(path.with_suffix(".lock")):  # workers start at once, and changing the journal waits for nobody
            self._file.execute(_TABLES).fetchall()  # each pragma answers, and the rest waits until that was read

    def take(self, allowance: Allowance) -> float:
        """Count a request; see `Counter`."""
        if allowance.rate == UNLIMITED:
            return 0.0
        with self._alone() as file:
            now = self._clock()
            tokens, then = file.execute(_BUCKET, (allowance.consumer,)).fetchone() or (allowance.burst, now)
            tokens = min(allowance.burst, tokens + max(0.0, now - then) * allowance.rate)
            admitted = tokens >= 1
            left = tokens - 1 if admitted else tokens
            file.execute("replace into buckets values (?, ?, ?)", (allowance.consumer, left, now))
        return 0.0 if admitted else (1 - tokens) / allowance.rate

    def spend(self, allowance: Allowance, rows: int, now: datetime) -> bool:
        """Count rows; see `Counter`."""
        if allowance.rows == UNLIMITED:
            return True
        today = now.astimezone(UTC).date().isoformat()
        with self._alone() as file:
            (spent,) = file.execute(_SPENT, (allowance.consumer, today)).fetchone() or (0,)
            if spent + rows > allowance.rows:
                return False
            file.execute("replace into days values (?, ?, ?)", (allowance.consumer, today, spent + rows))
        return True

    def close(self) -> None:
        """Close the file."""
        with self._guard:
            self._file.close()

    @contextmanager
    def _alone(self) -> Iterator["apsw.Connection"]:
        """Keep other workers from counting in between."""
        with self._guard:
            self._file.execute("begin immediate")
            try:
                yield self._file
            finally:
                self._file.execute("commit")
