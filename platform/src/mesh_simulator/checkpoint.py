"""What the truth folder remembers of a world, so that a later call continues it instead of beginning again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from mesh_platform.errors import BadWorld
from mesh_simulator.badness import Waiting
from mesh_simulator.layouts import LAYOUTS
from mesh_simulator.state import State
from mesh_simulator.world import Parameters
from mesh_simulator.writers import temporary, write_table, write_text

NOTE = "world.json"
OWNED = ("state", "injected", "orders", "demand", "posts", "promotions")
"""The folders of the truth."""


@dataclass(slots=True)
class Progress:
    """How far a world has come.

    Args:
        world: Its parameters.
        wanted: Days that were asked for; more than have landed only after a crash.
        days: Days that have landed.
        counts: Landed rows by source.
    """

    world: Parameters
    wanted: int
    days: int = 0
    counts: dict[str, int] = field(default_factory=dict)


def remembered(landing: Path, truth: Path) -> Progress | None:
    """Read how far the landed world has come; None where there is none, or its landing zone was removed."""
    note = truth / NOTE
    if not note.exists():
        return None
    saved = json.loads(note.read_text(encoding="utf-8"))
    world = Parameters(saved["seed"], saved["scale"], date.fromisoformat(saved["start"]), saved["bad_rate"])
    first = landing / LAYOUTS["inventory/product_master"].file(saved["start"])
    if saved["days"] and not first.exists():
        return None
    return Progress(world, saved["wanted"], saved["days"], saved["counts"])


def check_same(progress: Progress, asked: Mapping[str, object]) -> None:
    """Refuse to continue a world with other parameters.

    Args:
        progress: The world that exists.
        asked: The parameters that were asked for, None where the caller leaves them open.

    Raises:
        BadWorld: Where one differs.
    """
    for name, value in asked.items():
        has = getattr(progress.world, name)
        if value is not None and value != has:
            raise BadWorld(
                f"world: {name} {value} was asked for, but the landed world has {name} {has} "
                "(rule: a world is continued with its own parameters); "
                "use another MESH_HOME, or remove the landing zone"
            )


def begin(truth: Path, world: Parameters, wanted: int) -> Progress:
    """Forget any world before and note the parameters of a new one."""
    for name in OWNED:
        shutil.rmtree(truth / name, ignore_errors=True)
    progress = Progress(world, wanted)
    _note(truth, progress)
    return progress


def load(truth: Path, progress: Progress) -> tuple[State, Waiting]:
    """Read the state after the noted day, or create the world."""
    if progress.days == 0:
        return State.first(progress.world), Waiting()
    folder = _folder(truth, progress.days)
    held = {source: folder / _waiting_name(source) for source in LAYOUTS}
    frames = {source: pl.read_parquet(path) for source, path in held.items() if path.exists()}
    return State.load(folder / "state.npz"), Waiting(frames)


def save(truth: Path, progress: Progress, state: State, waiting: Waiting) -> None:
    """Write the state, then note the day as done, then forget the state before."""
    folder = _folder(truth, progress.days)
    new = temporary(folder / "state.npz")
    state.save(new)
    new.replace(folder / "state.npz")
    for source, frame in waiting.frames.items():
        write_table(folder / _waiting_name(source), frame)
    _note(truth, progress)
    for old in folder.parent.iterdir():
        if old != folder:
            shutil.rmtree(old)


def _folder(truth: Path, days: int) -> Path:
    return truth / "state" / f"after_{days:05d}_days"


def _waiting_name(source: str) -> str:
    return f"waiting_{source.replace('/', '_')}.parquet"


def _note(truth: Path, progress: Progress) -> None:
    world = progress.world
    note = {
        "seed": world.seed,
        "scale": world.scale,
        "start": world.start.isoformat(),
        "bad_rate": world.bad_rate,
        "wanted": progress.wanted,
        "days": progress.days,
        "counts": progress.counts,
    }
    write_text(truth / NOTE, json.dumps(note, indent=1) + "\n")
