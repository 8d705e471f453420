"""Which entities a new snapshot may have changed, where the lake's history can tell.

An entity changes with a row of a changed day, in the new snapshot or in the one before, which may have lost rows. One
with a history also changes when a row grows older than the window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesh_platform.errors import UnknownName
from mesh_platform.features.history import HistoryView
from mesh_platform.features.online.newest import MICROSECOND_EPOCH, window_begins

if TYPE_CHECKING:
    import polars as pl

    from mesh_platform.features.online.header import Header
    from mesh_platform.features.online.newest import Newest

MOST_CHANGED = 10_000
"""Entities that are changed in place, in one transaction; a push of more fills a new generation."""


def changed_entities(now: Newest, before: Header) -> pl.DataFrame | None:
    """Find the entities that are not as they were pushed.

    Args:
        now: The view at its new snapshot.
        before: What was pushed.

    Returns:
        One row an entity; None where that can't be told, or they are too many to be changed in place.
    """
    import polars as pl

    view, lake = now.view, now.tables.lake
    days = lake.changed_days(view.source, before.snapshot) if before.snapshot else None
    if days is None or (before.entity, before.fields) != (now.entity, now.fields):
        return None
    if not days and now.known == before.known:
        return pl.DataFrame(schema={name: now.schema[name] for name in view.entity})
    try:
        found = [
            lake.scan(view.source, as_of=snapshot, columns=view.entity, days=days)
            .drop_nulls()
            .unique()
            .collect(engine="streaming")
            for snapshot in (before.snapshot, now.tables.snapshots[view.source])
        ]
    except UnknownName:  # the snapshot that was pushed has expired, or a person in it was erased
        return None
    if isinstance(view, HistoryView):
        found.append(_aged(now, view, before))
    entities = pl.concat(found).unique()
    return None if entities.height > MOST_CHANGED else entities


def _aged(now: Newest, view: HistoryView, before: Header) -> pl.DataFrame:
    """The entities with rows that were within the window and are not any more."""
    names = ", ".join(f'"{name}"' for name in view.entity)
    moment = MICROSECOND_EPOCH.format(f'"{view.event_time}"')
    some = " and ".join(f'"{name}" is not null' for name in view.entity)
    begun, begins = window_begins(view, before.known), window_begins(view, now.known)
    return now.tables.sql(
        f"select distinct {names} from {view.source} where {some} and {moment} > {begun} and {moment} <= {begins}"
    )
