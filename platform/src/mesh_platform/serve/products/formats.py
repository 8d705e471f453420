"""The formats of an answer: each takes record batches as they come and never holds more than one.

What a format can't say is said in the same way everywhere: JSON and CSV write decimals and times as texts (RFC 3339,
UTC); JSON writes numbers that are not finite as null; CSV writes a missing value as nothing and an empty text as "".
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Protocol

import orjson

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

PARQUET_GROUP_ROWS: Final = 131_072
"""Rows of a row group of Parquet answers: what is held in memory until it is written."""


class Encoder(Protocol):
    """Writes one answer."""

    def begin(self, schema: pa.Schema) -> bytes:
        """What comes before all rows."""
        ...

    def rows(self, batch: pa.RecordBatch) -> bytes:
        """Some rows; may be empty where they are kept for the next call."""
        ...

    def end(self, following: str | None) -> bytes:
        """What comes after all rows; `following` is the cursor of the next page."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """A format that can be asked for.

    Args:
        name: What `format=` takes.
        media_type: What Accept asks for and Content-Type says.
        encoder: Makes the writer of one answer.
        compressible: Whether compressing it again pays.
    """

    name: str
    media_type: str
    encoder: Callable[[], Encoder]
    compressible: bool = True


class Json:
    """An object with the rows and the cursor of the next page."""

    def __init__(self) -> None:
        self._first = True

    def begin(self, schema: pa.Schema) -> bytes:
        """The object's beginning."""
        return b'{"rows":['

    def rows(self, batch: pa.RecordBatch) -> bytes:
        """Rows as objects."""
        lines = json_lines(batch).rstrip(b"\n").replace(b"\n", b",")  # a line break in a text is written as \\n
        separated = lines if self._first else b"," + lines
        self._first = False
        return separated

    def end(self, following: str | None) -> bytes:
        """The object's end."""
        return b'],"next":' + (b"null" if following is None else b'"' + following.encode() + b'"') + b"}"


class JsonLines:
    """An object a line."""

    def begin(self, schema: pa.Schema) -> bytes:
        """Nothing."""
        return b""

    def rows(self, batch: pa.RecordBatch) -> bytes:
        """A line a row."""
        return json_lines(batch)

    def end(self, following: str | None) -> bytes:
        """Nothing."""
        return b""


class Csv:
    """Comma-separated values with a header."""

    def begin(self, schema: pa.Schema) -> bytes:
        """The header."""
        return texts(schema.empty_table()).write_csv().encode()

    def rows(self, batch: pa.RecordBatch) -> bytes:
        """A line a row."""
        return texts(batch).write_csv(include_header=False).encode()

    def end(self, following: str | None) -> bytes:
        """Nothing."""
        return b""


class Arrow:
    """Arrow's IPC stream."""

    def __init__(self) -> None:
        self._sink = _Sink()

    def begin(self, schema: pa.Schema) -> bytes:
        """The schema."""
        import pyarrow as pa

        self._writer = pa.ipc.new_stream(pa.PythonFile(self._sink, mode="w"), schema)
        return self._sink.taken()

    def rows(self, batch: pa.RecordBatch) -> bytes:
        """A batch."""
        self._writer.write_batch(batch)
        return self._sink.taken()

    def end(self, following: str | None) -> bytes:
        """The end mark, without which a reader knows that the stream was cut."""
        self._writer.close()
        return self._sink.taken()


class Parquet:
    """A Parquet file; its footer comes last, so a cut one can't be read."""

    def __init__(self) -> None:
        self._sink = _Sink()
        self._kept: list[pa.RecordBatch] = []

    def begin(self, schema: pa.Schema) -> bytes:
        """The file's beginning."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._schema = schema
        self._writer = pq.ParquetWriter(pa.PythonFile(self._sink, mode="w"), schema, compression="zstd")
        return self._sink.taken()

    def rows(self, batch: pa.RecordBatch) -> bytes:
        """A row group once there are enough rows for one."""
        self._kept.append(batch)
        if sum(kept.num_rows for kept in self._kept) >= PARQUET_GROUP_ROWS:
            self._write()
        return self._sink.taken()

    def end(self, following: str | None) -> bytes:
        """The last row group and the footer."""
        self._write()
        self._writer.close()
        return self._sink.taken()

    def _write(self) -> None:
        import pyarrow as pa

        if self._kept:
            self._writer.write_table(pa.Table.from_batches(self._kept, self._schema))
            self._kept = []


class _Sink(io.RawIOBase):
    """A file that is emptied as it is written."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, part: object) -> int:
        said = bytes(part)  # type: ignore[call-overload]
        self._parts.append(said)
        self._written += len(said)
        return len(said)

    def tell(self) -> int:
        return self._written

    def taken(self) -> bytes:
        taken = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts = []
        return taken


FORMATS: Final[Mapping[str, Format]] = {
    each.name: each
    for each in (
        Format("json", "application/json", Json),
        Format("ndjson", "application/x-ndjson", JsonLines),
        Format("csv", "text/csv; charset=utf-8", Csv),
        Format("arrow", "application/vnd.apache.arrow.stream", Arrow),
        Format("parquet", "application/vnd.apache.parquet", Parquet, compressible=False),
    )
}
"""The formats by name; the first one is given where nothing is asked for."""


def json_lines(batch: pa.RecordBatch) -> bytes:
    """Write rows as JSON, one a line."""
    return texts(batch).write_ndjson().encode()


def json_row(columns: Sequence[str], values: Sequence[Any]) -> bytes:
    """Write one row as JSON, in the same way as many."""
    return orjson.dumps(dict(zip(columns, map(_json, values), strict=True)))


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        zone = "Z" if value.tzinfo else ""
        return value.replace(tzinfo=None).isoformat(timespec="microseconds") + zone
    return str(value) if isinstance(value, Decimal) else value


def texts(rows: pa.RecordBatch | pa.Table) -> pl.DataFrame:
    """Turn into texts what JSON and CSV have no type for."""
    import polars as pl
    import polars.selectors as cs

    frame = pl.DataFrame(rows)
    return frame.with_columns(
        cs.decimal().cast(pl.String),
        cs.datetime(time_zone="*").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ"),
        cs.datetime(time_zone=None).dt.strftime("%Y-%m-%dT%H:%M:%S%.6f"),
        cs.date().cast(pl.String),
    )
