"""A push leaves what the view says, whether it wrote everything or what changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesh_platform.errors import MissingSource, PublishConflict, UnknownName
from mesh_platform.features import FeatureView
from mesh_platform.features.online import newest
from mesh_platform.features.online.definition import OnlineView, id_of
from mesh_platform.features.online.header import read as header_of
from mesh_platform.features.online.push import push
from mesh_platform.features.online.store import OnlineStore
from mesh_platform.lake import Pinned

from .bank import (
    BALANCES,
    FIRST,
    HISTORY,
    ONE_DAY,
    PAYMENTS,
    VIEW,
    Bank,
    balance,
    midnight,
    names,
    payment,
    pushed_whole,
    stored,
)

ACCOUNTS = [f"A{n}" for n in range(6)]
HOURS = st.integers(0, 23)
DAYS = st.integers(0, 8)
PAID = st.lists(st.tuples(st.sampled_from(ACCOUNTS), HOURS), max_size=6)
PUBLISHES = st.lists(st.tuples(DAYS, PAID), min_size=2, max_size=5)


def test_the_newest_features_of_every_entity_are_those_of_the_view(bank: Bank, store: OnlineStore) -> None:
    late = {"ingested_at": midnight(FIRST + 9 * ONE_DAY)}
    days = [FIRST + n * ONE_DAY for n in range(3)]
    rows = [balance(a, day, n) for n, a in enumerate(ACCOUNTS) for day in days[: 1 + n % 3]]
    bank.publish(BALANCES, [*rows, balance("A9", FIRST, 3, branch=None, rate=None, **late)])
    done = push(VIEW, bank.lake, store)
    expected = VIEW.latest(Pinned.current(bank.lake, [BALANCES])).to_dicts()
    assert (done.how, done.entities, done.written) == ("whole", 7, 7)
    found = stored(store, VIEW, [*ACCOUNTS, "A9"])
    kept_for = {row["account"]: row for row in VIEW.latest(Pinned.current(bank.lake, [BALANCES])).to_dicts()}
    assert len(expected) == len(found)
    for account, row in kept_for.items():
        if row["balance"] is not None:  # the store keeps what is past its time to live, and says so when it is read
            assert found[account] == {name: row[name] for name in VIEW.features}


def test_a_snapshot_that_is_there_already_is_not_pushed_again(bank: Bank, store: OnlineStore) -> None:
    bank.publish(BALANCES, [balance("A1", FIRST, 1)])
    first, again = push(VIEW, bank.lake, store), push(VIEW, bank.lake, store)
    assert (first.how, again.how, again.written) == ("whole", "unchanged", 0)


def test_only_entities_of_changed_days_are_written(bank: Bank, store: OnlineStore) -> None:
    bank.publish(BALANCES, [balance(a, FIRST, n) for n, a in enumerate(ACCOUNTS)])
    push(VIEW, bank.lake, store)
    bank.publish(BALANCES, [balance("A1", FIRST + ONE_DAY, 50), balance("B1", FIRST + ONE_DAY, 51)])
    done = push(VIEW, bank.lake, store)
    assert (done.how, done.written, done.entities) == ("changes", 2, 7)
    assert stored(store, VIEW, ["A1", "A2"])["A1"]["balance"] == 50


def test_an_entity_whose_last_row_was_taken_back_is_gone(bank: Bank, store: OnlineStore) -> None:
    bank.publish(BALANCES, [balance("A1", FIRST, 1), balance("A2", FIRST + ONE_DAY, 2)])
    push(VIEW, bank.lake, store)
    bank.publish(BALANCES, [], days=[FIRST])
    done = push(VIEW, bank.lake, store)
    assert (done.how, done.removed, done.entities) == ("changes", 1, 1)
    assert stored(store, VIEW, ["A1"]) == {"A1": None}


def test_a_rollback_is_pushed_whole(bank: Bank, store: OnlineStore) -> None:
    first = bank.publish(BALANCES, [balance("A1", FIRST, 1)])
    bank.publish(BALANCES, [balance("A1", FIRST, 2)])
    push(VIEW, bank.lake, store)
    bank.lake.rollback(BALANCES, first.snapshot_id, "run-2")
    assert push(VIEW, bank.lake, store).how == "whole"
    assert stored(store, VIEW, ["A1"])["A1"]["balance"] == 1


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(publishes=PUBLISHES)
def test_changes_leave_the_same_as_a_push_of_everything(
    bank: Bank, store: OnlineStore, publishes: list[tuple[int, Any]]
) -> None:
    views: tuple[OnlineView, ...] = (VIEW, HISTORY)
    for view in views:
        store.drop(id_of(view))
    for n, (day, paid) in enumerate(publishes):
        when = FIRST + timedelta(days=day)
        moments = [(a, midnight(when) + timedelta(hours=hour)) for a, hour in paid]
        bank.publish(BALANCES, [balance(a, when, 10 * n + h) for a, h in dict(paid).items()], days=[when])
        bank.publish(PAYMENTS, [payment(100 * n + k, a, at) for k, (a, at) in enumerate(moments)], days=[when])
        for view in views:
            push(view, bank.lake, store)
    for view in views:
        changed = stored(store, view, ACCOUNTS)
        assert changed == pushed_whole(bank, view, store, ACCOUNTS)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("view", [VIEW, HISTORY], ids=["vectors", "histories"])
def test_a_view_that_is_read_in_parts_is_the_same(
    bank: Bank, store: OnlineStore, view: OnlineView, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank.publish(BALANCES, [balance(a, FIRST, n) for n, a in enumerate(ACCOUNTS)])
    bank.publish(PAYMENTS, [payment(n, a, midnight(FIRST)) for n, a in enumerate(ACCOUNTS)])
    at_once = pushed_whole(bank, view, store, ACCOUNTS)
    monkeypatch.setattr(newest, "NUMBERS_A_PART", 4)
    assert newest.Newest(view, Pinned.current(bank.lake, [view.source]))._parts() > 2
    assert pushed_whole(bank, view, store, ACCOUNTS) == at_once
    assert all(at_once.values())


def test_a_push_that_comes_second_is_refused(bank: Bank, store: OnlineStore) -> None:
    bank.publish(BALANCES, [balance("A1", FIRST, 1)])
    push(VIEW, bank.lake, store)
    seen = store.read(id_of(VIEW), ())
    assert seen is not None
    with store.pushing():
        generation = store.begin(id_of(VIEW))
        store.put(id_of(VIEW), generation, [(b"k", b"v")])
        bank.publish(BALANCES, [balance("A1", FIRST, 2)])
        for late in (None, seen[0] + b" "):
            with pytest.raises(PublishConflict, match=r"another push came first; push again"):
                store.switch(id_of(VIEW), generation, header_of(seen[0]), late)
        with pytest.raises(PublishConflict):
            store.patch(id_of(VIEW), [(b"k", b"v")], (), header_of(seen[0]), seen[0] + b" ")
    assert stored(store, VIEW, ["A1"])["A1"]["balance"] == 1


def test_a_source_without_a_snapshot_is_missing_unless_it_may_be_empty(bank: Bank, store: OnlineStore) -> None:
    with pytest.raises(MissingSource, match=BALANCES):
        push(VIEW, bank.lake, store)
    assert push(VIEW, bank.lake, store, may_be_empty=True).how == "empty"
    assert stored(store, VIEW, ["A1"]) == {"A1": None}
    bank.publish(BALANCES, [balance("A1", FIRST, 1)])
    assert push(VIEW, bank.lake, store, may_be_empty=True).how == "whole"
    assert stored(store, VIEW, ["A1"])["A1"]["balance"] == 1


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_column_that_the_source_lacks_is_named(bank: Bank, store: OnlineStore) -> None:
    bank.publish(BALANCES, [balance("A1", FIRST, 1)])
    wrong = FeatureView("balances", ("account",), BALANCES, "day", ("balanse",))
    with pytest.raises(UnknownName, match=r"balanse'; did you mean 'balance'"):
        push(wrong, bank.lake, store)
    assert store.views() == []
    assert names(wrong) == ("balanse",)
