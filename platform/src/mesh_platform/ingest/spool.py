"""The accepted rows of a run until they are published: in memory while they are few, else in Parquet files."""

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import Final, Self

import polars as pl

VALUE_BYTES: Final = 24  # a short text in memory; Polars' own estimate leaves the texts' views out


class Spool:
    """Rows in the order in which they were added, readable as often as needed; a context manager."""

    def __init__(self, folder: Path, schema: pl.Schema, memory_bytes: int) -> None:
        """Start empty.

        Args:
            folder: Where files go, should there be any; removed at the end.
            schema: The rows' columns, in order.
            memory_bytes: About how many bytes of rows are kept in memory before they go to files.
        """
        self._schema = schema
        self._limit = memory_bytes
        self._frames: list[pl.DataFrame] = []
        self._files: list[Path] = []
        self._parent = folder
        self._folder: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, rows: pl.DataFrame) -> None:
        """Take in a batch's rows."""
        self._frames.append(rows.select(self._schema.names()))
        if sum(frame.height * frame.width * VALUE_BYTES for frame in self._frames) > self._limit:
            self._write()

    def frames(self) -> Iterator[pl.DataFrame]:
        """Yield the rows, a frame a batch."""
        for file in self._files:
            yield pl.read_parquet(file)
        yield from self._frames

    def keys(self, key: Sequence[str], rows: pl.DataFrame) -> pl.DataFrame:
        """Find the keys of rows that the spool holds, with the file and line of each."""
        columns = [*key, "_file", "_line"]
        held = [frame.lazy() for frame in self._frames] + [pl.scan_parquet(file) for file in self._files]
        if rows.is_empty() or not held:
            return pl.DataFrame(schema={c: self._schema[c] for c in columns})
        asked = rows.lazy().select(key)
        return pl.concat([rows.select(columns) for rows in held]).join(asked, on=list(key), how="semi").collect()

    def _write(self) -> None:
        if self._folder is None:
            self._parent.mkdir(parents=True, exist_ok=True)
            _remove_leftovers(self._parent)
            self._folder = Path(mkdtemp(prefix=f"{os.getpid()}-", dir=self._parent))
        for rows in self._frames:
            file = self._folder / f"{len(self._files):06d}.parquet"
            rows.write_parquet(file, compression="lz4")
            self._files.append(file)
        self._frames = []


def _remove_leftovers(folder: Path) -> None:
    """Remove the files of processes that ended without doing so."""
    for spool in folder.glob("*"):
        if not _runs(int(spool.name.partition("-")[0])):
            shutil.rmtree(spool, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
