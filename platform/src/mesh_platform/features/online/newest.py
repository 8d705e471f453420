"""What a push writes: every entity's newest features, or its recent rows, out of a pinned snapshot.

The definition of "newest" is `FeatureView.latest` itself. It answers in one frame, so a large view is asked for a part
of its entities at a time: the rows of the others get no event time, and a row without one is no row. The age of a row
is judged when it is read, so the time to live is left out here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from mesh_platform.errors import BadContract, UnknownName
from mesh_platform.features.history import HistoryView
from mesh_platform.features.online.codec import Fields, histories, keys_of, vectors
from mesh_platform.features.online.definition import OnlineView, columns_of
from mesh_platform.features.online.kinds import kind_of
from mesh_platform.features.online.store import Row

if TYPE_CHECKING:
    import polars as pl

    from mesh_platform.features.view import FeatureView
    from mesh_platform.lake import Pinned

NUMBERS_A_PART = 8_000_000
"""Values that a part of a view holds, counted wide: 64 MB of numbers."""
CHANGED = "online.changed"
"""Under which name SQL sees the entities that are asked for."""
KEYS = ("text", "int", "bool", "date", "instant")
"""The kinds of values that can name an entity."""
MICROSECOND_EPOCH = "epoch_us(cast(({}) as timestamptz))"


@dataclass(frozen=True)
class Newest:
    """A view's rows at one snapshot.

    Args:
        view: The view.
        tables: Holds its source.
        only: The entities that are asked for; None for all.
    """

    view: OnlineView
    tables: Pinned
    only: pl.DataFrame | None = None

    @cached_property
    def schema(self) -> pl.Schema:
        """The source's columns.

        Raises:
            UnknownName: Where it lacks one of the view's.
        """
        found = self.tables.scan(self.view.source).collect_schema()
        for name in (*self.view.entity, *columns_of(self.view)):
            if name not in found:
                raise UnknownName.of(f"column of {self.view.source} for view '{self.view.name}'", name, list(found))
        return found

    @property
    def entity(self) -> Fields:
        """The key's columns and their kinds.

        Raises:
            BadContract: Where one of them names nothing, such as an amount.
        """
        found = self._fields(self.view.entity)
        for name, kept in found:
            if kept not in KEYS:
                raise BadContract(
                    f"feature view '{self.view.name}': entity column {name} is a {kept} (rule: {', '.join(KEYS)}); "
                    "name the entity by a column that identifies"
                )
        return found

    @property
    def fields(self) -> Fields:
        """The features and their kinds."""
        return self._fields(columns_of(self.view))

    def _fields(self, names: Collection[str]) -> Fields:
        named = ((name, f"feature view '{self.view.name}': column {name}") for name in names)
        return tuple((name, kind_of(self.schema[name], what).name) for name, what in named)

    @cached_property
    def known(self) -> int:
        """The newest moment that the snapshot tells of, in microseconds since 1970; 0 where it has no row.

        Of features it is when the newest row became usable; of histories when the newest row happened.
        """
        event = MICROSECOND_EPOCH.format(self.view.event_time)
        known = event
        if not isinstance(self.view, HistoryView) and self.view.known_at:
            known = f"case when {event} is not null then {MICROSECOND_EPOCH.format(self.view.known_at)} end"
        newest = self._table.sql(f"select max(greatest({event}, {known})) from {self.view.source} where {self._keyed}")
        return int(newest.item() or 0)

    def rows(self) -> Iterator[Row]:
        """Write the entities one after the other."""
        parts = self._parts()
        for part in range(parts):
            yield from self._part(f"hash({self._names}) % {parts} = {part}" if parts > 1 else "true")

    @property
    def _table(self) -> Pinned:
        """What SQL sees: the source, and the entities that are asked for."""
        return self.tables if self.only is None else replace(self.tables, frames={CHANGED: self.only})

    @property
    def _names(self) -> str:
        return ", ".join(f'"{name}"' for name in self.view.entity)

    @property
    def _keyed(self) -> str:
        return " and ".join(f'"{name}" is not null' for name in self.view.entity)

    def _asked(self, where: str) -> str:
        return where if self.only is None else f"{where} and ({self._names}) in (select ({self._names}) from {CHANGED})"

    def _parts(self) -> int:
        """In how many parts the view is read; one where the whole source is small."""
        wide = len(columns_of(self.view))
        files = self.tables.lake.files(self.view.source, as_of=self.tables.snapshots[self.view.source])
        if sum(file.rows for file in files) * wide <= NUMBERS_A_PART:
            return 1
        each = "*" if isinstance(self.view, HistoryView) else f"distinct ({self._names})"
        count = f"select count({each}) from {self.view.source} where {self._asked(self._keyed)}"
        rows = int(self._table.sql(count).item())
        return max(1, -(-rows * wide // NUMBERS_A_PART))

    def _part(self, which: str) -> Iterator[Row]:
        if isinstance(self.view, HistoryView):
            return self._histories(self.view, which)
        return self._vectors(self.view, which)

    def _vectors(self, view: FeatureView, which: str) -> Iterator[Row]:
        moment = f"case when {self._asked(which)} then ({view.event_time}) end"
        rows = replace(view, event_time=moment, time_to_live=None).latest(self._table)
        return zip(keys_of(rows, self.entity), vectors(rows, self.fields, rows["event_time"]), strict=True)

    def _histories(self, view: HistoryView, which: str) -> Iterator[Row]:
        import polars as pl

        rows = self._table.sql(_recent_sql(view, self.known, f"{self._keyed} and {self._asked(which)}"))
        runs = rows.select(pl.struct(view.entity).rle().struct.field("len")).to_series()
        firsts = rows[(runs.cum_sum() - runs).to_list()]
        columns = rows.select(pl.col(f"c{n}").alias(name) for n, name in enumerate(view.columns))
        return zip(keys_of(firsts, self.entity), histories(columns, self.fields, runs.to_list()), strict=True)


def window_begins(view: HistoryView, known: int) -> int:
    """The moment, in microseconds since 1970, after which rows are kept."""
    from mesh_platform.features.online.header import MICROSECOND

    return known - view.window // MICROSECOND


def _recent_sql(view: HistoryView, known: int, where: str) -> str:
    """SQL: the kept rows, each entity's one after the other in the order of time, then of the columns."""
    names = ", ".join(f'"{name}"' for name in view.entity)
    kept = ", ".join(f'"{name}" as c{n}' for n, name in enumerate(view.columns))
    columns = ", ".join(f"c{n}" for n in range(len(view.columns)))
    latest_first = ", ".join(f"c{n} desc nulls last" for n in range(len(view.columns)))
    return f"""
    with recent as (
        select {names}, {kept}, {MICROSECOND_EPOCH.format(f'"{view.event_time}"')} as __at
        from {view.source} where {where}
    )
    select {names}, {columns} from recent where __at > {window_begins(view, known)}
    qualify row_number() over (partition by {names} order by __at desc, {latest_first}) <= {view.at_most}
    order by {names}, __at, {", ".join(f"c{n} nulls first" for n in range(len(view.columns)))}
    """
