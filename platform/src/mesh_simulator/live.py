"""Live mode: the same world's next days as a stream of records in the order of time; nothing is written.

Each call begins on the morning after the last landed day and always tells the same story, which is also what the
landing zone will hold once these days are simulated (late and bad records aside).
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import polars as pl

from mesh_platform.errors import BadWorld
from mesh_simulator.checkpoint import load, remembered
from mesh_simulator.day import live_a_day

TIMES = ("ordered_at", "reported_at", "measured_at", "changed_at", "posted_at", "moved_at", "occurred_at")


def live(
    landing: Path, truth: Path, *, rate: float | None = None, days: int | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Emit the next days' records as (source, record), in the order in which they happen.

    Args:
        landing: The landing zone of the world.
        truth: Its truth, which holds its state.
        rate: Records a second, or None for as fast as possible.
        days: How many days to emit, or None to go on for ever.

    Raises:
        BadWorld: Where no world has landed yet.
    """
    known = remembered(landing, truth)
    if known is None:
        raise BadWorld(f"world: none in {truth} (rule: live mode continues a landed world); simulate one first")
    state, _ = load(truth, known)
    began, emitted = monotonic(), 0
    for number in count(known.days) if days is None else range(known.days, known.days + days):
        day = live_a_day(known.world, state, number)
        for _, _, source, record in merge(*(_timed(source, rows) for source, rows in day.rows.items())):
            yield source, record
            emitted += 1
            if rate is not None:
                sleep(max(0.0, began + emitted / rate - monotonic()))


def _timed(source: str, rows: pl.DataFrame) -> Iterator[tuple[int, tuple[str, int], str, dict[str, Any]]]:
    """Yield a source's records in the order of time; those without a time come first."""
    time = next((column for column in TIMES if column in rows.columns), None)
    order = pl.lit(0, dtype=pl.Int64) if time is None else pl.col(time).dt.epoch("us")
    timed = rows.with_columns(order.alias("at")).sort("at", maintain_order=True)
    at = timed["at"].to_list()
    for index, record in enumerate(timed.drop("at").iter_rows(named=True)):
        yield at[index], (source, index), source, record
