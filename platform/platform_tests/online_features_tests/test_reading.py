"""Readers get one push of the definition that they know, not older than it may be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mesh_platform.errors import MeshFailure, UserError
from mesh_platform.features.online.definition import id_of, version_of
from mesh_platform.features.online.push import push
from mesh_platform.features.online.reading import OnlineReader
from mesh_platform.features.online.store import OnlineStore, open_store
from mesh_platform.lake import Pinned

from .bank import BALANCES, FIRST, HISTORY, LIVES, ONE_DAY, PAYMENTS, VIEW, Bank, balance, midnight, payment

NEVER = timedelta(days=-1000)


def reader_after(store: OnlineStore, passed: timedelta) -> OnlineReader:
    """A reader for whom so much time has passed since now."""
    return OnlineReader(store, clock=lambda: datetime.now(UTC) + passed)


def test_values_past_their_time_to_live_are_missing(bank: Bank, store: OnlineStore) -> None:
    bank.publish(BALANCES, [balance("old", FIRST, 1), balance("new", FIRST + 2 * ONE_DAY, 2)])
    push(VIEW, bank.lake, store)
    ask = [("old",), ("new",)]
    fresh, stale, dead = (reader_after(store, ONE_DAY * n).read(VIEW, ask) for n in (0.9, 1.1, 3.1))
    assert [row and row["balance"] for row in fresh] == [1, 2]
    assert [row and row["balance"] for row in stale] == [None, 2]
    assert [row and set(row.values()) for row in dead] == [{None}, {None}]
    assert LIVES == 3 * ONE_DAY


def test_a_reader_agrees_with_the_offline_view_about_age(bank: Bank, store: OnlineStore) -> None:
    bank.publish(BALANCES, [balance(f"A{n}", FIRST + n * ONE_DAY, n) for n in range(6)])
    push(VIEW, bank.lake, store)
    offline = VIEW.latest(Pinned.current(bank.lake, [BALANCES]))["balance"].to_list()
    online = reader_after(store, timedelta()).read(VIEW, [(f"A{n}",) for n in range(6)])
    assert [row and row["balance"] for row in online][3:] == offline[3:] == [3, 4, 5]
    assert offline[:2] == [row and row["balance"] for row in online][:2] == [None, None]


def test_an_unknown_entity_is_none_and_leaves_the_order(bank: Bank, store: OnlineStore) -> None:
    bank.publish(BALANCES, [balance("A1", FIRST, 1), balance("A2", FIRST, 2)])
    push(VIEW, bank.lake, store)
    found = reader_after(store, NEVER).read(VIEW, [("A2",), ("nobody",), ("A1",), ("A2",)])
    assert [row and row["balance"] for row in found] == [2, None, 1, 2]


def test_another_definition_is_never_answered(bank: Bank, store: OnlineStore) -> None:
    bank.publish(BALANCES, [balance("A1", FIRST, 1)])
    other = replace(VIEW, features=(*VIEW.features[::-1],))
    push(VIEW, bank.lake, store)
    with pytest.raises(MeshFailure, match=r"pushed with this definition.*mesh features push"):
        OnlineReader(store).read(other, [("A1",)])
    push(other, bank.lake, store)
    reader = reader_after(store, NEVER)
    assert [reader.read_version(view, [("A1",)]).header.version for view in (VIEW, other)] == [
        version_of(VIEW),
        version_of(other),
    ]
    assert store.views() == sorted(map(id_of, (VIEW, other)))


@pytest.mark.parametrize("key", [(1,), ("A1", "A2"), (), (None,), (True,)])
def test_a_key_of_another_shape_is_refused_without_being_repeated(bank: Bank, store: OnlineStore, key: object) -> None:
    bank.publish(BALANCES, [balance("A1", FIRST, 1)])
    push(VIEW, bank.lake, store)
    with pytest.raises(UserError, match=r"'balances': key 1 has other parts than \(account: str\)"):
        OnlineReader(store).read(VIEW, [("A1",), key])  # type: ignore[list-item]


def test_one_request_never_reads_two_snapshots(bank: Bank, store: OnlineStore) -> None:
    snapshot = bank.publish(BALANCES, [balance("A1", FIRST, 1)])
    push(VIEW, bank.lake, store)
    noted = reader_after(store, NEVER).noted()
    noted.read(VIEW, [("A1",)])
    assert noted.seen == {id_of(VIEW): snapshot.snapshot_id}
    bank.publish(BALANCES, [balance("A1", FIRST, 2)])
    push(VIEW, bank.lake, store)
    with pytest.raises(MeshFailure, match=r"one snapshot.*read again"):
        noted.read(VIEW, [("A1",)])


def test_a_long_history_is_kept_until_the_next_push(bank: Bank, store: OnlineStore) -> None:
    long = replace(HISTORY, at_most=1_000)
    moments = [midnight(FIRST) + timedelta(minutes=n) for n in range(300)]
    bank.publish(PAYMENTS, [payment(n, "A1", at) for n, at in enumerate(moments)])
    push(long, bank.lake, store)
    reader = OnlineReader(store)
    (first,), (again,) = reader.read(long, [("A1",)]), reader.read(long, [("A1",)])
    assert first is again
    bank.publish(PAYMENTS, [payment(999, "A1", moments[-1] + ONE_DAY)])
    push(long, bank.lake, store)
    (later,) = reader.read(long, [("A1",)])
    assert later is not None
    assert later["payment"] == [*range(300), 999]


def test_a_store_that_can_not_be_reached_is_our_failure_and_told_at_once() -> None:
    reader = OnlineReader(open_store("redis://127.0.0.1:1/0"))
    with pytest.raises(MeshFailure, match=r"can't be reached"):
        reader.read(VIEW, [("A1",)])
    with pytest.raises(MeshFailure, match=r"did not answer a moment ago"):
        reader.read(VIEW, [("A1",)])


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "mysql://x", "features.db", "redis://"])
def test_a_url_of_no_store_is_refused(url: str) -> None:
    with pytest.raises(UserError, match="MESH_ONLINE_STORE"):
        open_store(url)
