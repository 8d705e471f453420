"""What was served is held against the lake, and one wrong bit is found."""

from __future__ import annotations

import fcntl
import json
import math
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mesh_platform.features.online import header as headers
from mesh_platform.features.online import parity, served, waiting
from mesh_platform.features.online.codec import pack
from mesh_platform.features.online.definition import OnlineView, id_of
from mesh_platform.features.online.parity import Parity, compare, results
from mesh_platform.features.online.push import push
from mesh_platform.features.online.reading import OnlineReader
from mesh_platform.features.online.served import Served
from mesh_platform.features.online.store import OnlineStore
from mesh_platform.features.online.waiting import Sample, file_of, folder_of

from .bank import BALANCES, FIRST, HISTORY, ONE_DAY, PAYMENTS, VIEW, Bank, balance, midnight, payment

VIEWS: tuple[OnlineView, ...] = (VIEW, HISTORY)
ACCOUNTS = [f"A{n}" for n in range(6)]


@pytest.fixture
def home(bank: Bank, store: OnlineStore) -> Path:
    """A bank whose accounts are online: old ones, recent ones, one with a value that equals nothing."""
    rows = [balance(a, FIRST + n * ONE_DAY, n) for n, a in enumerate(ACCOUNTS)]
    bank.publish(BALANCES, [*rows, balance("A9", FIRST + 5 * ONE_DAY, 9, rate=math.nan, branch=None, owed=None)])
    bank.publish(PAYMENTS, [payment(n, a, midnight(FIRST) + timedelta(hours=n)) for n, a in enumerate(ACCOUNTS * 4)])
    for view in VIEWS:
        push(view, bank.lake, store)
    return bank.settings.home


def serve(store: OnlineStore, home: Path, accounts: Iterable[str], passed: timedelta = timedelta()) -> None:
    """Read accounts as a server does, each of them sampled."""
    reader = OnlineReader(store, lambda: datetime.now(UTC) + passed, Served(home, every=1))
    for account in accounts:
        for view in VIEWS:
            reader.read(view, [(account,)])
    reader._served.close() if reader._served else None


def log_of(home: Path, view: OnlineView) -> Path:
    """The file in which a view's samples wait."""
    (log,) = folder_of(home).glob(f"{id_of(view)}.*")
    return log


def of(found: list[Parity], view: OnlineView) -> Parity:
    """The result of a view."""
    (one,) = [result for result in found if f"{result.view}@{result.version}" == id_of(view)]
    return one


@pytest.mark.parametrize("passed", [timedelta(), timedelta(days=1), timedelta(days=400)])
def test_what_was_served_equals_the_lake(bank: Bank, store: OnlineStore, home: Path, passed: timedelta) -> None:
    serve(store, home, [*ACCOUNTS, "A9", "nobody"], passed)
    found = compare(VIEWS, bank.lake, home)
    vectors, payments = of(found, VIEW), of(found, HISTORY)
    assert (vectors.compared, vectors.values, vectors.mismatches) == (8, 8 * 6, 0)
    assert (payments.compared, payments.values, payments.mismatches) == (8, 8 * 4, 0)
    assert list(folder_of(home).iterdir()) == []
    assert results(home) == found


def test_it_still_equals_the_lake_after_changes(bank: Bank, store: OnlineStore, home: Path) -> None:
    serve(store, home, ACCOUNTS)
    bank.publish(BALANCES, [balance("A1", FIRST + 6 * ONE_DAY, 77), balance("B1", FIRST + 6 * ONE_DAY, 78)])
    assert push(VIEW, bank.lake, store).how == "changes"
    serve(store, home, [*ACCOUNTS, "B1"])
    found = of(compare(VIEWS, bank.lake, home), VIEW)
    assert (found.compared, found.mismatches) == (13, 0)


@pytest.mark.parametrize(("name", "wrong"), [("rate", 2.0000000000000004), ("branch", "x"), ("balance", None)])
def test_one_wrong_value_is_found_and_named(bank: Bank, store: OnlineStore, home: Path, name: str, wrong: Any) -> None:
    serve(store, home, ["A4", "A5"])
    log = log_of(home, VIEW)
    samples = [json.loads(line) for line in log.read_text().splitlines()]
    samples[0]["values"][name] = wrong
    log.write_text("".join(json.dumps(sample) + "\n" for sample in samples))
    found = of(compare(VIEWS, bank.lake, home), VIEW)
    assert (found.mismatches, found.columns) == (1, (name,))


def test_an_entity_that_the_store_lost_or_made_up_is_found(bank: Bank, store: OnlineStore, home: Path) -> None:
    found = store.read(id_of(VIEW), [pack(["A5"])])
    assert found is not None
    assert found[1][0] is not None
    with store.pushing():
        made_up = [(pack(["ghost"]), found[1][0])]
        store.patch(id_of(VIEW), made_up, [pack(["A4"])], replace(headers.read(found[0]), push="x"), found[0])
    serve(store, home, ["A4", "A5", "ghost"])
    result = of(compare(VIEWS, bank.lake, home), VIEW)
    assert (result.compared, result.mismatches) == (3, 12)


def test_samples_that_can_not_be_compared_are_counted(bank: Bank, store: OnlineStore, home: Path) -> None:
    serve(store, home, ["A5"])
    other = replace(VIEW, features=("balance",))
    for log in (log_of(home, VIEW), log_of(home, HISTORY)):
        text = log.read_text()
        log.write_text(text + text.replace('"snapshot": ', '"snapshot": 1') + '{"view": "half a li')
    found = compare([other, HISTORY], bank.lake, home)
    assert [(p.compared, p.skipped) for p in (of(found, VIEW), of(found, other), of(found, HISTORY))] == [
        (0, 2),
        (0, 0),
        (1, 1),
    ]


def test_one_of_so_many_reads_is_sampled_and_the_log_is_bounded(
    store: OnlineStore, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = OnlineReader(store, served=Served(home, every=10))
    for _ in range(100):
        reader.read(VIEW, [("A1",), ("A2",)])
    reader._served.close() if reader._served else None
    log = log_of(home, VIEW)
    assert len(log.read_text().splitlines()) == 10
    assert (log.stat().st_mode & 0o777, folder_of(home).stat().st_mode & 0o777) == (0o600, 0o700)
    log.unlink()
    monkeypatch.setattr(served, "FILE_BYTES", 1_000)
    serve(store, home, ACCOUNTS * 5)
    assert 0 < log_of(home, VIEW).stat().st_size <= 1_000
    assert 0 < log_of(home, HISTORY).stat().st_size <= 1_000


def test_samples_of_other_views_wait_for_whoever_has_these_and_not_for_ever(
    bank: Bank, store: OnlineStore, home: Path
) -> None:
    serve(store, home, ["A5"])
    old, long_ago = file_of(home, "gone@0123456789ab", "1-2"), datetime.now(UTC) - timedelta(days=8)
    old.write_text(log_of(home, VIEW).read_text().replace(id_of(VIEW), "gone@0123456789ab"))
    os.utime(old, (long_ago.timestamp(),) * 2)
    log_of(home, VIEW).rename(file_of(home, id_of(VIEW), "died").with_suffix(".0a1b.taken"))
    found = compare([HISTORY], bank.lake, home, others=timedelta(days=7))
    assert [(one.view, one.compared, one.skipped) for one in found] == [("gone", 0, 1), ("payments", 1, 0)]
    (left,) = folder_of(home).iterdir()
    assert left == log_of(home, VIEW)
    found = compare([VIEW], bank.lake, home, others=timedelta(days=7))
    assert [(one.view, one.compared, one.mismatches) for one in found] == [("balances", 1, 0)]


def test_comparisons_at_the_same_time_lose_no_result(bank: Bank, store: OnlineStore, home: Path) -> None:
    serve(store, home, ACCOUNTS)
    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(compare, [view], bank.lake, home, others=timedelta(days=7)) for view in VIEWS]
    found = [one for each in done for one in each.result()]
    assert [(one.view, one.compared, one.mismatches) for one in found] == [("balances", 6, 0), ("payments", 6, 0)]
    assert sorted(one.view for one in results(home)) == ["balances", "payments"]


def test_a_comparison_is_the_only_one_as_long_as_it_runs(
    bank: Bank, store: OnlineStore, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def while_running(files: Iterable[Path]) -> Iterator[list[Sample]]:
        with (home / "online" / "parity.lock").open() as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        asked.append("locked")
        yield from waiting.groups(files)

    monkeypatch.setattr(parity, "groups", while_running)
    serve(store, home, ["A1"])
    assert [one.compared for one in compare(VIEWS, bank.lake, home)] == [1, 1]
    assert asked == ["locked"]


def test_each_views_newest_results_are_kept(
    bank: Bank, store: OnlineStore, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parity, "MEASURES_KEPT", 2)
    for views in ([HISTORY], [VIEW], [VIEW], [VIEW]):
        serve(store, home, ["A1"])
        compare(views, bank.lake, home, others=timedelta(days=7))
    assert [(one.view, one.compared) for one in results(home)] == [("payments", 1), ("balances", 1), ("balances", 1)]
