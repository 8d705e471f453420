"""Arrow's IPC stream out of an answer, piece by piece."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx
    import polars as pl
    import pyarrow as pa

MEDIA_TYPE = "application/vnd.apache.arrow.stream"
PIECE_BYTES = 1 << 20
"""What is taken off the connection at a time."""


class _Body(io.RawIOBase):
    """An answer's body as a file that can be read once."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self._pieces, self._left = answer.iter_bytes(PIECE_BYTES), memoryview(b"")

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, into: Any) -> int:
        """Fill a buffer with what comes next."""
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        count = min(len(self._left), len(into))
        into[:count], self._left = self._left[:count], self._left[count:]
        return count


def batches(answer: httpx.Response) -> Iterator[pa.RecordBatch]:
    """Read batches as they come."""
    import pyarrow as pa

    with pa.ipc.open_stream(io.BufferedReader(_Body(answer), PIECE_BYTES)) as reader:
        yield from reader


def table(answer: httpx.Response) -> pa.Table:
    """Read all of it."""
    import pyarrow as pa

    with pa.ipc.open_stream(io.BufferedReader(_Body(answer), PIECE_BYTES)) as reader:
        return reader.read_all()


def frame(rows: pa.Table) -> pl.DataFrame:
    """Give a table as a Polars frame."""
    import polars as pl

    found = pl.from_arrow(rows)
    assert isinstance(found, pl.DataFrame)  # noqa: S101 - a table is no series
    return found
