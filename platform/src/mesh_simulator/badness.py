"""Bad records: injected at a known rate, and each remembered with its file and line.

Malformed records and records that point nowhere are made up in addition, under keys of their own, so the clean world
stays whole. A duplicate is a copy that comes after its original, in the same file or a later one. A late record is
missing in its own day's file and stands in a later one; it is no error, only late.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from mesh_simulator.arrays import Floats, Ints
from mesh_simulator.layouts import AN_ORDER, CUT, SURPLUS, Layout
from mesh_simulator.records import few_records, fields, records
from mesh_simulator.world import Parameters

WEIGHTS = {"malformed": 0.4, "duplicated": 0.3, "late": 0.2, "unknown": 0.1}
"""How the bad records are shared out, among the kinds that a source can have."""
MOST_DAYS_LATE = 3
KEY_PREFIX = {
    "order_id": "O",
    "sensor_id": "S9-",
    "customer_id": "C",
    "post_id": "T",
    "sku": "P",
    "location_id": "S",
    "movement_id": "M",
    "event_id": "E",
    "campaign_id": "CMP-",
    "promotion_id": "PR-",
}
"""How made-up keys begin; what follows is longer than in any real key."""
TRUTH = {"source": pl.String, "file": pl.String, "line": pl.Int64, "kind": pl.String, "how": pl.String}


@dataclass(frozen=True, slots=True)
class Extra:
    """Records beside the day's own, with their place in the file: before the own record of that position."""

    record: pl.Series
    place: Floats
    kind: str
    how: list[str]


@dataclass(slots=True)
class Waiting:
    """Records that will be delivered later, by source: columns due, kind and record."""

    frames: dict[str, pl.DataFrame] = field(default_factory=dict)

    def add(self, source: str, due: Iterable[int], kind: str, record: pl.Series) -> None:
        """Hold records back until their day."""
        if len(record) == 0:
            return
        new = pl.DataFrame({"due": list(due), "kind": [kind] * len(record), "record": record})
        held = self.frames.get(source)
        self.frames[source] = new if held is None else pl.concat([held, new])

    def take(self, source: str, day: int) -> pl.DataFrame | None:
        """Hand out what is due today, once."""
        held = self.frames.get(source)
        if held is None:
            return None
        self.frames[source] = held.filter(pl.col("due") > day)
        taken = held.filter(pl.col("due") <= day)
        return None if taken.is_empty() else taken


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file's records in their order, and the injected ones among them."""

    records: pl.Series
    injected: pl.DataFrame


def deliver(world: Parameters, day: int, layout: Layout, rows: pl.DataFrame, waiting: Waiting) -> Delivery | None:
    """Decide what stands in a source's file of a day, or that there is none.

    Args:
        world: The world's parameters.
        day: The day.
        layout: The source's layout.
        rows: What happened today.
        waiting: What was held back on earlier days; what is held back today is added.
    """
    due = waiting.take(layout.source, day)
    if rows.is_empty() and due is None:
        return None
    rng = world.rng(f"bad records of {layout.source}", day)
    written = fields(layout, rows)
    own = records(layout, written)
    kinds = [k for k in WEIGHTS if (k != "late" or layout.event_time) and (k != "unknown" or layout.references)]
    number = int(rng.binomial(len(own), world.bad_rate))
    chosen = np.sort(rng.choice(len(own), number, replace=False)) if number else np.zeros(0, np.int64)
    weights = np.array([WEIGHTS[k] for k in kinds])
    kind = np.array(kinds)[rng.choice(len(kinds), number, p=weights / weights.sum())]
    extras = _malformed(rng, layout, written, chosen[kind == "malformed"], world, day)
    extras += _unknown(rng, layout, written, chosen[kind == "unknown"], world, day)
    extras += _copies(rng, day, layout, own, chosen[kind == "duplicated"], waiting)
    late = chosen[kind == "late"]
    waiting.add(layout.source, day + rng.integers(1, MOST_DAYS_LATE + 1, len(late)), "late", own.gather(late))
    if due is not None:
        extras += [_arrival(rng, len(own), part) for part in due.partition_by("kind", maintain_order=True)]
    return _assemble(layout, world.date_of(day), own, late, extras)


def _assemble(layout: Layout, day: date, own: pl.Series, late: Ints, extras: list[Extra]) -> Delivery | None:
    """Put the extra records in their places."""
    everything = pl.concat([own, *(e.record for e in extras)])
    place = np.concatenate([np.arange(len(own), dtype=np.float64), *(e.place for e in extras)])
    place[late] = np.inf
    order = np.argsort(place, kind="stable")[: len(everything) - len(late)]
    if len(order) == 0:
        return None
    line = np.zeros(len(everything), np.int64)
    line[order] = np.arange(len(order)) + 1 + layout.header_lines
    truth = pl.DataFrame(
        {
            "source": pl.Series([layout.source] * (len(everything) - len(own)), dtype=pl.String),
            "file": layout.file(day.isoformat()),
            "line": line[len(own) :],
            "kind": pl.Series([e.kind for e in extras for _ in range(len(e.record))], dtype=pl.String),
            "how": pl.Series([how for e in extras for how in e.how], dtype=pl.String),
        },
        schema=TRUTH,
    )
    return Delivery(everything.gather(order), truth)


def _malformed(
    rng: np.random.Generator, layout: Layout, written: pl.DataFrame, rows: Ints, world: Parameters, day: int
) -> list[Extra]:
    """Make up records that break a rule of their source, each in one way."""
    ways = [*layout.spoils, *((way, None) for way in layout.broken)]
    made_up = _made_up(layout, written, rows, world, day)
    chosen = [ways[number] for number in rng.integers(0, len(ways), len(rows))]
    for fields_of_row, (column, value) in zip(made_up, chosen, strict=True):
        if column not in layout.broken:
            fields_of_row[column] = value
        if (column, value) == AN_ORDER:
            fields_of_row["kind"] = '"page_view"'
    whole = few_records(layout, made_up, written.schema)
    how = [column if column in layout.broken else f"{column} is {value!r}" for column, value in chosen]
    if layout.broken:
        whole = pl.Series("record", [_broken(layout, line, way) for line, way in zip(whole, how, strict=True)])
    return [Extra(whole, rng.uniform(0, written.height, len(rows)), "malformed", how)] if how else []


def _broken(layout: Layout, line: str, way: str) -> str:
    if way == SURPLUS:
        return f"{line},surplus"
    if way == CUT:
        return line.rsplit(",", 1)[0] if layout.format == "csv" else line[: len(line) // 2]
    return line


def _unknown(
    rng: np.random.Generator, layout: Layout, written: pl.DataFrame, rows: Ints, world: Parameters, day: int
) -> list[Extra]:
    """Make up records that point to something that does not exist."""
    made_up = _made_up(layout, written, rows, world, day)
    chosen = [layout.references[number] for number in rng.integers(0, max(len(layout.references), 1), len(rows))]
    for fields_of_row, (column, value) in zip(made_up, chosen, strict=True):
        if column != layout.fresh_key:  # else the new key itself points nowhere
            fields_of_row[column] = value
    how = [f"{column} is unknown" for column, _ in chosen]
    place = rng.uniform(0, written.height, len(rows))
    return [Extra(few_records(layout, made_up, written.schema), place, "unknown", how)] if how else []


def _made_up(layout: Layout, written: pl.DataFrame, rows: Ints, world: Parameters, day: int) -> list[dict[str, Any]]:
    """Copy rows under keys that no other row has, in the manner of the source's keys."""
    name = layout.fresh_key
    made_up = written[rows].to_dicts()
    for fields_of_row, row in zip(made_up, rows, strict=True):
        if name == "day":
            key = (world.date_of(0) + timedelta(days=40_000 + day * 50 + int(row))).isoformat()
        else:
            key = f"{KEY_PREFIX[name]}9{day:05d}{row:07d}"
        fields_of_row[name] = f'"{key}"' if layout.format == "jsonl" else key
    return made_up


def _copies(
    rng: np.random.Generator, day: int, layout: Layout, own: pl.Series, rows: Ints,
    waiting: Waiting,
) -> list[Extra]:  # fmt: skip
    """Copy rows: some further down in the same file, some into a file of the next two days."""
    delay = rng.integers(0, 3, len(rows))
    later, here = rows[delay > 0], rows[delay == 0]
    waiting.add(layout.source, day + delay[delay > 0], "duplicated", own.gather(later))
    place = here + 0.5 + rng.random(len(here)) * (len(own) - here)
    return [Extra(own.gather(here), place, "duplicated", ["in the same file"] * len(here))] if len(here) else []


def _arrival(rng: np.random.Generator, size: int, due: pl.DataFrame) -> Extra:
    """Deliver what was held back, anywhere in the file."""
    place = rng.uniform(0, max(size, 1), len(due))
    return Extra(due["record"], place, str(due["kind"][0]), ["from an earlier day"] * len(due))
