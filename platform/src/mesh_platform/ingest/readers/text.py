"""Text files as blocks of whole lines, and what must be true of every text file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from mesh_platform.errors import BadFile
from mesh_platform.ingest.landing import LandedFile
from mesh_platform.ingest.readers.interface import Sha
from mesh_platform.ingest.readers.kinds import refuse_wrong_type
from mesh_platform.product import FileFormat

BOM: Final = b"\xef\xbb\xbf"  # spreadsheets put it before UTF-8
Integers = np.ndarray[Any, np.dtype[np.int64]]
NEWLINE: Final = ord("\n")
RETURN: Final = ord("\r")


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of a file.

    Args:
        data: The bytes, with the last line's end.
        ends: The position of each line's end within them.
        first_line: The number of the first line, 1-based.
    """

    data: memoryview
    ends: Integers
    first_line: int

    @property
    def bytes(self) -> "np.ndarray[Any, np.dtype[np.uint8]]":
        """The bytes as an array."""
        return np.frombuffer(self.data, np.uint8)

    @property
    def lengths(self) -> Integers:
        """Each line's length without its line end."""
        starts = np.concatenate([[0], self.ends[:-1] + 1])
        return_before = (self.ends > starts) & (self.bytes[self.ends - 1] == RETURN)
        lengths: Integers = self.ends - starts - return_before
        return lengths

    def has(self, character: int) -> bool:
        """Whether an ASCII character is in it."""
        return bool((self.bytes == character).any())

    def without_first(self) -> "Block":
        """All lines but the first."""
        start = int(self.ends[0]) + 1
        return Block(self.data[start:], self.ends[1:] - start, self.first_line + 1)

    def lines(self) -> pa.Table:
        """Each line with its number and its line end, without copying the text."""
        starts = pa.py_buffer(np.concatenate([[0], self.ends + 1]).data)
        text = pa.LargeStringArray.from_buffers(len(self.ends), starts, pa.py_buffer(self.data))
        numbers = pa.array(np.arange(self.first_line, self.first_line + len(self.ends)))
        return pa.table({"_line": numbers, "_record": text})


def blocks(file: LandedFile, promised: FileFormat, sha: Sha, limit: int) -> Iterator[Block]:
    """Read a text file in blocks of whole lines.

    Args:
        file: The file.
        promised: The source's format.
        sha: Takes in every byte.
        limit: About how many bytes a block has; a longer line is a block of its own.

    Raises:
        BadFile: Where the file is empty, cut off within a line, not UTF-8, or not text.
    """
    rest, offset, line = b"", 0, 1
    with file.path.open("rb") as opened:
        refuse_wrong_type(file, promised, opened.read(16))
        opened.seek(0)
        while True:
            held = bytearray(len(rest) + min(limit, file.size + 1))  # filled in place: copying blocks costs a lot
            held[: len(rest)] = rest
            size = opened.readinto(memoryview(held)[len(rest) :])
            if not size:
                break
            sha.add(memoryview(held)[len(rest) : len(rest) + size])
            size += len(rest)
            whole = held.rfind(b"\n", 0, size) + 1
            rest = bytes(memoryview(held)[whole:size])
            if whole:
                data = memoryview(held)[:whole]
                ends = np.flatnonzero(np.frombuffer(data, np.uint8) == NEWLINE)
                _refuse_wrong_encoding(file, data, offset, line)
                yield _block(data, ends, line, bom=offset == 0)
                offset, line = offset + whole, line + len(ends)
    if rest:
        _refuse_wrong_encoding(file, rest, offset, line)
        raise BadFile(
            file.name,
            "a text file ends with a line end",
            f"the file is cut off in line {line:,}",
            "deliver it again, whole",
        )


def _block(data: memoryview, ends: Integers, line: int, *, bom: bool) -> Block:
    if bom and bytes(data[: len(BOM)]) == BOM:
        return Block(data[len(BOM) :], ends - len(BOM), line)
    return Block(data, ends, line)


def _refuse_wrong_encoding(file: LandedFile, data: memoryview | bytes, offset: int, line: int) -> None:
    """Refuse bytes that are not UTF-8, save a last character that is cut off: that is a cut off file."""
    one = pa.LargeStringArray.from_buffers(1, pa.py_buffer(np.array([0, len(data)]).data), pa.py_buffer(data))
    try:
        one.validate(full=True)  # many times faster than decoding
    except pa.ArrowInvalid:
        try:
            text = bytes(data)
            text.decode()
        except UnicodeDecodeError as error:
            if error.reason != "unexpected end of data":
                where = line + text.count(b"\n", 0, error.start)
                raise BadFile(
                    file.name,
                    "text is UTF-8",
                    f"byte 0x{text[error.start]:02x} at offset {offset + error.start:,} (line {where:,}) is not UTF-8",
                    "save the file as UTF-8 and deliver it again",
                ) from None
