"""Questions to a table's history: which snapshot was it then, and which days have changed since."""

from __future__ import annotations

from datetime import UTC, date, datetime

from mesh_platform.errors import UnknownName
from mesh_platform.lake.days import days_of_text
from mesh_platform.lake.snapshots import Snapshot
from mesh_platform.lake.state import TableState

SHOWN = 5  # how many snapshots an error lists


def snapshot_at(state: TableState, as_of: int | datetime | None) -> int:
    """Find the id of the published snapshot that a reader means.

    Args:
        state: The table.
        as_of: A snapshot's id, or a time (UTC where it names no zone), or None for the current state.

    Raises:
        UnknownName: Where there is no such published snapshot.
    """
    if as_of is None:
        return current_of(state)
    if isinstance(as_of, datetime):
        return _at_time(state, as_of if as_of.tzinfo else as_of.replace(tzinfo=UTC))
    if as_of not in {entry.snapshot_id for entry in state.log}:
        if erased := state.erased(as_of):
            raise UnknownName(
                f"snapshot {as_of} of {state.table} was removed on {erased.at:%Y-%m-%d}: a person in it was erased "
                f"(rule: erasure wins over history); {_what_exists(state)}"
            )
        raise UnknownName(f"no snapshot {as_of} of {state.table}; {_what_exists(state)}")
    return as_of


def current_of(state: TableState) -> int:
    """The current snapshot's id.

    Raises:
        UnknownName: Where nothing was published yet.
    """
    if state.current_id is None:
        raise UnknownName(f"no snapshot of {state.table}; nothing was published yet")
    return state.current_id


def changed_days(state: TableState, since: int) -> frozenset[date] | None:
    """Unite the days that were changed by the snapshots published after one.

    Args:
        state: The table.
        since: The snapshot that the asker has already seen.

    Returns:
        The days, or None where the history can't tell: the snapshot has expired, main was rolled back since, or
        a publish in between has no days.
    """
    history = state.history()
    seen = max((n for n, entry in enumerate(history) if entry.snapshot_id == since), default=None)
    if seen is None:
        return _changed_since_erased(state, since)
    days: set[date] = set()
    before = history[seen]
    for entry in history[seen + 1 :]:
        if entry.days is None or state.raw(entry.snapshot_id).get("parent-snapshot-id") != before.snapshot_id:
            return None
        days |= entry.days
        before = entry
    return frozenset(days)


def _changed_since_erased(state: TableState, since: int) -> frozenset[date] | None:
    """Go on from the snapshot that followed an erased one."""
    erased = state.erased(since)
    if erased is None or erased.days is None or erased.follower == since:
        return None
    later = changed_days(state, erased.follower)
    return None if later is None else days_of_text(erased.days) | later


def _at_time(state: TableState, moment: datetime) -> int:
    current = [entry.snapshot_id for entry in state.log if entry.at <= moment]
    if not current:
        raise UnknownName(f"no snapshot of {state.table} at {moment.isoformat()}; {_what_exists(state)}")
    return current[-1]


def _what_exists(state: TableState) -> str:
    newest = state.history()[::-1]
    listed = ", ".join(_named(snapshot) for snapshot in newest[:SHOWN])
    older = f" and {len(newest) - SHOWN} older ones, the first {_named(newest[-1])}" if len(newest) > SHOWN else ""
    return f"there are: {listed}{older}" if newest else "nothing was published yet"


def _named(snapshot: Snapshot) -> str:
    return f"{snapshot.snapshot_id} ({snapshot.published_at.isoformat(timespec='seconds')})"
