"""The log of predictions: from memory to files that move whole into the landing zone; no answer waits for it.

Lines wait in a bounded queue in memory. Where the disk is slower than the answers for so long that the queue is full,
an answer still goes out, its line is left out, and a counter tells: for a shop, an answer that can't be replayed is
better than none. A process that is killed loses the lines of its last fraction of a second; what it has written is
moved by the next process that starts.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from collections import deque
from datetime import UTC, date, datetime
from itertools import count, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mesh_platform.ml.deploy.replay import waiting_folder
from mesh_platform.ml.served import SOURCE

if TYPE_CHECKING:
    from mesh_platform.ml.served import Served
    from mesh_platform.settings import Settings

_log = logging.getLogger(__name__)
MOST_WAITING: Final = 20_000
"""Lines in memory at most: a minute and a half of 200 requests a second."""
PAUSE_SECONDS: Final = 0.1
"""How often the thread looks for lines; waking it for each one would disturb the answers."""
AT_ONCE: Final = 8
"""Lines between two moments at which an answer can have the interpreter."""
LANDED_AFTER_SECONDS: Final = 60.0
LANDED_AFTER_BYTES: Final = 64 << 20
_numbers = count(1)


class OpenFile:
    """A file that is being filled, locked for as long as its process lives."""

    def __init__(self, settings: Settings, domain: str) -> None:
        self._landing = settings.landing / domain / SOURCE
        now = datetime.now(UTC)
        self.day: date = now.date()
        name = f"{SOURCE}_{self.day}.{now:%H%M%S%f}-{os.getpid()}-{next(_numbers)}.jsonl"
        self.path = waiting_folder(settings, domain) / name
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self.path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.opened, self.size = time.monotonic(), 0

    def write(self, lines: bytes) -> None:
        """Append lines; where that fails, none of them is in the file.

        Raises:
            OSError: Where the disk refuses.
        """
        try:
            while lines:
                lines = lines[os.write(self._descriptor, lines) :]
        except OSError:
            os.ftruncate(self._descriptor, self.size)
            raise
        self.size = os.fstat(self._descriptor).st_size

    @property
    def full(self) -> bool:
        """Whether it is time to land it."""
        old = time.monotonic() - self.opened > LANDED_AFTER_SECONDS
        return old or self.size > LANDED_AFTER_BYTES or datetime.now(UTC).date() != self.day

    def land(self) -> None:
        """Move it into the landing zone, whole."""
        os.fsync(self._descriptor)
        _move(self.path, self._landing)
        os.close(self._descriptor)


class PredictionLog:
    """Writes predictions; made before requests come, closed after the last one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._waiting: deque[tuple[str, Served]] = deque()
        self._files: dict[str, OpenFile] = {}
        self._ending = threading.Event()
        self._turn = threading.Lock()
        self.dropped = 0
        self._thread = threading.Thread(target=self._write_on, name="prediction-log", daemon=True)

    def start(self) -> None:
        """Move what a dead process has left, and begin."""
        land_orphans(self._settings)
        self._thread.start()

    def record(self, domain: str, served: Served) -> None:
        """Remember a prediction; never waits."""
        if len(self._waiting) >= MOST_WAITING:
            self.dropped += 1
            return
        self._waiting.append((domain, served))

    def flush(self) -> None:
        """Write and land all lines that wait now."""
        with self._turn:
            self._drain()
            for domain in list(self._files):
                self._files.pop(domain).land()

    def close(self) -> None:
        """Write and land everything, and end."""
        self._ending.set()
        self._thread.join()
        self.flush()

    def _write_on(self) -> None:
        while not self._ending.wait(PAUSE_SECONDS):
            try:
                with self._turn:
                    self._drain()
                    for domain in [d for d, file in self._files.items() if file.full]:
                        self._files.pop(domain).land()
            except OSError as error:  # lines wait in memory until the disk takes them again
                _log.error("predictions can't be logged: %s", error.strerror)

    def _drain(self) -> None:
        while self._waiting:
            domain = self._waiting[0][0]
            several = [served for _, served in self._first()]
            self._file(domain).write(b"".join(served.line() for served in several))
            for _ in several:
                self._waiting.popleft()

    def _first(self) -> list[tuple[str, Served]]:
        """The first lines that wait, all of one domain: they are written together, or none of them."""
        first = [self._waiting[n] for n in range(min(AT_ONCE, len(self._waiting)))]
        return list(takewhile(lambda one: one[0] == first[0][0], first))

    def _file(self, domain: str) -> OpenFile:
        if domain not in self._files:
            self._files[domain] = OpenFile(self._settings, domain)
        return self._files[domain]


def land_orphans(settings: Settings) -> int:
    """Move the files of processes that died into the landing zone, without the line that one was writing.

    Returns:
        How many there were.
    """
    moved = 0
    for path in sorted((settings.home / "serve" / SOURCE).glob("*/*.jsonl")):
        try:
            with path.open("rb+") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                data = file.read()
                file.truncate(data.rfind(b"\n") + 1)
                _move(path, settings.landing / path.parent.name / SOURCE)
                moved += 1
        except (BlockingIOError, FileNotFoundError):  # its process lives, or has just landed it
            continue
    return moved


def _move(path: Path, landing: Path) -> None:
    if not path.stat().st_size:
        path.unlink()
        return
    landing.mkdir(parents=True, exist_ok=True)
    path.replace(landing / path.name)
