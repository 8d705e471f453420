"""Publishers of one table at the same time: nothing is lost, nothing doubled."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from mesh_platform.errors import PublishConflict
from mesh_platform.lake import Candidate, Days, Lake, RowsOf, Snapshot
from mesh_platform.lake import publish as publishing
from mesh_platform.settings import Settings
from platform_tests.lake_tests.orders import TABLE, day, expected, ids, passes, publish, publish_days, rows
from platform_tests.lake_tests.processes import end, publish_many, server

Auditor = Callable[[Candidate], int]


def overtaken_once(rival: Callable[[], object], seen: list[Candidate]) -> Auditor:
    """An audit during which, the first time, a rival publishes."""

    def audit(candidate: Candidate) -> int:
        seen.append(candidate)
        if len(seen) == 1:
            rival()
        return passes(candidate)

    return audit


def test_a_publisher_that_was_overtaken_writes_and_audits_again(lake: Lake, settings: Settings) -> None:
    publish_days(lake, 0)
    seen: list[Candidate] = []
    rival = partial(publish_days, Lake.open(settings), 1, of="rival")
    publish_days(lake, 2, of="slow", audit=overtaken_once(rival, seen))
    assert ids(lake) == sorted([*expected(0), *expected(1, of="rival"), *expected(2, of="slow")])
    assert [candidate.rows_before for candidate in seen] == [3, 6]
    assert len(lake.history(TABLE)) == 3


def test_the_last_of_two_publishers_of_a_day_wins_it_whole(lake: Lake, settings: Settings) -> None:
    publish_days(lake, 0, 1)
    rival = partial(publish_days, Lake.open(settings), 0, of="rival", count=5)
    publish_days(lake, 0, of="slow", count=2, audit=overtaken_once(rival, []))
    assert ids(lake) == sorted([*expected(1), *expected(0, of="slow", count=2)])


def test_the_first_publish_of_a_table_can_be_overtaken_too(lake: Lake, settings: Settings) -> None:
    rival = partial(publish_days, Lake.open(settings), 1, of="rival")
    publish_days(lake, 2, of="slow", audit=overtaken_once(rival, []))
    assert ids(lake) == sorted([*expected(1, of="rival"), *expected(2, of="slow")])


def test_rows_that_a_rival_adds_to_a_rewritten_file_are_kept(lake: Lake, settings: Settings) -> None:
    publish_days(lake, 0, count=4)
    other = Lake.open(settings)

    def rival() -> None:
        publish(other, rows(0, of="rival", count=1), replace=RowsOf("order_id", frozenset({"rival-0-0", "a-0-3"})))

    publish(lake, replace=RowsOf("order_id", frozenset({"a-0-1"})), audit=overtaken_once(rival, []))
    assert ids(lake) == sorted(["a-0-0", "a-0-2", "rival-0-0"])


def test_a_rollback_overtakes_a_publisher(lake: Lake, settings: Settings) -> None:
    first = publish_days(lake, 0)
    publish_days(lake, 1)
    rival = partial(Lake.open(settings).rollback, TABLE, first.snapshot_id, "run-2")
    publish_days(lake, 2, audit=overtaken_once(rival, []))
    assert ids(lake) == expected(0, 2)


def test_a_rivals_branch_that_is_not_published_overtakes_nobody(lake: Lake, settings: Settings) -> None:
    publish_days(lake, 0)
    seen: list[Candidate] = []

    def rival() -> None:
        with pytest.raises(ZeroDivisionError):
            publish_days(Lake.open(settings), 1, of="rival", audit=lambda _: 1 // 0)

    publish_days(lake, 2, audit=overtaken_once(rival, seen))
    assert ids(lake) == expected(0, 2)
    assert len(seen) == 1


def test_a_publisher_that_is_always_overtaken_gives_up_and_leaves_nothing(
    lake: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "WAIT_S", 0)
    other = Lake.open(settings)

    def audit(candidate: Candidate) -> int:
        publish_days(other, 1, count=1, audit=None)
        return passes(candidate)

    with pytest.raises(PublishConflict, match=r"sales\.orders: 16 attempts"):
        publish_days(lake, 0, audit=audit)
    assert ids(lake) == expected(1, count=1)
    table = lake._catalog.iceberg().load_table(TABLE)
    assert set(table.metadata.refs) == {"main"}


def own_day(lake: Lake, audit: Auditor, *, me: int) -> Snapshot:
    return publish_days(lake, me, of=f"p{me}", audit=audit)


def same_day(lake: Lake, audit: Auditor, *, me: int) -> Snapshot:
    return publish_days(lake, 0, of=f"p{me}", count=me + 1, audit=audit)


def own_rows(lake: Lake, audit: Auditor, *, me: int) -> Snapshot:
    return publish(
        lake, rows(0, of=f"p{me}"), replace=RowsOf("order_id", frozenset(expected(0, of=f"p{me}"))), audit=audit
    )


def compete(settings: Settings, work: Callable[..., Snapshot], rivals: int, times: int) -> None:
    context = server()
    together = context.Barrier(rivals)
    processes = [
        context.Process(target=publish_many, args=(settings, together, partial(work, me=me), times))
        for me in range(rivals)
    ]
    for process in processes:
        process.start()
    assert [end(process) for process in processes] == [0] * rivals


@pytest.mark.parametrize("rivals", [2, 4])
def test_processes_that_publish_their_own_days_lose_nothing(rivals: int, lake: Lake, settings: Settings) -> None:
    compete(settings, own_day, rivals, times=3)
    assert ids(lake) == sorted(i for me in range(rivals) for i in expected(me, of=f"p{me}"))
    assert len(lake.history(TABLE)) == 3 * rivals


@pytest.mark.parametrize("rivals", [2, 4])
def test_processes_that_publish_the_same_day_double_nothing(rivals: int, lake: Lake, settings: Settings) -> None:
    publish(lake, rows(1), replace=Days(frozenset({day(1)})))
    compete(settings, same_day, rivals, times=3)
    assert ids(lake) in [sorted([*expected(0, of=f"p{me}", count=me + 1), *expected(1)]) for me in range(rivals)]
    assert len(lake.history(TABLE)) == 3 * rivals + 1


def test_processes_that_replace_their_own_rows_of_a_day_lose_nothing(lake: Lake, settings: Settings) -> None:
    compete(settings, own_rows, 3, times=2)
    assert ids(lake) == sorted(i for me in range(3) for i in expected(0, of=f"p{me}"))
