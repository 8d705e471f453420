"""Time travel, what changed since, and going back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mesh_platform.errors import ContractBroken, UnknownName
from mesh_platform.lake import Candidate, Lake, WholeTable
from mesh_platform.lake.days import days_of_text, text_of_days
from platform_tests.lake_tests.orders import (
    TABLE,
    UNPARTITIONED,
    day,
    expected,
    ids,
    publish,
    publish_days,
    rows,
)

A_MILLISECOND = timedelta(milliseconds=1)  # what Iceberg's times tell apart


def test_any_published_snapshot_can_be_read_by_its_id(lake: Lake) -> None:
    first = publish_days(lake, 0)
    second = publish_days(lake, 0, 1, of="b")
    assert ids(lake, first.snapshot_id) == expected(0)
    assert ids(lake, second.snapshot_id) == ids(lake) == expected(0, 1, of="b")


def test_a_time_names_the_snapshot_that_was_current_then(lake: Lake) -> None:
    first = publish_days(lake, 0)
    second = publish_days(lake, 1)
    assert ids(lake, first.published_at) == expected(0)
    assert ids(lake, second.published_at - A_MILLISECOND) == expected(0)
    assert ids(lake, second.published_at) == expected(0, 1)
    assert ids(lake, second.published_at + timedelta(days=9)) == expected(0, 1)


def test_a_time_without_a_zone_is_utc(lake: Lake) -> None:
    first = publish_days(lake, 0)
    publish_days(lake, 1)
    assert ids(lake, first.published_at.replace(tzinfo=None)) == expected(0)


def test_a_time_before_the_first_snapshot_is_an_error_that_says_what_exists(lake: Lake) -> None:
    first = publish_days(lake, 0)
    before = first.published_at - A_MILLISECOND
    with pytest.raises(UnknownName, match=rf"no snapshot of sales\.orders at .*there are: {first.snapshot_id} \("):
        lake.files(TABLE, as_of=before)


def test_an_unknown_snapshot_is_an_error_that_says_what_exists(lake: Lake) -> None:
    known = [publish_days(lake, n).snapshot_id for n in range(7)]
    with pytest.raises(UnknownName, match=rf"no snapshot 17 .*{known[6]}.*{known[2]}.*2 older ones.*{known[0]}"):
        lake.scan(TABLE, as_of=17)


def test_an_unknown_table_is_an_error_that_says_what_exists(lake: Lake) -> None:
    publish_days(lake, 0)
    with pytest.raises(UnknownName, match=r"no published table 'sales\.order'; did you mean 'sales\.orders'\?"):
        lake.files("sales.order")


def test_what_only_was_on_a_branch_can_be_neither_read_nor_rolled_back_to(lake: Lake) -> None:
    publish_days(lake, 0)
    seen: list[int] = []

    def audit(_: Candidate) -> int:
        table = lake._catalog.iceberg().load_table(TABLE)
        seen.extend({s.snapshot_id for s in table.metadata.snapshots} - {lake.history(TABLE)[0].snapshot_id})
        for use in (lambda: lake.files(TABLE, as_of=seen[0]), lambda: lake.rollback(TABLE, seen[0], "run-2")):
            with pytest.raises(UnknownName, match=f"no snapshot {seen[0]}"):
                use()
        raise ContractBroken("refused")

    with pytest.raises(ContractBroken, match="refused"):
        publish_days(lake, 1, audit=audit)
    with pytest.raises(UnknownName):
        lake.rollback(TABLE, seen[0], "run-2")


def test_the_history_is_newest_first(lake: Lake) -> None:
    published = [publish_days(lake, n) for n in range(3)]
    assert lake.history(TABLE) == published[::-1]
    assert [snapshot.rows for snapshot in lake.history(TABLE)] == [9, 6, 3]


def test_a_rollback_is_read_at_once_and_told_by_the_history(lake: Lake) -> None:
    first = publish_days(lake, 0)
    second = publish_days(lake, 0, of="bad")
    back = lake.rollback(TABLE, first.snapshot_id, "run-oops")
    assert ids(lake) == expected(0)
    assert (back.snapshot_id, back.rows) == (first.snapshot_id, 3)
    assert back.properties["rolled_back_by"] == "run-oops"
    assert back.properties["rolled_back_from"] == str(second.snapshot_id)
    assert lake.history(TABLE) == [back, second, first]
    assert ids(lake, second.published_at) == expected(0, of="bad")


def test_each_of_several_rollbacks_is_told_with_its_own_run(lake: Lake) -> None:
    first, second = publish_days(lake, 0), publish_days(lake, 1)
    lake.rollback(TABLE, first.snapshot_id, "run-1st")
    lake.rollback(TABLE, second.snapshot_id, "run-2nd")
    lake.rollback(TABLE, first.snapshot_id, "run-3rd")
    told = [snapshot.properties.get("rolled_back_by") for snapshot in lake.history(TABLE)]
    assert told == ["run-3rd", "run-2nd", "run-1st", None, None]
    assert ids(lake) == expected(0)


def test_rolling_back_to_what_is_current_changes_nothing(lake: Lake) -> None:
    first = publish_days(lake, 0)
    assert lake.rollback(TABLE, first.snapshot_id, "run-2") == first
    assert lake.history(TABLE) == [first]


def test_a_publish_after_a_rollback_builds_on_what_was_rolled_back_to(lake: Lake) -> None:
    first = publish_days(lake, 0)
    publish_days(lake, 1, of="bad")
    lake.rollback(TABLE, first.snapshot_id, "run-2")
    publish_days(lake, 2)
    assert ids(lake) == expected(0, 2)


def test_the_days_changed_since_a_snapshot_are_those_of_all_later_ones(lake: Lake) -> None:
    first = publish_days(lake, 0, 1, 2, 3)
    second = publish_days(lake, 1)
    third = publish_days(lake, 2, 7)
    assert lake.changed_days(TABLE, first.snapshot_id) == frozenset({day(1), day(2), day(7)})
    assert lake.changed_days(TABLE, second.snapshot_id) == frozenset({day(2), day(7)})
    assert lake.changed_days(TABLE, third.snapshot_id) == frozenset()


def test_a_day_that_lost_its_rows_has_changed(lake: Lake) -> None:
    first = publish_days(lake, 0, 1)
    publish_days(lake, 0, 1, count=0)
    assert lake.changed_days(TABLE, first.snapshot_id) == frozenset({day(0), day(1)})


def test_everything_may_have_changed_where_the_history_can_not_tell(lake: Lake) -> None:
    first = publish_days(lake, 0)
    second = publish_days(lake, 1)
    assert lake.changed_days(TABLE, 17) is None
    assert lake.changed_days("sales.nothing", first.snapshot_id) is None
    lake.rollback(TABLE, first.snapshot_id, "run-2")
    assert lake.changed_days(TABLE, second.snapshot_id) is None
    third = publish_days(lake, 2)
    assert lake.changed_days(TABLE, second.snapshot_id) is None
    assert lake.changed_days(TABLE, first.snapshot_id) == frozenset({day(2)})
    assert lake.changed_days(TABLE, third.snapshot_id) == frozenset()


def test_a_table_without_days_changes_as_a_whole(lake: Lake) -> None:
    first = publish(lake, rows(0), replace=WholeTable(), layout=UNPARTITIONED)
    second = publish(lake, rows(1), replace=WholeTable(), layout=UNPARTITIONED)
    assert lake.changed_days(TABLE, first.snapshot_id) is None
    assert lake.changed_days(TABLE, second.snapshot_id) == frozenset()


def test_an_expired_snapshot_in_between_makes_everything_changed(lake: Lake) -> None:
    first = publish_days(lake, 0)
    publish_days(lake, 1)
    last = publish_days(lake, 2)
    lake.expire(TABLE, last.published_at)
    assert lake.changed_days(TABLE, first.snapshot_id) is None


def test_days_are_written_as_ranges_and_read_back() -> None:
    some = {day(n) for n in (0, 1, 2, 5, 40, 41)}
    assert text_of_days(some) == "2026-01-01/2026-01-03,2026-01-06,2026-02-10/2026-02-11"
    assert days_of_text(text_of_days(some)) == some
    assert days_of_text(text_of_days([])) == frozenset()


def test_a_moment_between_two_rollbacks_reads_what_was_current_then(lake: Lake) -> None:
    first, second = publish_days(lake, 0), publish_days(lake, 1)
    lake.rollback(TABLE, first.snapshot_id, "run-2")
    moments: list[datetime] = [snapshot.published_at for snapshot in lake.history(TABLE)[::-1]]
    assert [len(ids(lake, moment)) for moment in moments] == [first.rows, second.rows, first.rows]
