"""Expiry, compaction and healing: less on disk, never a row less."""

from __future__ import annotations

import os
import time
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from mesh_platform.errors import UnknownName
from mesh_platform.lake import Candidate, Lake, TableLayout, WholeTable
from mesh_platform.lake.publishers import Publisher, at_work
from mesh_platform.settings import Settings
from platform_tests.lake_tests.orders import (
    LAYOUT,
    TABLE,
    UNPARTITIONED,
    day,
    days,
    expected,
    ids,
    passes,
    publish,
    publish_days,
    queried,
    rows,
)

FUTURE = timedelta(days=1)


def parquet_files(settings: Settings) -> set[str]:
    return {str(path) for path in settings.home.rglob("*.parquet")}


def manifests(settings: Settings) -> set[Path]:
    return set(settings.home.rglob("*.avro"))


def test_expiry_keeps_the_current_snapshot_and_removes_what_only_others_used(lake: Lake, settings: Settings) -> None:
    publish_days(lake, 0, 1)
    publish_days(lake, 1, of="b")
    last = publish_days(lake, 2)
    on_disk, described = parquet_files(settings), manifests(settings)
    swept = lake.expire(TABLE, last.published_at + FUTURE)
    assert lake.history(TABLE) == [last]
    assert ids(lake) == sorted([*expected(0, 2), *expected(1, of="b")])
    assert parquet_files(settings) == {file.path for file in lake.files(TABLE)}
    assert len(on_disk) == 4
    assert manifests(settings) < described
    assert swept.snapshots == 2
    assert swept.files > 1
    assert swept.bytes > 0


def test_what_was_current_at_the_time_or_later_can_still_be_read(lake: Lake) -> None:
    first = publish_days(lake, 0)
    second = publish_days(lake, 0, of="b")
    third = publish_days(lake, 0, of="c")
    between = second.published_at + (third.published_at - second.published_at) / 2
    lake.expire(TABLE, between)
    assert lake.history(TABLE) == [third, second]
    assert ids(lake, between) == expected(0, of="b")
    with pytest.raises(UnknownName):
        lake.files(TABLE, as_of=first.snapshot_id)


def test_an_old_snapshot_that_is_current_again_does_not_expire(lake: Lake) -> None:
    first = publish_days(lake, 0)
    publish_days(lake, 0, of="bad")
    back = lake.rollback(TABLE, first.snapshot_id, "run-2")
    lake.expire(TABLE, back.published_at + FUTURE)
    assert ids(lake) == expected(0)
    assert lake.current(TABLE) == back
    assert lake.current(TABLE) == lake.history(TABLE)[0]
    assert back.properties["rolled_back_by"] == "run-2"


def test_expiry_forgets_what_was_recorded_about_old_snapshots(lake: Lake) -> None:
    first = publish_days(lake, 0)
    publish_days(lake, 1)
    lake.rollback(TABLE, first.snapshot_id, "run-2")
    last = publish_days(lake, 2)
    lake.expire(TABLE, last.published_at + FUTURE)
    properties = lake._catalog.iceberg().load_table(TABLE).properties
    assert [key for key in properties if key.startswith("mesh.")] == [f"mesh.checks.{last.snapshot_id}"]


def test_expiry_leaves_the_branch_of_a_publish_under_way(lake: Lake, settings: Settings) -> None:
    publish_days(lake, 0)
    publish_days(lake, 0, of="b")
    other = Lake.open(settings)

    def audit(candidate: Candidate) -> int:
        other.expire(TABLE, datetime(2999, 1, 1))  # noqa: DTZ001 - no zone is UTC
        other.heal(TABLE)
        return pl.read_parquet([file.path for file in (*candidate.new_files, *candidate.kept_files)]).height

    assert publish_days(lake, 1, audit=audit).checks == 6
    assert ids(lake) == sorted([*expected(0, of="b"), *expected(1)])


def test_nothing_to_expire_is_no_commit(lake: Lake) -> None:
    last = publish_days(lake, 0)
    before = lake._catalog.iceberg().load_table(TABLE).metadata_location
    assert lake.expire(TABLE, last.published_at + FUTURE).snapshots == 0
    assert lake._catalog.iceberg().load_table(TABLE).metadata_location == before


@pytest.mark.parametrize("layout", [LAYOUT, UNPARTITIONED], ids=["by day", "whole"])
def test_compaction_gives_the_same_rows_in_one_sorted_file_a_partition(lake: Lake, layout: TableLayout) -> None:
    made = [rows(n, of=f"f{part}") for part in range(5) for n in range(2)]
    published = publish(lake, *made, replace=WholeTable(), layout=layout)
    compacted = lake.compact(TABLE)
    assert compacted is not None
    assert queried(lake) == queried(lake, published.snapshot_id)
    assert len(lake.files(TABLE, as_of=published.snapshot_id)) == 10
    partitions: list[date | None] = [day(0), day(1)] if layout.partition else [None]
    assert [file.day for file in lake.files(TABLE)] == partitions
    assert all(pl.read_parquet(file.path)["order_id"].is_sorted() for file in lake.files(TABLE))
    assert compacted.rows == published.rows
    assert lake.compact(TABLE) is None


def test_compaction_changes_no_day_and_keeps_what_the_snapshot_was_made_from(lake: Lake) -> None:
    published = publish(lake, *(rows(0, of=f"f{n}") for n in range(5)), replace=days(0))
    compacted = lake.compact(TABLE)
    assert compacted is not None
    assert lake.changed_days(TABLE, published.snapshot_id) == frozenset()
    assert compacted.inputs == published.inputs
    assert compacted.properties["run_id"] == published.properties["run_id"]
    assert compacted.properties["compacts"] == str(published.snapshot_id)
    later = publish_days(lake, 3)
    assert lake.changed_days(TABLE, published.snapshot_id) == frozenset({day(3)})
    assert "compacts" not in later.properties


def test_days_with_few_files_are_left_as_they_are(lake: Lake) -> None:
    publish(lake, *(rows(0, of=f"f{n}") for n in range(3)), replace=days(0))
    assert lake.compact(TABLE) is None
    assert lake.compact(TABLE, min_files=3) is not None


def test_compaction_of_nothing_is_an_error(lake: Lake) -> None:
    with pytest.raises(UnknownName):
        lake.compact(TABLE)


def test_compacted_files_go_when_their_snapshot_expires(lake: Lake, settings: Settings) -> None:
    publish(lake, *(rows(0, of=f"f{n}") for n in range(5)), replace=days(0))
    lake.compact(TABLE)
    lake.expire(TABLE, lake.history(TABLE)[0].published_at + FUTURE)
    assert len(parquet_files(settings)) == 1


def test_a_publisher_overtaken_by_a_compaction_keeps_all_rows(lake: Lake, settings: Settings) -> None:
    publish(lake, *(rows(0, of=f"f{n}") for n in range(5)), replace=days(0))
    seen: list[int] = []

    def audit(candidate: Candidate) -> int:
        seen.append(len(candidate.kept_files))
        if len(seen) == 1:
            Lake.open(settings).compact(TABLE)
        return passes(candidate)

    publish_days(lake, 1, audit=audit)
    assert seen == [5, 1]
    assert len(ids(lake)) == 18


def test_healing_deletes_strange_files_only_when_they_are_old(lake: Lake, settings: Settings) -> None:
    publish_days(lake, 0)
    folder = Path(lake.files(TABLE)[0].path).parent
    old, young = folder / "old.parquet", folder / "young.parquet"
    for path in (old, young):
        path.write_bytes(b"left behind")
    two_hours_ago = time.time() - 7200
    os.utime(old, (two_hours_ago, two_hours_ago))
    for path in settings.home.rglob("*"):  # what snapshots list is never an orphan, whatever its age
        if path.is_file() and path != young and not path.name.startswith("catalog"):
            os.utime(path, (two_hours_ago, two_hours_ago))
    swept = lake.heal(TABLE)
    assert (swept.files, swept.bytes) == (1, 11)
    assert young.exists()
    assert not old.exists()
    assert ids(lake) == expected(0)


def test_healing_leaves_the_files_of_a_publish_under_way(lake: Lake, settings: Settings) -> None:
    publish_days(lake, 0)
    other = Lake.open(settings)

    def audit(candidate: Candidate) -> int:
        assert other.heal(TABLE).files == 0
        return pl.read_parquet([file.path for file in candidate.new_files]).height

    assert publish_days(lake, 1, audit=audit).checks == 3


def test_a_publisher_is_told_from_its_name_and_is_dead_once_done() -> None:
    with at_work() as publisher:
        assert Publisher.parse(f"{publisher}-7.parquet") == publisher
        assert Publisher.parse(publisher.branch) == publisher
        assert not publisher.is_dead()
    assert publisher.is_dead()
    assert Publisher.parse("00003-7d1e-metadata.json") is None


def test_a_publisher_of_another_host_is_given_a_day() -> None:
    now_ms = int(time.time() * 1000)
    assert not Publisher("elsewhere", 1, 1, now_ms - 23 * 3_600_000, "0" * 8).is_dead()
    assert Publisher("elsewhere", 1, 1, now_ms - 25 * 3_600_000, "0" * 8).is_dead()


def test_a_process_that_took_the_id_of_a_dead_one_does_not_revive_it() -> None:
    with at_work() as me:
        parent = Publisher(me.host, os.getppid(), 1, me.began_ms, me.salt)
        assert parent.is_dead()


def test_old_metadata_files_are_cleared_away(lake: Lake, settings: Settings) -> None:
    for n in range(30):
        publish_days(lake, n % 3, count=1, audit=None)
    assert len(list(settings.home.rglob("*.metadata.json"))) <= 22
    assert len(lake.history(TABLE)) == 30
