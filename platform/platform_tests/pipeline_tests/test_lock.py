"""One run at a time in a domain's warehouse; a dead one does not block the next."""

import fcntl
import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from mesh_platform.pipeline.lock import exclusive

SOON_S, ENOUGH_S = 0.3, 60


def hold(path: Path, parent: Connection) -> None:
    """Take the lock, say so, and keep it until told to let go."""
    with exclusive(path):
        parent.send("held")
        parent.recv()
    parent.send("freed")


@contextmanager
def holder(path: Path) -> Iterator[tuple[Connection, BaseProcess]]:
    context = multiprocessing.get_context("forkserver")
    here, there = context.Pipe()
    process = context.Process(target=hold, args=(path, there))
    process.start()
    there.close()
    try:
        yield here, process
    finally:
        process.kill()
        process.join()


def free(path: Path) -> bool:
    """Whether nobody holds the lock."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_a_second_holder_waits_until_the_first_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "kiosk.lock"
    with holder(path) as (first, _):
        assert first.recv() == "held"
        with holder(path) as (second, _):
            assert not second.poll(SOON_S), "the second one waits"
            first.send("let go")
            assert first.recv() == "freed"
            assert second.poll(ENOUGH_S)
            assert second.recv() == "held"
            assert not free(path)


def test_a_holder_that_dies_frees_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.lock"
    with holder(path) as (first, process):
        assert first.recv() == "held"
        assert not free(path)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert free(path)


def test_a_failure_within_frees_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.lock"
    with pytest.raises(ZeroDivisionError), exclusive(path):
        assert 1 / 0
    assert free(path)


def test_two_domains_do_not_wait_for_each_other(tmp_path: Path) -> None:
    with exclusive(tmp_path / "kiosk.lock"), exclusive(tmp_path / "cafe.lock"):
        assert not free(tmp_path / "kiosk.lock")
