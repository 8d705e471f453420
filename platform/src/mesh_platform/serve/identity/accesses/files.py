"""The files of one worker's chain: one that is written, then handed over to the landing zone, then the next one.

The file that is written is locked by its worker. A file that nobody holds belonged to a worker that died: the next
worker hands it over, without the end of a line that was never finished.
"""

import fcntl
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from mesh_platform.errors import MeshFailure
from mesh_platform.serve.identity.accesses.chain import FIRST, Link, link_of
from mesh_platform.settings import Settings

DOMAIN: Final = "governance"
SOURCE: Final = "accesses"
HEADS: Final = "heads.jsonl"
OPEN: Final = ".open"
_TAIL_BYTES: Final = 64 << 10
"""How much of a file's end is read to find its last line; a line is less than a tenth of that."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where accesses are kept.

    Args:
        writing: The folder of the files that are written, and of the heads of chains.
        landing: The folder of the files that were handed over.
    """

    writing: Path
    landing: Path

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The places of a mesh."""
        return cls(settings.home / "serve" / "accesses", settings.landing / DOMAIN / SOURCE)

    @property
    def heads(self) -> Path:
        """The list of the last lines of every file that was handed over."""
        return self.writing / HEADS

    def newest_head(self) -> str:
        """The hash that a new chain begins with, so that no earlier chain can go unnoticed."""
        if not self.heads.exists():
            return FIRST
        lines = self.heads.read_text(encoding="utf-8").splitlines()
        return str(json.loads(lines[-1])["hash"]) if lines else FIRST


class OpenFile:
    """A file that is written.

    Args:
        places: Where.
        name: Its name, without an ending.
    """

    def __init__(self, places: Places, name: str) -> None:
        self._places, self._name = places, name
        places.writing.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = places.writing / f"{name}{OPEN}"
        hidden = self._path.with_suffix(".tmp")
        self._file = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        hidden.rename(self._path)  # only now can others see it, and it is locked
        self.size = 0
        self.opened_at = datetime.now(UTC)

    def write(self, lines: bytes) -> None:
        """Append whole lines and wait until the disk has them; where that fails, call it again.

        Raises:
            OSError: Where the disk refuses.
        """
        os.ftruncate(self._file, self.size)  # what an attempt before has left that the disk broke off
        rest = memoryview(lines)
        while rest:
            rest = rest[os.write(self._file, rest) :]
        os.fsync(self._file)
        self.size += len(lines)

    def hand_over(self) -> None:
        """Move the file into the landing zone and note its last line."""
        _hand_over(self._path, self._name, self._places)
        os.close(self._file)


def rescue(places: Places) -> list[str]:
    """Hand over the files of workers that died.

    Returns:
        Their names.
    """
    rescued = []
    for path in sorted(places.writing.glob(f"*{OPEN}")):
        held = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.exists():  # else it was handed over while we looked
                _cut_unfinished(held)
                _hand_over(path, path.stem, places)
                rescued.append(path.stem)
        except BlockingIOError:
            continue
        finally:
            os.close(held)
    return rescued


def _cut_unfinished(file: int) -> None:
    size = os.fstat(file).st_size
    tail = os.pread(file, _TAIL_BYTES, max(0, size - _TAIL_BYTES))
    os.ftruncate(file, size - len(tail) + tail.rfind(b"\n") + 1)


def _hand_over(path: Path, name: str, places: Places) -> None:
    """Note the last line first: a crash in between leaves a file that is noted twice, never one that is not."""
    last = _last_link(path)
    if last is None:
        path.unlink()
        return
    noted = {"chain": last.chain, "sequence": last.sequence, "hash": last.hash}
    with places.heads.open("ab") as heads:
        heads.write(json.dumps(noted).encode() + b"\n")
        heads.flush()
        os.fsync(heads.fileno())
    places.landing.mkdir(parents=True, exist_ok=True)
    path.rename(places.landing / f"{SOURCE}_{name}_{datetime.now(UTC).date()}.jsonl")  # the day of delivery


def _last_link(path: Path) -> Link | None:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL_BYTES))
        lines = file.read().splitlines()
    if not lines:
        return None
    link = link_of(lines[-1])
    if link is None:
        raise MeshFailure(f"{path}: its last line is not as it was written; keep the file and ask who changed it")
    return link
