"""What every reader of a format promises."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import polars as pl

from mesh_platform.contract import Shape
from mesh_platform.ingest.landing import LandedFile

MALFORMED: Final = pl.Schema({"_line": pl.Int64(), "reason": pl.String()})
"""Lines that are no record at all, and why."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of a file, in the file's order.

    Args:
        file: The file.
        rows: The contract's columns in its order and `_line` (1-based). From text, every value is text; from
            Parquet, values have their types.
        malformed: The lines between them that are no record; see MALFORMED.
        lines: From text, all lines as `_line` and `_record`, with their line ends; None from Parquet.
        size: About how many bytes of memory the piece needs.
    """

    file: LandedFile
    rows: pl.DataFrame
    malformed: pl.DataFrame
    lines: pl.DataFrame | None
    size: int

    @property
    def read(self) -> int:
        """How many records the piece had, good or bad."""
        return self.rows.height + self.malformed.height


class Sha:
    """The SHA-256 of exactly the bytes that were read, so that a file changed meanwhile is found changed later."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, block: bytes | memoryview) -> None:
        """Take in the next bytes of the file."""
        self._digest.update(block)

    @property
    def text(self) -> str:
        """The digest in hexadecimal."""
        return self._digest.hexdigest()


class Reader(Protocol):
    """Reads the files of one format."""

    def pieces(self, file: LandedFile, shape: Shape, sha: Sha, limit: int) -> Iterator[Piece]:
        """Read a file in pieces.

        Args:
            file: The file.
            shape: The contract's columns.
            sha: Takes in every byte that is read.
            limit: About how many bytes of the file a piece may come from.

        Raises:
            BadFile: Where the file as a whole can't be read as its source promises.
        """
        ...
