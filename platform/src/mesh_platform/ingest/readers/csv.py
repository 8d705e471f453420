"""CSV: a header with exactly the contract's columns in any order; a record is one line."""

import csv
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from mesh_platform.contract import Shape
from mesh_platform.errors import BadFile
from mesh_platform.ingest.landing import LandedFile
from mesh_platform.ingest.readers.columns import frame_of, refuse_other_columns
from mesh_platform.ingest.readers.interface import Piece, Sha
from mesh_platform.ingest.readers.text import Block, blocks

COMMA: Final = ord(",")
QUOTE: Final = ord('"')
Truths = np.ndarray[Any, np.dtype[np.bool_]]
_FIELD: Final = r'(?:[^",]*|"(?:[^"]|"")*")'


class CsvReader:
    """Reads CSV; see `Reader`."""

    def pieces(self, file: LandedFile, shape: Shape, sha: Sha, limit: int) -> Iterator[Piece]:
        """Read a CSV file in pieces."""
        header: list[str] = []
        for block in blocks(file, "csv", sha, limit):
            body = block
            if not header:
                header = _header(file, block, shape)
                body = block.without_first()
            yield _piece(file, shape, header, body)


def _header(file: LandedFile, block: Block, shape: Shape) -> list[str]:
    header = _fields(bytes(block.data[: block.ends[0]]).decode().rstrip("\r"))
    for name in header:
        if header.count(name) > 1:
            raise BadFile(
                file.name, "a column is named once", f"the header names '{name}' twice", "deliver it with one of them"
            )
    refuse_other_columns(file, header, shape.names, shape)
    return header


def _piece(file: LandedFile, shape: Shape, header: Sequence[str], block: Block) -> Piece:
    lines = block.lines()
    good = _well_formed(block, lines, len(header))
    kept = lines if good.all() else lines.filter(pa.array(good))
    values = _parsed(kept["_record"], header, quoted=block.has(QUOTE))
    numbers = pl.Series("_line", kept["_line"].to_numpy(), pl.Int64)
    bad = frame_of(lines.filter(pa.array(~good)))
    reasons = pl.Series("reason", [_fault(line.rstrip("\r\n"), len(header)) for line in bad["_record"]], pl.String)
    rows = values.select(shape.names).with_columns(numbers)
    return Piece(file, rows, bad.select("_line", reasons), frame_of(lines), len(block.data))


def _well_formed(block: Block, lines: pa.Table, fields: int) -> Truths:
    """Tell which lines are records: by counting commas, and looking closer only where there are quotes."""
    if not len(block.ends):
        return np.ones(0, np.bool_)
    starts = np.concatenate([[0], block.ends[:-1] + 1])
    commas = np.add.reduceat(block.bytes == COMMA, starts, dtype=np.int64)
    good: Truths = (commas == fields - 1) & (block.lengths > 0)
    if not block.has(QUOTE):
        return good
    quoted = np.add.reduceat(block.bytes == QUOTE, starts, dtype=np.int64) > 0
    pattern = rf"^{_FIELD}(?:,{_FIELD}){{{fields - 1}}}\r?\n$"
    good[quoted] = pc.match_substring_regex(lines["_record"].filter(pa.array(quoted)), pattern).to_numpy()
    return good


def _parsed(lines: "pa.ChunkedArray[Any]", header: Sequence[str], *, quoted: bool) -> pl.DataFrame:
    """Take records apart; an empty value is missing, quoted or not."""
    schema = dict.fromkeys(header, pl.String())
    if not len(lines):
        return pl.DataFrame(schema=schema)
    frame = pl.read_csv(
        _bytes(lines), has_header=False, schema=schema, quote_char='"' if quoted else None, infer_schema=False
    )
    if frame.height != len(lines):
        raise AssertionError(f"{len(lines)} well-formed lines were read as {frame.height} rows")
    return frame.with_columns(pl.all().replace("", None)) if quoted else frame


def _bytes(lines: "pa.ChunkedArray[Any]") -> bytes:
    """The lines' bytes in one piece."""
    pieces: list[bytes | memoryview] = []
    for chunk in lines.chunks:
        _, positions, text = chunk.buffers()
        if positions is not None and text is not None:
            offsets = np.frombuffer(memoryview(positions), np.int64)[chunk.offset : chunk.offset + len(chunk) + 1]
            pieces.append(memoryview(text)[offsets[0] : offsets[-1]])
    return b"".join(pieces)


def _fields(line: str) -> list[str]:
    return next(csv.reader([line], strict=True), [])


def _fault(line: str, fields: int) -> str:
    """Say why a line is no record."""
    if not line:
        return "the line is empty"
    if line.count('"') % 2:
        return "a quote is not closed"
    try:
        found = len(_fields(line))
    except csv.Error:
        return "a quote stands within a value"
    return f"{found} values instead of {fields}" if found != fields else "a quote stands within a value"
