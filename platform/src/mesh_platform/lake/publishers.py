"""Who wrote a file or a branch, and whether they still live, so that the leftovers of a crash can be told and removed.

A publisher's token is in the name of its branch and of every file it writes: host, process, when that process
started (for process ids come round again), when the publish began, and a random end.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Self

OTHER_HOST_LIVES_S: Final = 24 * 3600  # we can't ask another host for its processes, so we wait a day
BRANCH: Final = "publish."
_TOKEN: Final = re.compile(r"([A-Za-z0-9-]+)\.(\d+)\.(\d+)\.(\d+)\.([0-9a-f]{8})")
_at_work: set[str] = set()  # the publishes that this process is in


@dataclass(frozen=True, slots=True)
class Publisher:
    """One publish of one process."""

    host: str
    process: int
    started: int
    began_ms: int
    salt: str

    def __str__(self) -> str:
        return f"{self.host}.{self.process}.{self.started}.{self.began_ms}.{self.salt}"

    @classmethod
    def parse(cls, name: str) -> Self | None:
        """Find the publisher in the name of a file or a branch; None where it is not one of ours."""
        token = _TOKEN.search(name)
        return cls(token[1], int(token[2]), int(token[3]), int(token[4]), token[5]) if token else None

    @property
    def branch(self) -> str:
        """The name of its branch."""
        return f"{BRANCH}{self}"

    def is_dead(self) -> bool:
        """Whether it certainly can't commit any more."""
        if self.host != _host():
            return time.time() - self.began_ms / 1000 > OTHER_HOST_LIVES_S
        if self.process == os.getpid():
            return str(self) not in _at_work
        return _started(self.process) != self.started


@contextmanager
def at_work() -> Iterator[Publisher]:
    """Be a publisher while the block runs."""
    me = os.getpid()
    publisher = Publisher(_host(), me, _started(me) or 0, time.time_ns() // 1_000_000, secrets.token_hex(4))
    _at_work.add(str(publisher))
    try:
        yield publisher
    finally:
        _at_work.discard(str(publisher))


@cache
def _host() -> str:
    """The host, and which of its process id spaces, for containers may share a name and each count from 1."""
    space = Path("/proc/self/ns/pid")
    name = f"{socket.gethostname()}-{space.stat().st_ino}" if space.exists() else socket.gethostname()
    return re.sub("[^A-Za-z0-9-]", "-", name) or "host"


def _started(process: int) -> int | None:
    """When a process of this host started, in the kernel's ticks; None where it has ended, 0 where it can't be told."""
    if not Path("/proc/self/stat").exists():
        return 0 if _runs(process) else None
    try:
        after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if after_name[0] == "Z" else int(after_name[19])


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
