"""The recent past of an entity, kept online: the rows of a table that name it, the newest last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class HistoryView:
    """The rows of a table that name an entity, within a window before the newest known moment.

    Args:
        name: The view's name, such as "card_orders".
        entity: The columns that name the entity, such as ("card_id",); rows that lack one are left out.
        source: The lake table.
        event_time: The column that tells when a row happened.
        columns: The columns that are kept of each row, as lists of equal length in the order of the event time.
        window: How far back rows are kept.
        at_most: The most rows of an entity that are kept, the newest.
    """

    name: str
    entity: tuple[str, ...]
    source: str
    event_time: str
    columns: tuple[str, ...]
    window: timedelta
    at_most: int = 100_000
