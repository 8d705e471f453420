"""Readers see one push, whatever happens to the pusher."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from mesh_platform.features.online import header as headers
from mesh_platform.features.online.definition import id_of
from mesh_platform.features.online.header import Header
from mesh_platform.features.online.push import push
from mesh_platform.features.online.store import OnlineStore, Row, open_store

from .bank import BALANCES, FIRST, VIEW, Bank, balance, stored

NAME = id_of(VIEW)
KEYS = [f"key{n}".encode() for n in range(50)]
PUSHES, MOST_PUSHES = 25, 2_000
ENOUGH = 5
"""So many pushes are seen at least: on a busy machine it takes more of them until the readers have had their turn."""


@pytest.fixture
def header(bank: Bank, store: OnlineStore) -> Header:
    """A header to begin with."""
    bank.publish(BALANCES, [balance("A1", FIRST, 1)])
    push(VIEW, bank.lake, store)
    return current(store)[1]


def current(store: OnlineStore) -> tuple[bytes, Header]:
    """What readers see."""
    found = store.read(NAME, ())
    assert found is not None
    return found[0], headers.read(found[0])


def push_number(store: OnlineStore, number: int, *, whole: bool) -> None:
    """Push the number as every entity's features, and as the snapshot."""
    with store.pushing():
        before, header = current(store)
        rows = [(key, str(number).encode()) for key in KEYS]
        new = replace(header, snapshot=number, push=str(number))
        if whole:
            generation = store.begin(NAME)
            store.put(NAME, generation, rows)
            store.switch(NAME, generation, new, before)
        else:
            store.patch(NAME, rows, (), new, before)


def test_a_reader_never_sees_two_pushes_at_once(store: OnlineStore, store_url: str, header: Header) -> None:
    push_number(store, 0, whole=True)
    ended, mixed, seen = threading.Event(), [], set()

    def look() -> None:
        reading = open_store(store_url)
        while not ended.is_set():
            found = reading.read(NAME, KEYS)
            assert found is not None
            snapshot = headers.read(found[0]).snapshot
            seen.add(snapshot)
            if set(found[1]) != {str(snapshot).encode()}:
                mixed.append(snapshot)
        reading.close()

    readers = [threading.Thread(target=look) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(1, MOST_PUSHES):
        push_number(store, number, whole=number % 2 == 0)
        if number >= PUSHES and len(seen) > ENOUGH:
            break
    ended.set()
    for reader in readers:
        reader.join()
    assert mixed == []
    assert len(seen) > ENOUGH, "the readers looked while pushes happened"
    assert header.view == VIEW.name


def test_a_reader_of_more_than_one_command_sees_one_push_too(store: OnlineStore, header: Header) -> None:
    many = [f"many{n}".encode() for n in range(2_500)]
    with store.pushing():
        generation = store.begin(NAME)
        store.put(NAME, generation, ((key, b"1") for key in many))
        store.switch(NAME, generation, header, current(store)[0])
    found = store.read(NAME, many)
    assert found is not None
    assert found[1] == [b"1"] * len(many)


def _killed(url: str, whole: bool) -> None:
    store = open_store(url)

    def rows() -> Iterator[Row]:
        for n in range(10_000):
            yield f"half{n}".encode(), b"x" * 500
        os.kill(os.getpid(), signal.SIGKILL)

    with store.pushing():
        before, header = current(store)
        if whole:
            store.put(NAME, store.begin(NAME), rows())
        else:
            store.patch(NAME, rows(), (), header, before)


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "changes"])
def test_a_push_that_is_killed_leaves_the_snapshot_before(
    bank: Bank, store: OnlineStore, store_url: str, header: Header, *, whole: bool
) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_killed, args=(store_url, whole))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    found = store.read(NAME, [b"half1"])
    assert found is not None
    assert (headers.read(found[0]), found[1]) == (header, [None])
    assert stored(store, VIEW, ["A1"])["A1"]["balance"] == 1
    bank.publish(BALANCES, [balance("A1", FIRST, 2)])
    assert push(VIEW, bank.lake, store).snapshot != header.snapshot
    assert stored(store, VIEW, ["A1"])["A1"]["balance"] == 2
    assert [len(list(store.rows(view))) for view in store.views()] == [1]


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_nothing_of_older_pushes_stays_in_the_file(store: OnlineStore, store_url: str, header: Header) -> None:
    for number in range(1, 4):
        push_number(store, number, whole=True)
    import apsw

    file = apsw.Connection(store_url.removeprefix("sqlite:///"))
    assert file.execute("select count(distinct generation), count(*) from feature").fetchall() == [(1, len(KEYS))]
    assert file.execute("select count(*) from generation").get == 1
    assert header.entities == 1
