"""The landing zone of a simulated OmniShop: days are lived one after the other and written as the systems would.

A call continues the world that has landed, and leaves the files that are there as they are. While a day is written,
the next one is lived.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

import polars as pl

from mesh_platform.errors import BadWorld
from mesh_simulator.badness import Waiting, deliver
from mesh_simulator.checkpoint import Progress, begin, check_same, load, remembered, save
from mesh_simulator.day import Day, live_a_day
from mesh_simulator.layouts import LAYOUTS
from mesh_simulator.records import header
from mesh_simulator.state import State
from mesh_simulator.truth import world_truth
from mesh_simulator.world import Parameters, World
from mesh_simulator.writers import write_records, write_table

DAYS, SCALE, SEED, BAD_RATE = 120, 1.0, 7, 0.002
"""A new world, where nothing else is asked for."""
MOST_SCALE, MOST_BAD = 1000.0, 0.5
CHECKPOINT_DAYS = 30
"""After so many days the state is saved, so that a crash costs no more than these."""


def simulate(
    landing: Path,
    truth: Path,
    *,
    days: int | None = None,
    scale: float | None = None,
    seed: int | None = None,
    start: date | None = None,
    bad_rate: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> World:
    """Write a world's landing zone, or continue it up to a number of days.

    Args:
        landing: The landing zone: `<domain>/<source>/<file>`.
        truth: The folder of the truth, which no pipeline reads.
        days: How many days the world shall have.
        scale: 1.0 is about ten thousand customers and a thousand products.
        seed: The seed of all chance.
        start: The first day; a new world begins so that its last day is yesterday (UTC).
        bad_rate: The share of each source's rows that are injected as bad.
        progress: Called after each day with the days done and the days wanted.

    What is left open is as it was for the world that has landed, and the default for a new one: 120 days, scale 1,
    seed 7, a bad rate of 0.002.

    Raises:
        BadWorld: Where another world has landed already, or the parameters make none.
    """
    began = perf_counter()
    known = remembered(landing, truth)
    if known is None:
        length = DAYS if days is None else days
        first = start or datetime.now(UTC).date() - timedelta(days=length)
        rate = BAD_RATE if bad_rate is None else bad_rate
        world = Parameters(SEED if seed is None else seed, SCALE if scale is None else scale, first, rate)
        _check(landing, truth, length, world)
        known = begin(truth, world, length)
    else:
        check_same(known, {"seed": seed, "scale": scale, "start": start, "bad_rate": bad_rate})
        known.wanted = max(known.wanted, days or 0)
    if known.days < known.wanted:
        _live_on(landing, truth, known, known.wanted, progress)
    world = known.world
    return World(world.seed, world.scale, world.start, known.days, dict(known.counts), perf_counter() - began)


def _check(landing: Path, truth: Path, days: int, world: Parameters) -> None:
    if days < 1:
        raise BadWorld(f"world: {days} days (rule: at least 1); ask for more days")
    if not 0 < world.scale <= MOST_SCALE:
        raise BadWorld(f"world: scale {world.scale} (rule: more than 0, at most {MOST_SCALE}); choose one such as 1")
    if not 0 <= world.bad_rate <= MOST_BAD:
        raise BadWorld(f"world: bad_rate {world.bad_rate} (rule: from 0 to {MOST_BAD}); choose one such as {BAD_RATE}")
    if landing.absolute() in (truth.absolute(), *truth.absolute().parents):
        raise BadWorld(f"truth: {truth} lies in the landing zone (rule: no pipeline reads the truth); move it out")


def _live_on(
    landing: Path, truth: Path, known: Progress, days: int, progress: Callable[[int, int], None] | None
) -> None:
    """Live the missing days; one day may be in writing while the next is lived."""
    state, waiting = load(truth, known)
    with ThreadPoolExecutor(1) as writer:
        writing: Future[None] | None = None
        for number in range(known.days, days):
            day = live_a_day(known.world, state, number)
            if writing is not None:
                writing.result()
            writing = writer.submit(_write_day, landing, truth, known, day, waiting)
            if (number + 1) % CHECKPOINT_DAYS == 0 or number + 1 == days:
                writing.result()
                _check_in(truth, known, state, waiting, number + 1)
            if progress is not None:
                progress(number + 1, days)


def _check_in(truth: Path, known: Progress, state: State, waiting: Waiting, days: int) -> None:
    for name, table in world_truth(known.world, state, days).items():
        write_table(truth / f"{name}.parquet", table)
    known.days = days
    save(truth, known, state, waiting)


def _write_day(landing: Path, truth: Path, known: Progress, day: Day, waiting: Waiting) -> None:
    """Write the day's files and its truth."""
    when = known.world.date_of(day.number).isoformat()
    injected = []
    for source, layout in LAYOUTS.items():
        delivery = deliver(known.world, day.number, layout, day.rows[source], waiting)
        if delivery is None:
            continue
        write_records(landing / layout.file(when), layout, delivery.records, header(layout, day.rows[source].columns))
        known.counts[source] = known.counts.get(source, 0) + len(delivery.records)
        injected.append(delivery.injected)
    tables = {**day.truth, "injected": pl.concat(injected)}
    for name, table in tables.items():
        write_table(truth / name / f"{name}_{when}.parquet", table)
