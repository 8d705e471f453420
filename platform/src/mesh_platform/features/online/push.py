"""Push a view: bring what the online store has of it to the source's current snapshot.

Readers see the old snapshot or the new one, of the whole view. A push that dies leaves the old one; what it had written
is removed by the next.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mesh_platform.features.history import HistoryView
from mesh_platform.features.online import header as headers
from mesh_platform.features.online.changed import changed_entities
from mesh_platform.features.online.codec import Fields, keys_of
from mesh_platform.features.online.definition import OnlineView, id_of, version_of
from mesh_platform.features.online.header import MICROSECOND, TO_PUSH_WHOLE, Header, microseconds
from mesh_platform.features.online.newest import Newest
from mesh_platform.features.online.store import OnlineStore, Row

if TYPE_CHECKING:
    import polars as pl

    from mesh_platform.lake import Lake


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of a view.

    Args:
        view: Its name.
        version: Its definition.
        snapshot: The source's snapshot that the store has now.
        entities: How many entities it has.
        written: How many of them were written.
        removed: How many were removed.
        how: "whole", "changes", "unchanged", or "empty" where the source has no snapshot yet.
        seconds: How long it took.
    """

    view: str
    version: str
    snapshot: int
    entities: int
    written: int
    removed: int
    how: str
    seconds: float


def push(
    view: OnlineView, lake: Lake, store: OnlineStore, memory_mb: int = 2048, *, may_be_empty: bool = False
) -> Pushed:
    """Push the current snapshot of a view's source, or what changed since the last push where that can be told.

    Args:
        view: The view.
        lake: Holds its source.
        store: The online store.
        memory_mb: What the SQL engine may use before it spills.
        may_be_empty: Whether a source without a snapshot is no fault: then nothing is known of any entity.

    Raises:
        MissingSource: Where the source has no snapshot yet.
        UnknownName: Where it lacks a column of the view.
        PublishConflict: Where another push came first; a retry helps.
    """
    from mesh_platform.lake import Pinned

    started = time.perf_counter()
    with store.pushing():
        if may_be_empty and lake.current(view.source) is None:
            return _told(_empty(view, store), 0, 0, "empty", started)
        now = Newest(view, Pinned.current(lake, [view.source], memory_mb))
        seen = store.read(id_of(view), ())
        before = headers.read(seen[0]) if seen else None
        if before is not None and before.snapshot == now.tables.snapshots[view.source]:
            return _told(before, 0, 0, "unchanged", started)
        changed = changed_entities(now, before) if before else None
        if seen is None or before is None or changed is None:
            header = _fill(now, store, seen[0] if seen else None)
            return _told(header, header.entities, 0, "whole", started)
        header, written, removed = _patch(now, store, changed, before, seen[0])
        return _told(header, written, removed, "changes", started)


def _fill(now: Newest, store: OnlineStore, before: bytes | None) -> Header:
    view = id_of(now.view)
    generation, count = store.begin(view), _Counted()
    store.put(view, generation, count.of(now.rows()))
    header = _made(now, count.rows)
    store.switch(view, generation, header, before)
    return header


def _patch(
    now: Newest, store: OnlineStore, changed: pl.DataFrame, before: Header, seen: bytes
) -> tuple[Header, int, int]:
    rows = dict(replace(now, only=changed).rows()) if changed.height else {}
    asked = keys_of(changed, now.entity)
    _, known = store.read(id_of(now.view), asked) or (b"", [])
    there = {key for key, value in zip(asked, known, strict=True) if value is not None}
    gone = there - set(rows)
    header = _made(now, before.entities + len(set(rows) - there) - len(gone))
    store.patch(id_of(now.view), rows.items(), gone, header, seen)
    return header, len(rows), len(gone)


class _Counted:
    """Counts what goes by."""

    def __init__(self) -> None:
        self.rows = 0

    def of(self, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            self.rows += 1
            yield row


def _empty(view: OnlineView, store: OnlineStore) -> Header:
    """Say that nothing is known of any entity; the next push writes all."""
    seen = store.read(id_of(view), ())
    if seen is not None:
        return headers.read(seen[0])
    header = _header(view, TO_PUSH_WHOLE, 0, microseconds(datetime.now(UTC)), (), ())
    store.switch(id_of(view), store.begin(id_of(view)), header, None)
    return header


def _made(now: Newest, entities: int) -> Header:
    return _header(now.view, now.tables.snapshots[now.view.source], entities, now.known, now.entity, now.fields)


def _header(view: OnlineView, snapshot: int, entities: int, known: int, entity: Fields, fields: Fields) -> Header:
    lives = None if isinstance(view, HistoryView) else view.time_to_live
    return Header(
        view=view.name,
        version=version_of(view),
        source=view.source,
        snapshot=snapshot,
        known=known,
        pushed=microseconds(datetime.now(UTC)),
        entities=entities,
        entity=entity,
        fields=fields,
        is_history=isinstance(view, HistoryView),
        time_to_live=None if lives is None else lives // MICROSECOND,
        push=secrets.token_hex(8),
    )


def _told(header: Header, written: int, removed: int, how: str, started: float) -> Pushed:
    took = time.perf_counter() - started
    named = header.view, header.version, header.snapshot, header.entities
    return Pushed(*named, written, removed, how, took)
