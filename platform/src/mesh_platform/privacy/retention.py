"""Retention by service level: which old states have had their time, and forgetting them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from mesh_platform.pipeline.maintain import PRIVATE_RETENTION_DAYS

if TYPE_CHECKING:
    from mesh_platform.lake import Lake
    from mesh_platform.ml.registry import Registry


@dataclass(frozen=True, slots=True)
class Kept:
    """What the retention of a table means now.

    Args:
        table: The table.
        retention_days: How long its old states can be read.
        states: How many there are, the current one included.
        expiring: How many of them have had their time.
        oldest: When the oldest was published.
        models: "<model>:<version>" that learnt from one of those, and can't be reproduced afterwards.
    """

    table: str
    retention_days: int
    states: int
    expiring: int
    oldest: datetime
    models: tuple[str, ...]


def retained(
    lake: Lake,
    retention_days: Mapping[str, int],
    learnt: Mapping[str, Mapping[str, int]],
    *,
    domain: str | None = None,
    now: datetime | None = None,
) -> Iterator[Kept]:
    """Tell of each table what its retention would forget now.

    Args:
        lake: The lake.
        retention_days: Product → how long its old snapshots can be read.
        learnt: "<model>:<version>" → table → the snapshot that it learnt from.
        domain: Only this domain's tables.
        now: The time to ask for; None for now.
    """
    for table in lake.tables():
        owner = table.partition(".")[0].removesuffix("_raw").removesuffix("_quarantine").removesuffix("_landed")
        if domain not in {None, owner}:
            continue
        days = retention_days.get(table, PRIVATE_RETENTION_DAYS)
        cutoff = (now or datetime.now(UTC)) - timedelta(days=days)
        states = lake.history(table)
        # A state has had its time when the one that took its place is older than the retention.
        over = [old for newer, old in pairwise(states) if newer.published_at < cutoff]
        gone = {state.snapshot_id for state in over} - {states[0].snapshot_id}
        models = tuple(sorted(name for name, read in learnt.items() if read.get(table) in gone))
        yield Kept(table, days, len(states), len(over), states[-1].published_at, models)


def learnt_snapshots(registry: Registry | None) -> dict[str, dict[str, int]]:
    """What each version learnt from: "<model>:<version>" → table → snapshot; nothing without a registry."""
    versions = [v for model in registry.models() for v in registry.versions(model)] if registry else []
    return {f"{v.model}:{v.version}": dict(v.snapshots) for v in versions}


def told(kept: Kept) -> str:
    """Say in a line what the retention of a table forgets."""
    lost = f"; can't be reproduced afterwards: {', '.join(kept.models)}" if kept.models else ""
    return f"{kept.table}: {kept.expiring} of {kept.states} states are older than {kept.retention_days} days{lost}"


def forget(lake: Lake, kept: Kept, *, now: datetime | None = None) -> int:
    """Forget the states of a table that have had their time; returns how many."""
    cutoff = (now or datetime.now(UTC)) - timedelta(days=kept.retention_days)
    return lake.expire(kept.table, cutoff).snapshots
