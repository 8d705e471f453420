"""The words that adapters share. Light to import, so that a command can list them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

Progress = Callable[[str, int, int], None]
"""Told "<domain>/<source>", how many of its files are written, and of how many."""


@dataclass(frozen=True, slots=True)
class Feed:
    """The rows of one source.

    Args:
        domain: The domain.
        source: The source.
        rows: The source's columns as they are to be written, and `_day`, the day of delivery.
    """

    domain: str
    source: str
    rows: pl.DataFrame

    @property
    def name(self) -> str:
        """Such as "sales/order_lines"."""
        return f"{self.domain}/{self.source}"


@dataclass(frozen=True, slots=True)
class Mapped:
    """An export, mapped.

    Args:
        rows_read: The export's tables → how many rows each has.
        feeds: What they become.
        notes: What is assumed and what is left out.
    """

    rows_read: Mapping[str, int]
    feeds: tuple[Feed, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Adapted:
    """What an adapter did.

    Args:
        files: The files in the landing zone, relative to it.
        rows_read: The export's tables → how many rows each has.
        rows_written: "<domain>/<source>" → how many rows landed.
        notes: What is assumed and what is left out.
    """

    files: tuple[str, ...]
    rows_read: Mapping[str, int]
    rows_written: Mapping[str, int]
    notes: tuple[str, ...]


def nobody_watches(feed: str, done: int, total: int) -> None:
    """Watch nothing."""


Adapter = Callable[[Path], Mapped]
