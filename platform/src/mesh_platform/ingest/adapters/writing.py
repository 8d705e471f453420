"""Writes feeds as files of the landing zone: one a source and day of delivery, each whole or not at all."""

import io
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from mesh_platform.ingest.adapters.interface import Feed, Progress

TIME: Final = "%Y-%m-%dT%H:%M:%S%.fZ"  # with a fraction only where there is one


def write_feeds(feeds: Sequence[Feed], landing: Path, progress: Progress) -> tuple[str, ...]:
    """Write feeds as CSV and name the files, relative to the landing zone; a file that is there already stays as it is.

    Args:
        feeds: What to write.
        landing: The landing zone.
        progress: Told of every file.
    """
    names: list[str] = []
    for feed in feeds:
        folder = landing / feed.domain / feed.source
        folder.mkdir(parents=True, exist_ok=True)
        days = list(_by_day(feed.rows))
        for done, (day, rows) in enumerate(days, start=1):
            path = folder / f"{feed.source}_{day}.csv"
            _write(path, rows)
            names.append(path.relative_to(landing).as_posix())
            progress(feed.name, done, len(days))
    return tuple(names)


def _by_day(rows: pl.DataFrame) -> Iterator[tuple[date, pl.DataFrame]]:
    """Cut rows into days, which keeps their order within a day."""
    ordered = rows.sort("_day", maintain_order=True)
    runs = ordered.select(pl.col("_day").rle()).unnest("_day")
    start = 0
    for length, day in runs.iter_rows():
        yield day, ordered.slice(start, length).drop("_day")
        start += length


def _write(path: Path, rows: pl.DataFrame) -> None:
    content = io.BytesIO()
    rows.write_csv(content, datetime_format=TIME)
    if path.exists() and path.read_bytes() == content.getvalue():
        return
    unfinished = path.with_name(f".{path.name}.tmp")
    unfinished.write_bytes(content.getvalue())
    unfinished.replace(path)
