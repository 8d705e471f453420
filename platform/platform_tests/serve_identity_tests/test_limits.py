"""Limits hold in memory, in a file and in Redis alike; where nobody can count together they go on, coarser."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from multiprocessing import get_context
from multiprocessing.pool import Pool
from pathlib import Path

import apsw
import pytest

from mesh_platform.contract.consumers import Consumer
from mesh_platform.contract.policies import Limits
from mesh_platform.serve.identity.limits import (
    Allowance,
    Counter,
    FileCounter,
    LocalCounter,
    RedisCounter,
    Sheltered,
    counter_at,
)
from mesh_platform.serve.identity.limits.allowance import seconds_to_midnight

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
_NAMES = count()
Make = Callable[[], Counter]


@pytest.fixture(params=["memory", "file", "redis"])
def counter(request: pytest.FixtureRequest, tmp_path: Path) -> Counter:
    if request.param == "file":
        return FileCounter(tmp_path / "serve" / "limits.db")
    return LocalCounter() if request.param == "memory" else RedisCounter(request.getfixturevalue("redis_url"))


def allowance(rate: float = 10.0, burst: float = 3.0, rows: float = 100) -> Allowance:
    return Allowance(f"consumer{next(_NAMES)}", rate, burst, rows)


def test_a_burst_is_admitted_and_then_the_rate_holds(counter: Counter) -> None:
    of = allowance(rate=20.0)
    assert [counter.take(of) for _ in range(3)] == [0, 0, 0]
    wait = counter.take(of)
    assert 0 < wait <= 1 / 20
    time.sleep(wait)  # the bucket fills with time, Redis's own
    assert counter.take(of) == 0
    assert counter.take(of) > 0


def test_consumers_are_counted_apart(counter: Counter) -> None:
    busy, calm = allowance(rate=0.1, burst=1), allowance(rate=0.1, burst=1)
    assert counter.take(busy) == 0
    assert counter.take(busy) > 0
    assert counter.take(calm) == 0


def test_rows_are_refused_as_a_whole_where_they_would_go_over_the_quota(counter: Counter) -> None:
    of = allowance(rows=100)
    assert counter.spend(of, 60, NOON)
    assert not counter.spend(of, 41, NOON)
    assert counter.spend(of, 40, NOON)
    assert not counter.spend(of, 1, NOON + timedelta(hours=11, minutes=59))


def test_a_day_s_quota_begins_at_midnight_utc(counter: Counter) -> None:
    of = allowance(rows=100)
    before = datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC)
    assert counter.spend(of, 100, before)
    assert not counter.spend(of, 1, before)
    assert counter.spend(of, 100, before + timedelta(seconds=1))


def test_the_owner_of_a_machine_has_no_limits(counter: Counter) -> None:
    of = Allowance.of(Consumer("developer", "", "notebook", "development", ()))
    assert all(counter.take(of) == 0 for _ in range(1000))
    assert counter.spend(of, 10**12, NOON)


def test_two_workers_count_together_in_redis(redis_url: str) -> None:
    one, other, of = RedisCounter(redis_url), RedisCounter(redis_url), allowance(rate=0.1, burst=1, rows=10)
    assert one.take(of) == 0
    assert other.take(of) > 0
    assert one.spend(of, 6, NOON)
    assert not other.spend(of, 6, NOON)


def _admitted(path: Path, asked: int, of: Allowance) -> tuple[int, int]:
    """What one worker is admitted: requests, and spendings of a row."""
    counter = FileCounter(path, clock=lambda: 0.0)
    return sum(counter.take(of) == 0 for _ in range(asked)), sum(counter.spend(of, 1, NOON) for _ in range(asked))


def test_the_workers_of_a_machine_count_together_to_the_last_one(tmp_path: Path) -> None:
    of = allowance(burst=150, rows=70)
    workers: Pool
    with get_context("forkserver").Pool(3) as workers:
        counted = workers.starmap(_admitted, [(tmp_path / "limits.db", 100, of)] * 3)
    assert [sum(kind) for kind in zip(*counted, strict=True)] == [150, 70]


def _opened(path: Path) -> bool:
    FileCounter(path).close()
    return True


def test_workers_that_start_at_once_make_the_file_once(tmp_path: Path) -> None:
    workers: Pool
    with get_context("forkserver").Pool(4) as workers:
        for number in range(20):
            assert workers.map(_opened, [tmp_path / f"{number}.db"] * 4, chunksize=1) == [True] * 4


def test_a_restart_forgets_no_row_and_another_day_begins_at_nothing(tmp_path: Path) -> None:
    of = allowance(rows=100)
    before = FileCounter(tmp_path / "limits.db")
    assert before.spend(of, 70, NOON)
    before.close()
    after = FileCounter(tmp_path / "limits.db")
    assert not after.spend(of, 31, NOON)
    assert after.spend(of, 100, NOON + timedelta(days=1))


def test_a_file_that_can_not_be_written_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "limits.db"
    counter, of = Sheltered(FileCounter(path), LocalCounter()), allowance(rate=0.1, burst=2)
    somebody = apsw.Connection(str(path))
    somebody.execute("begin immediate")
    assert [counter.take(of) > 0 for _ in range(3)] == [False, False, True]
    assert "FileCounter says BusyError" in caplog.text


def test_without_redis_each_worker_counts_for_itself_and_asks_again_later(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    asked = 0

    class Gone(RedisCounter):
        def take(self, allowance: Allowance) -> float:
            nonlocal asked
            asked += 1
            return super().take(allowance)

    counter = Sheltered(Gone("redis://127.0.0.1:1/0"), LocalCounter(), clock=lambda: now)
    of = allowance(rate=0.1, burst=2, rows=10)
    assert [counter.take(of) > 0 for _ in range(3)] == [False, False, True]
    assert counter.spend(of, 10, NOON)
    assert not counter.spend(of, 1, NOON)
    assert asked == 1
    assert "each worker for itself" in caplog.text
    now = 6.0
    counter.take(of)
    assert asked == 2


def test_limits_are_counted_where_the_settings_say(redis_url: str, tmp_path: Path) -> None:
    of, path = allowance(rate=0.1, burst=1), tmp_path / "limits.db"
    assert counter_at(redis_url, path).take(of) == 0
    assert RedisCounter(redis_url).take(of) > 0
    assert not path.exists()
    assert counter_at("", path).take(of) == 0
    assert FileCounter(path).take(of) > 0


def test_a_registered_limit_goes_before_the_default() -> None:
    said = Consumer("board", "", "report", "", (), Limits(4, 7))
    assert Allowance.of(said) == Allowance("board", 4, 8, 7)
    slow = Consumer("slow", "", "report", "", (), Limits(0.1))
    assert Allowance.of(slow).burst == 1  # else nothing would ever be admitted


def test_the_next_day_begins_after_the_last_second() -> None:
    assert seconds_to_midnight(datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC)) == 2
    assert seconds_to_midnight(datetime(2026, 11, 21, tzinfo=UTC)) == 86_401
