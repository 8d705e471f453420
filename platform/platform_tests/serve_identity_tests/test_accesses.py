"""Every access is written down once, in lines that can't be changed or taken out unseen."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mesh_platform.serve.identity.accesses import AccessFiles, verify
from mesh_platform.serve.identity.accesses.files import OpenFile
from mesh_platform.serve.problems import Problem
from mesh_platform.serve.service import Access
from mesh_platform.settings import Settings


def access(number: int = 0) -> Access:
    return Access(f"r{number}", "board", "k", "rows", "sales.orders", 1, "why", ("order_id",), (), 7, 10)


def written(settings: Settings, count: int = 5) -> list[Path]:
    """Write a log of one worker, and name its files."""
    log = AccessFiles(settings)
    for number in range(count):
        log.record(access(number))
    log.close()
    return landed(settings)


def landed(settings: Settings) -> list[Path]:
    return sorted((settings.landing / "governance" / "accesses").glob("*"))


def until(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit, "it did not come true"
        time.sleep(0.005)


def test_an_access_is_one_line_without_what_is_not_known(settings: Settings) -> None:
    log = AccessFiles(settings)
    log.record(access())
    log.record(Access("r2", "", "", "rows", status=401, reason="wrong-proof" * 100))
    log.close()
    first, second = (json.loads(line) for line in landed(settings)[0].read_text().splitlines())
    assert (first["consumer"], first["columns_read"], first["snapshot_id"], first["row_count"]) == (
        "board",
        "order_id",
        7,
        10,
    )
    assert second.keys().isdisjoint(
        {"consumer", "proof", "product", "major_version", "columns_in_clear", "snapshot_id"}
    )
    assert (second["status"], second["row_count"], len(second["reason"])) == (401, 0, 200)
    assert second["previous_hash"] == first["line_hash"]
    assert verify(settings) == (2, [])


def test_nothing_is_left_where_it_was_written_once_a_worker_has_ended(settings: Settings) -> None:
    written(settings)
    assert [p.name for p in (settings.home / "serve" / "accesses").iterdir()] == ["heads.jsonl"]


def _without(lines: list[str], number: int) -> list[str]:
    return lines[:number] + lines[number + 1 :]


@pytest.mark.parametrize(
    ("tampered", "said"),
    [
        (lambda lines: _without(lines, 2), "lines 3 to 3 of chain"),
        (lambda lines: _without(lines, 0), "lines 1 to 1 of chain"),
        (lambda lines: lines[:-1], "line 5, which was handed over, is missing"),
        (lambda _: [], "line 5, which was handed over, is missing"),
        (lambda lines: [*lines, lines[2]], "there twice"),
        (lambda lines: [line.replace('"row_count":10', '"row_count":99') for line in lines], "not as it was written"),
        (lambda lines: [*lines, "{}"], "not as it was written"),
        (lambda lines: [*lines, lines[0][:-1]], "not as it was written"),
    ],
    ids=["one out", "the first out", "the last out", "all out", "one doubled", "changed", "added", "half a line"],
)
def test_a_log_that_was_tampered_with_is_told(
    settings: Settings, tampered: Callable[[list[str]], list[str]], said: str
) -> None:
    (path,) = written(settings)
    assert verify(settings) == (5, [])
    lines = tampered(path.read_text().splitlines())
    path.write_text("".join(f"{line}\n" for line in lines))
    assert any(said in broken.what for broken in verify(settings)[1])


def test_a_line_that_was_forged_with_its_hash_does_not_fit_the_next(settings: Settings) -> None:
    from mesh_platform.serve.identity.accesses.chain import chained

    (path,) = written(settings)
    lines = path.read_bytes().splitlines(keepends=True)
    said = json.loads(lines[2])
    place = said.pop("chain"), said.pop("sequence"), said.pop("previous_hash")
    said.pop("line_hash")
    lines[2] = chained(said | {"row_count": 0}, *place)[0]
    path.write_bytes(b"".join(lines))
    assert [broken.what for broken in verify(settings)[1]] == ["the line does not follow the one before"]


def test_a_whole_chain_that_is_gone_is_missed_even_if_the_heads_are_gone_too(settings: Settings) -> None:
    (first,) = written(settings)
    written(settings)
    assert verify(settings) == (10, [])
    first.unlink()
    heads = settings.home / "serve" / "accesses" / "heads.jsonl"
    heads.write_text(heads.read_text().splitlines()[1] + "\n")
    assert [broken.what for broken in verify(settings)[1]] == ["the line that the chain began after is missing"]


def test_several_files_of_a_worker_are_one_chain(settings: Settings) -> None:
    log = AccessFiles(settings, rotate_bytes=1)
    for number in range(3):
        log.record(access(number))
        until(lambda: len(landed(settings)) == number + 1)  # noqa: B023 - asked within the turn
    log.close()
    assert verify(settings) == (3, [])
    landed(settings)[1].unlink()
    assert verify(settings)[1]


def test_several_workers_write_at_the_same_time(settings: Settings) -> None:
    logs = [AccessFiles(settings) for _ in range(3)]

    def work(log: AccessFiles) -> None:
        for number in range(500):
            log.record(access(number))

    threads = [threading.Thread(target=work, args=(log,)) for log in logs for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for log in logs:
        log.close()
    assert verify(settings) == (3_000, [])


def test_what_a_killed_worker_wrote_is_handed_over_by_the_next_one(settings: Settings) -> None:
    program = (
        "import sys, time; from pathlib import Path; from mesh_platform.settings import Settings\n"
        "from mesh_platform.serve.identity.accesses import AccessFiles\n"
        "from mesh_platform.serve.service import Access\n"
        "log = AccessFiles(Settings.load(Path(sys.argv[1])))\n"
        "while True: log.record(Access('r', 'board', 'k', 'rows')); time.sleep(0.001)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, settings.home]) as worker:
        folder = settings.home / "serve" / "accesses"
        until(lambda: any(p.stat().st_size > 10_000 for p in folder.glob("*.open")), 20)
        alive = AccessFiles(settings)  # leaves the file of a worker that lives
        assert landed(settings) == []
        worker.send_signal(signal.SIGKILL)
    alive.close()
    (left,) = folder.glob("*.open")
    with left.open("ab") as torn:
        torn.write(b'{"access_id":"half')
    lines = left.read_bytes().count(b"\n")
    AccessFiles(settings).close()
    assert not list(folder.glob("*.open"))
    assert verify(settings) == (lines, [])


class Disk:
    """A disk that is full while a test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = False
        self._write = os.write
        monkeypatch.setattr("mesh_platform.serve.identity.accesses.files.os.write", self.write)

    def write(self, file: int, data: bytes) -> int:
        if self.full:
            self._write(file, data[:10])  # what a full disk leaves behind
            raise OSError(errno.ENOSPC, "No space left on device")
        return self._write(file, data)


def test_while_the_disk_refuses_nothing_is_served_and_nothing_is_lost(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    log = AccessFiles(settings, buffered=100)
    log.refuse_unrecorded()
    disk.full = True
    log.record(access(1))
    until(lambda: log._failing)
    with pytest.raises(Problem, match="503") as raised:
        log.refuse_unrecorded()
    assert raised.value.headers["Retry-After"]
    for number in range(2, 101):  # of requests that were admitted before
        log.record(access(number))
    with pytest.raises(Problem, match="503"):
        log.record(access(101))
    disk.full = False
    until(lambda: not log._failing)
    log.refuse_unrecorded()
    log.close()
    assert verify(settings) == (100, [])


def test_a_file_that_opens_writes_nothing_twice(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from mesh_platform.serve.identity.accesses.files import Places

    disk, file = Disk(monkeypatch), OpenFile(Places.of(settings), "c_000001")
    file.write(b"one\n")
    disk.full = True
    with pytest.raises(OSError, match="No space"):
        file.write(b"two, which is long\n")
    disk.full = False
    file.write(b"two, which is long\n")
    (path,) = (settings.home / "serve" / "accesses").glob("*.open")
    assert path.read_bytes() == b"one\ntwo, which is long\n"


def test_a_long_log_does_not_slow_what_is_recorded(settings: Settings) -> None:
    """A late access costs what the first did: nothing of the log is kept in memory or read again."""
    log = AccessFiles(settings, buffered=10_000_000)

    def seconds() -> float:
        best = float("inf")
        for _ in range(5):
            began = time.perf_counter()
            for number in range(1_000):
                log.record(access(number))
            best = min(best, time.perf_counter() - began)
        return best

    first = seconds()
    for number in range(40_000):
        log.record(access(number))
    until(lambda: not log._waiting, 30)
    last = seconds()
    log.close()
    assert last < 4 * first
    assert last / 1_000 < 50e-6
