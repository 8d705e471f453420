"""Tells cheaply whether an SQLite file has changed, without opening it as a database."""

from pathlib import Path
from typing import Final

_COMMITS_AT: Final = 24
"""Where SQLite's file format keeps its change counter, four bytes."""


def stamp_of(file: Path) -> object:
    """Read what differs after every commit: the counter in the file's header, or the size of its write-ahead log.

    Args:
        file: A database.
    """
    with file.open("rb") as opened:
        opened.seek(_COMMITS_AT)
        commits = opened.read(4)
    log = file.with_name(file.name + "-wal")
    grown = (log.stat().st_size, log.stat().st_mtime_ns) if log.exists() else ()
    return commits, file.stat().st_mtime_ns, grown
