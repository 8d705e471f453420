"""A publisher that is killed at any instant leaves the old snapshot or the new one, whole, and the next one heals."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from mesh_platform.lake import Lake, Snapshot, WholeTable
from mesh_platform.lake.steps import Step
from mesh_platform.settings import Settings
from platform_tests.lake_tests.orders import TABLE, day, expected, ids, publish, publish_days, rows
from platform_tests.lake_tests.processes import end, run_and_die, run_and_die_in_commit, server

STEPS_AGAIN = [step for step in Step if step is not Step.TABLE_CREATED]
AFTER_THE_SWAP = [Step.SWAPPED, Step.PLAN_CACHED]
COMMITS_FIRST = [1, 2, 3]  # the table is made, the branch committed, main swapped
COMMITS_AGAIN = [1, 2]


def files_on_disk(settings: Settings) -> set[Path]:
    folders = ("data", "plans")
    found = {p for f in folders for p in (settings.home / "lake/warehouse/sales/orders" / f).rglob("*") if p.is_file()}
    return found | set((settings.home / "lake/warehouse/sales/orders/metadata").glob("*.avro"))


def files_of_snapshots(lake: Lake) -> set[Path]:
    """What the published snapshots need, as the Iceberg library sees it."""
    from mesh_platform.lake.sweep import files_in_use

    table = lake._catalog.iceberg().load_table(TABLE)
    published = {entry.snapshot_id for entry in table.metadata.snapshot_log}
    assert set(table.metadata.refs) == {"main"}
    assert {snapshot.snapshot_id for snapshot in table.metadata.snapshots} == published
    return {Path(path) for path in files_in_use(table, table.metadata.snapshots)}


def kill(settings: Settings, work: Callable[[Lake], object], at: Step | int) -> None:
    """Have a process do work and die at a step or in its n-th commit."""
    target = run_and_die if isinstance(at, Step) else run_and_die_in_commit
    process = server().Process(target=target, args=(settings, work, at))
    process.start()
    assert end(process) == -9


def heals(lake: Lake, settings: Settings) -> Snapshot:
    """Publish days 1 and 2, then check that nothing is left of who died."""
    published = publish_days(lake, 1, 2, of="next")
    assert lake.current(TABLE) == published
    lake.heal(TABLE)
    assert files_on_disk(settings) == files_of_snapshots(lake)
    return published


@pytest.mark.parametrize("at", [*Step, *COMMITS_FIRST])
def test_a_first_publisher_that_dies_leaves_nothing_or_all(
    at: Step | int, local_lake: Lake, local_settings: Settings
) -> None:
    kill(local_settings, partial(publish_first, of="dead"), at)
    survived = at in AFTER_THE_SWAP
    assert local_lake.tables() == ([TABLE] if survived else [])
    if survived:
        assert ids(local_lake) == expected(0, 1, of="dead")
    heals(local_lake, local_settings)
    kept = expected(0, of="dead") if survived else []
    assert ids(local_lake) == sorted([*kept, *expected(1, 2, of="next")])


@pytest.mark.parametrize("at", [*STEPS_AGAIN, *COMMITS_AGAIN])
def test_a_publisher_that_dies_leaves_the_old_snapshot_or_the_new_one(
    at: Step | int, local_lake: Lake, local_settings: Settings
) -> None:
    publish_days(local_lake, 0, 1, 3)
    kill(local_settings, partial(publish_first, of="dead"), at)
    survived = at in AFTER_THE_SWAP
    old = expected(0, 1, 3)
    new = sorted([*expected(0, 1, of="dead"), *expected(3)])
    assert ids(local_lake) == (new if survived else old)
    heals(local_lake, local_settings)
    kept = expected(0, of="dead") if survived else expected(0)
    assert ids(local_lake) == sorted([*kept, *expected(3), *expected(1, 2, of="next")])


@pytest.mark.parametrize(
    "at", [Step.FILE_WRITTEN, Step.ROWS_WRITTEN, Step.MANIFESTS_WRITTEN, Step.PLAN_WRITTEN, Step.SWAPPED, 1]
)
def test_a_compaction_that_dies_changes_no_row(at: Step | int, local_lake: Lake, local_settings: Settings) -> None:
    publish(local_lake, *(rows(0, of=f"f{n}") for n in range(5)), replace=WholeTable())
    before = ids(local_lake)
    kill(local_settings, compact, at)
    assert ids(local_lake) == before
    compact(local_lake)
    assert ids(local_lake) == before
    assert [file.day for file in local_lake.files(TABLE)] == [day(0)]
    local_lake.heal(TABLE)
    assert files_on_disk(local_settings) == files_of_snapshots(local_lake)


@pytest.mark.parametrize("work", ["rollback", "expire"])
def test_maintenance_that_dies_in_its_commit_changes_nothing(
    work: str, local_lake: Lake, local_settings: Settings
) -> None:
    publish_days(local_lake, 0)
    publish_days(local_lake, 0, of="b")
    before = local_lake.history(TABLE)
    kill(local_settings, {"rollback": roll_back, "expire": expire}[work], 1)
    assert local_lake.history(TABLE) == before
    assert [ids(local_lake, snapshot.snapshot_id) for snapshot in before] == [expected(0, of="b"), expected(0)]


def publish_first(lake: Lake, of: str) -> None:
    publish_days(lake, 0, 1, of=of)


def compact(lake: Lake) -> None:
    lake.compact(TABLE)


def roll_back(lake: Lake) -> None:
    lake.rollback(TABLE, lake.history(TABLE)[-1].snapshot_id, "run-9")


def expire(lake: Lake) -> None:
    lake.expire(TABLE, lake.history(TABLE)[0].published_at.replace(year=2999))
