"""The landing zone as the mesh sees it: which files a source has, and the day on which each was delivered.

Files that are still being written are hidden (`.name`) or end in `.tmp` or `.part`; they are not looked at.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final, Self

UNFINISHED: Final = (".tmp", ".part")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class LandedFile:
    """A file in the landing zone, as it was when it was looked at.

    Args:
        path: Where it is.
        name: Its path relative to the landing zone: how ledgers, rows and messages name it.
        size: Bytes.
        mtime_us: When it was last written, in microseconds since 1970.
        day: The day of delivery.
    """

    path: Path
    name: str
    size: int
    mtime_us: int
    day: date

    @classmethod
    def at(cls, path: Path, landing: Path) -> Self:
        """Look at a file."""
        found = path.stat()
        name = path.relative_to(landing).as_posix()
        return cls(path, name, found.st_size, found.st_mtime_ns // 1000, delivery_day(path))

    @property
    def ingested_at(self) -> datetime:
        """When the mesh could first know its rows: the end of the day of delivery, or when the file was written."""
        if _dated(self.path) is None:
            return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=self.mtime_us)
        return datetime.combine(self.day + timedelta(days=1), time(), UTC)


def delivery_day(path: Path) -> date:
    """The day in a file's name; without one, the UTC day on which the file was last written."""
    return _dated(path) or datetime.fromtimestamp(path.stat().st_mtime, UTC).date()


def landed_files(
    landing: Path, domain: str, source: str, days: Collection[date] | None = None
) -> tuple[LandedFile, ...]:
    """List a source's files in the order of their names, which decides which of two duplicates is the first.

    Args:
        landing: The landing zone.
        domain: The domain's name.
        source: The source's name.
        days: Only files delivered on these days; None for all.
    """
    folder = landing / domain / source
    if not folder.is_dir():
        return ()
    finished = (p for p in folder.iterdir() if p.is_file() and not _unfinished(p))
    files = (LandedFile.at(path, landing) for path in sorted(finished))
    return tuple(file for file in files if days is None or file.day in days)


def _unfinished(path: Path) -> bool:
    return path.name.startswith(".") or path.suffix in UNFINISHED


def _dated(path: Path) -> date | None:
    found = _DATE.search(path.name)
    try:
        return date.fromisoformat(found[0]) if found else None
    except ValueError:
        return None
