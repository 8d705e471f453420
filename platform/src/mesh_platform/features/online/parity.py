"""Compare what was served with what the lake says: the same features, computed again by the way that training takes.

A sample of a vector is joined point-in-time (`FeatureView.historical`) at the snapshot and the moment of the read: the
push has nothing of it but the definition. A history is read again at its snapshot. Values must be equal to the bit, and
an entity must be missing in both or in neither.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mesh_platform.errors import UnknownName
from mesh_platform.features.history import HistoryView
from mesh_platform.features.online.definition import OnlineView, columns_of, id_of
from mesh_platform.features.online.kinds import EPOCH
from mesh_platform.features.online.newest import Newest
from mesh_platform.features.online.served import ROWS, plain, tail_of
from mesh_platform.features.online.waiting import Sample, comparing, groups, take

if TYPE_CHECKING:
    import polars as pl

    from mesh_platform.features.view import FeatureView
    from mesh_platform.lake import Lake, Pinned

SHOWN = 5
MEASURES_KEPT = 400
"""Comparisons of a view whose results are kept: more than a year of daily ones."""


@dataclass(frozen=True, slots=True)
class Parity:
    """The comparison of one view.

    Args:
        view: Its name.
        version: Its definition.
        compared: How many served entities were compared.
        values: How many values that were.
        mismatches: How many of the values differ; a value that one of both lacks counts, too.
        columns: The columns that differ; no values, which may be personal.
        skipped: Samples whose snapshot has expired or was erased, or whose definition is no longer in use.
        at: When, in ISO 8601.
    """

    view: str
    version: str
    compared: int
    values: int
    mismatches: int
    columns: tuple[str, ...]
    skipped: int
    at: str


def compare(
    views: Iterable[OnlineView], lake: Lake, home: Path, memory_mb: int = 2048, *, others: timedelta = timedelta()
) -> list[Parity]:
    """Compare the samples of views that wait, keep the results, and remove the samples.

    Args:
        views: The views to compare.
        lake: Holds their sources.
        home: The home of the mesh.
        memory_mb: What the SQL engine may use before it spills.
        others: After how long samples of other views are removed and counted as skipped. A caller who knows all the
            views that are in use need not leave them to anybody.

    Returns:
        One result a definition whose samples were taken, and one for each of the views that was not served.
    """
    with comparing(home):
        return _compare(views, lake, home, memory_mb, others)


def _compare(views: Iterable[OnlineView], lake: Lake, home: Path, memory_mb: int, others: timedelta) -> list[Parity]:
    by_id = {id_of(view): view for view in views}
    tally = {view: _Tally(view) for view in by_id}
    taken = take(home, by_id, others)
    for some in groups(taken):
        view, snapshot = some[0]["view"], int(some[0]["snapshot"])
        counted = tally.setdefault(view, _Tally(view))
        if view in by_id:
            counted.add(by_id[view], some, lake, snapshot, memory_mb)
        else:
            counted.skipped += len(some)
    found = [counted.result() for _, counted in sorted(tally.items())]
    _keep(home, found)
    for path in taken:
        path.unlink()
    return found


def results(home: Path) -> list[Parity]:
    """The results of earlier comparisons, oldest first."""
    path = _results_file(home)
    if not path.exists():
        return []
    said = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [Parity(**{**one, "columns": tuple(one["columns"])}) for one in said]


def _results_file(home: Path) -> Path:
    return home / "online" / "parity.jsonl"


def _keep(home: Path, found: list[Parity]) -> None:
    newer, kept = Counter[str](), list[str]()
    for one in reversed([*results(home), *found]):
        newer[one.view] += 1
        if newer[one.view] <= MEASURES_KEPT:
            kept.append(json.dumps(asdict(one)))
    path = _results_file(home)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text("".join(f"{line}\n" for line in reversed(kept)), encoding="utf-8")
    draft.replace(path)


class _Tally:
    """Counts the comparisons of one view."""

    def __init__(self, view: str) -> None:
        self.view, self.compared, self.values, self.skipped = view, 0, 0, 0
        self.mismatches = 0
        self.columns: set[str] = set()

    def add(self, view: OnlineView, samples: list[Sample], lake: Lake, snapshot: int, memory_mb: int) -> None:
        from mesh_platform.lake import Pinned

        try:
            lake.files(view.source, as_of=snapshot)
        except UnknownName:  # it has expired, or a person in it was erased
            self.skipped += len(samples)
            return
        expected = recomputed(view, samples, Pinned(lake, {view.source: snapshot}, memory_mb=memory_mb))
        for sample, values in zip(samples, expected, strict=True):
            self._compare(sample["values"], values, (*columns_of(view), *_counts(view)))

    def _compare(self, served: Mapping[str, Any] | None, expected: Mapping[str, Any] | None, of: Iterable[str]) -> None:
        self.compared += 1
        for name in of:
            self.values += 1
            here, there = (None if side is None else _text(side.get(name)) for side in (served, expected))
            if here != there:
                self.mismatches += 1
                self.columns.add(name)

    def result(self) -> Parity:
        name, _, version = self.view.partition("@")
        columns = tuple(sorted(self.columns)[:SHOWN])
        counts = self.compared, self.values, self.mismatches
        return Parity(name, version, *counts, columns, self.skipped, datetime.now(UTC).isoformat(timespec="seconds"))


def _counts(view: OnlineView) -> tuple[str, ...]:
    """Under which name a sample counts rows, if it does."""
    return (ROWS,) if isinstance(view, HistoryView) else ()


def _text(value: Any) -> str:
    """A value as text that tells all different values apart: two floats have one text only where they are equal."""
    return json.dumps(value, default=plain)


def recomputed(view: OnlineView, samples: list[Sample], tables: Pinned) -> list[Mapping[str, Any] | None]:
    """Compute features again that were served.

    Args:
        view: The view.
        samples: What was served, all at the pinned snapshot.
        tables: Holds the view's source.

    Returns:
        Name → value of each sample; None where the lake knows nothing of the entity.
    """
    import polars as pl

    schema = Newest(view, tables).schema
    keys = [[_part(part) for part in sample["key"]] for sample in samples]
    entities = pl.DataFrame(keys, schema={name: schema[name] for name in view.entity}, orient="row")
    if isinstance(view, HistoryView):
        return _histories(view, tables, entities)
    at = [EPOCH + timedelta(microseconds=sample["as_of"]) for sample in samples]
    return _vectors(view, tables, entities.with_columns(pl.Series("__at", at, dtype=pl.Datetime("us", "UTC"))))


def _part(part: Any) -> Any:
    """A part of a key as it was before JSON."""
    if not isinstance(part, dict):
        return part
    moment = datetime.fromisoformat(part["time"])
    return moment if "T" in part["time"] else moment.date()


def _vectors(view: FeatureView, tables: Pinned, asked: pl.DataFrame) -> list[Mapping[str, Any] | None]:
    import polars as pl

    rows = view.historical(tables, asked, at="__at").select(view.features).to_dicts()
    known = tables.scan(view.source, columns=view.entity).unique().with_columns(pl.lit(value=True).alias("__known"))
    there = asked.lazy().join(known, on=view.entity, how="left", maintain_order="left").collect(engine="streaming")
    return [row if known else None for row, known in zip(rows, there["__known"], strict=True)]


def _histories(view: HistoryView, tables: Pinned, asked: pl.DataFrame) -> list[Mapping[str, Any] | None]:
    """The rows of each entity by themselves: filtered and sorted by Polars, not by the push's SQL."""
    import polars as pl

    now = Newest(view, tables)
    wanted = list(dict.fromkeys((*view.entity, *view.columns, view.event_time)))
    of_them = tables.scan(view.source, columns=wanted).join(asked.lazy(), on=view.entity, how="semi")
    moment = pl.col(view.event_time).cast(pl.Datetime("us")).dt.epoch("us")
    first = now.known - view.window // timedelta(microseconds=1)
    rows = of_them.filter(moment > first).sort(moment, *view.columns, nulls_last=False).collect(engine="streaming")
    parts = rows.partition_by(view.entity, as_dict=True, maintain_order=True)
    empty = rows.clear()
    found = [parts.get(key, empty).tail(view.at_most) for key in asked.iter_rows()]
    lists = [{name: part[name].to_list() for name in view.columns} if part.height else None for part in found]
    return [tail_of(history) for history in lists]
