"""What the store says of a view's features beside them: which definition, which snapshot, as of when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from mesh_platform.features.online.codec import Fields
from mesh_platform.features.online.kinds import EPOCH

MICROSECOND = timedelta(microseconds=1)
TO_PUSH_WHOLE = 0
"""The snapshot of features of which some were taken out: no change since it can be told."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a view's features are of.

    Args:
        view: The view's name.
        version: Names its definition.
        source: The lake table.
        snapshot: The table's snapshot.
        known: The newest moment of the snapshot, in microseconds since 1970.
        pushed: When the snapshot was pushed, in microseconds since 1970.
        entities: How many entities there are.
        entity: The columns of the key.
        fields: The features, or the columns of a history.
        is_history: Whether an entity has rows instead of one vector.
        time_to_live: In microseconds; None for ever.
        push: Names the push; no two have the same.
    """

    view: str
    version: str
    source: str
    snapshot: int
    known: int
    pushed: int
    entities: int
    entity: Fields
    fields: Fields
    is_history: bool
    time_to_live: int | None
    push: str

    def as_of(self, now: datetime) -> int:
        """The mesh's time: what was the newest moment when it was pushed, and what has passed since.

        A mesh whose sources are a day behind is not a day older for it; one whose pushes have stopped gets older.
        """
        return self.known + max(0, microseconds(now) - self.pushed)


def microseconds(moment: datetime) -> int:
    """A moment in microseconds since 1970."""
    return (moment - EPOCH) // MICROSECOND


def moment_of(microseconds: int) -> datetime:
    """The moment, in UTC, of microseconds since 1970."""
    return EPOCH + microseconds * MICROSECOND


def write(header: Header) -> bytes:
    """Write a header."""
    return msgspec.json.encode(header)


def read(data: bytes) -> Header:
    """Read what `write` wrote."""
    return msgspec.json.decode(data, type=Header)
