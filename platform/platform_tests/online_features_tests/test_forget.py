"""A person who is erased is nowhere in the online store, not in its bytes either."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mesh_platform.features.history import HistoryView
from mesh_platform.features.online.definition import id_of
from mesh_platform.features.online.forget import forget
from mesh_platform.features.online.push import push
from mesh_platform.features.online.reading import OnlineReader
from mesh_platform.features.online.served import Served
from mesh_platform.features.online.store import OnlineStore, open_store

from .bank import BALANCES, FIRST, ONE_DAY, PAYMENTS, VIEW, Bank, balance, midnight, payment, stored

PERSON, OTHER = "A0000123", "A0000456"
BY_DAY = HistoryView("by_day", ("day",), PAYMENTS, "paid_at", ("account", "amount"), timedelta(days=9))


@pytest.fixture
def home(bank: Bank, store: OnlineStore, store_url: str) -> Path:
    """Two accounts that are online and were served, one view by its key, one as a part of a day's history."""
    bank.publish(BALANCES, [balance(PERSON, FIRST, 1), balance(OTHER, FIRST, 2)])
    noon = midnight(FIRST) + timedelta(hours=12)
    bank.publish(PAYMENTS, [payment(1, PERSON, noon), payment(2, OTHER, noon), payment(3, OTHER, noon + ONE_DAY)])
    for view in (VIEW, BY_DAY):
        push(view, bank.lake, store)
    bank.publish(BALANCES, [balance(PERSON, FIRST + ONE_DAY, 5)])
    push(VIEW, bank.lake, store)
    reader = OnlineReader(open_store(store_url), served=Served(bank.settings.home, every=1))
    reader.read(VIEW, [(PERSON,)])
    reader.read(BY_DAY, [(FIRST,)])
    reader.close()
    return bank.settings.home


def holding(home: Path, store: OnlineStore) -> Iterator[str]:
    """Where the person still is."""
    needle = PERSON.encode()
    yield from (path.name for path in home.glob("online/**/*") if path.is_file() and needle in path.read_bytes())
    for view in store.views():
        yield from (view for key, value in store.rows(view) if needle in key or needle in value)


def test_an_erased_person_is_in_no_byte_of_the_store(
    bank: Bank, store: OnlineStore, store_url: str, home: Path
) -> None:
    path = Path(store_url.removeprefix("sqlite:///"))
    assert list(holding(home, store))
    done = forget(store, home, [PERSON])
    assert done.entities == {id_of(VIEW): 1, id_of(BY_DAY): 1}
    assert done.samples == 2
    assert list(holding(home, store)) == []
    if store_url.startswith("sqlite"):
        assert not [f for f in path.parent.iterdir() if f.is_file() and PERSON.encode() in f.read_bytes()]
    assert stored(store, VIEW, [PERSON, OTHER])[OTHER]["balance"] == 2
    assert bank.lake.current(BALANCES) is not None


def test_what_a_person_was_taken_out_of_is_pushed_whole(bank: Bank, store: OnlineStore, home: Path) -> None:
    forget(store, home, [PERSON])
    bank.publish(PAYMENTS, [payment(2, OTHER, midnight(FIRST))], days=[FIRST])
    reader = OnlineReader(store)
    assert reader.read(BY_DAY, [(FIRST,)]) == [None]
    assert push(BY_DAY, bank.lake, store).how == "whole"
    (found,) = reader.read(BY_DAY, [(FIRST,)])
    assert found is not None
    assert found["account"] == [OTHER]


def test_nobody_is_forgotten_for_nothing(store: OnlineStore, home: Path) -> None:
    done = forget(store, home, ["nobody", ""])
    assert (done.entities, done.samples) == ({}, 0)
    assert stored(store, VIEW, [PERSON])[PERSON]["balance"] == 5
