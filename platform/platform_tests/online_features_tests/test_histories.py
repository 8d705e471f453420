"""An entity's recent rows are those within the window, the newest last, and no more than asked for."""

from __future__ import annotations

from datetime import timedelta

from mesh_platform.features.online.push import push
from mesh_platform.features.online.store import OnlineStore

from .bank import FIRST, HISTORY, ONE_DAY, PAYMENTS, Bank, midnight, payment, stored

HOUR = timedelta(hours=1)
NOON = midnight(FIRST) + 12 * HOUR


def paid(store: OnlineStore, account: str) -> list[int] | None:
    """The numbers of an account's payments."""
    found = stored(store, HISTORY, [account])[account]
    return None if found is None else found["payment"]


def test_rows_come_in_the_order_of_time_and_only_the_newest(bank: Bank, store: OnlineStore) -> None:
    bank.publish(PAYMENTS, [payment(n, "A1", NOON + hours * HOUR) for n, hours in ((1, 5), (2, 1), (3, 9), (4, 3))])
    push(HISTORY, bank.lake, store)
    assert paid(store, "A1") == [4, 1, 3]
    assert stored(store, HISTORY, ["A1"])["A1"]["paid_at"][-1] == NOON + 9 * HOUR


def test_rows_of_one_moment_have_one_order(bank: Bank, store: OnlineStore) -> None:
    bank.publish(PAYMENTS, [payment(n, "A1", NOON) for n in (3, 1, 4, 2)])
    push(HISTORY, bank.lake, store)
    assert paid(store, "A1") == [2, 3, 4]


def test_a_row_older_than_the_window_is_left_out(bank: Bank, store: OnlineStore) -> None:
    bank.publish(PAYMENTS, [payment(1, "A1", NOON), payment(2, "A2", NOON + HISTORY.window)])
    push(HISTORY, bank.lake, store)
    assert (paid(store, "A1"), paid(store, "A2")) == (None, [2])


def test_a_row_leaves_when_somebody_elses_newer_row_moves_the_window(bank: Bank, store: OnlineStore) -> None:
    bank.publish(PAYMENTS, [payment(1, "A1", NOON), payment(2, "A1", NOON + 20 * HOUR), payment(3, "A3", NOON)])
    push(HISTORY, bank.lake, store)
    assert paid(store, "A1") == [1, 2]
    bank.publish(PAYMENTS, [payment(4, "A2", NOON + HISTORY.window + HOUR)])
    done = push(HISTORY, bank.lake, store)
    assert (done.how, done.written, done.removed, done.entities) == ("changes", 2, 1, 2)
    assert (paid(store, "A1"), paid(store, "A3")) == ([2], None)


def test_rows_without_an_entity_are_nobodys(bank: Bank, store: OnlineStore) -> None:
    bank.publish(PAYMENTS, [payment(1, "A1", NOON), payment(2, "A1", NOON + ONE_DAY) | {"account": None}])
    assert push(HISTORY, bank.lake, store).entities == 1
    assert paid(store, "A1") == [1]
