"""What a product's Python code is given to make rows from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.lake import Pinned


@dataclass(frozen=True, slots=True)
class Making:
    """One making of a product's rows in Python.

    Args:
        tables: The product's sources (as `<domain>_raw.<source>`), inputs and mart (as `marts.<mart>`), pinned.
        days: The partitions to make; None for all.
        known_until: The end of the newest day that the tables hold: the "now" of predictions.
        settings: Where the model registry is.
    """

    tables: Pinned
    days: frozenset[date] | None
    known_until: datetime
    settings: Settings
