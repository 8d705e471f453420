"""The disk buffer of events: whatever happens to the receiver, an event is on disk before anybody tries to send it.

Lines of JSON in numbered segments, appended by any process of the mesh and sent by one at a time, in order. A place
file says how far that one came; it is written after a line was sent, so that a crash in between sends the line twice
and never not at all. Standard library only.
"""

from __future__ import annotations

import fcntl
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SEGMENT_BYTES = 1 << 20
"""When the next segment begins; small, since disk is freed by whole segments."""
MAX_BYTES = 64 << 20
"""What may wait at most: about five thousand events. Beyond it the oldest are dropped, and the log says so."""
REFUSED_BYTES = 4 << 20
"""What is kept at most of the events that the receiver will never take."""

log = logging.getLogger("mesh.lineage")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock across processes; the operating system frees it when its holder dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line that waits, and where the next one begins."""

    line: bytes
    segment: str
    end: int


class Outbox:
    """Events on their way to a receiver.

    Args:
        folder: Where they wait.
        max_bytes: What may wait at most.
        segment_bytes: When the next segment begins.
    """

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.folder = folder
        self._max_bytes, self._segment_bytes = max_bytes, segment_bytes

    def append(self, line: bytes) -> None:
        """Put an event on disk.

        Raises:
            OSError: Where the disk is full or the folder can't be written.
        """
        with self._changing():
            segments = self._segments()
            newest = segments[-1] if segments else None
            if newest is None or newest.stat().st_size >= self._segment_bytes:
                newest = self._next(newest)
                segments.append(newest)
            with newest.open("a+b") as file:
                file.write((b"\n" if self._torn(newest) else b"") + line + b"\n")
            self._trim(segments)

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Be the one who sends; others wait until it has finished."""
        with _locked(self.folder / "sending.lock"):
            try:
                yield
            finally:
                self.tidy()

    def waiting(self) -> Iterator[Waiting]:
        """The events that were not sent yet, oldest first."""
        name, start = self._place()
        for segment in self._segments():
            if segment.name < name:
                continue
            yield from self._lines(segment, start if segment.name == name else 0)

    def sent(self, waiting: Waiting) -> None:
        """Remember that an event has arrived."""
        place = self.folder / "place.json"
        draft = place.with_suffix(".part")
        draft.write_text(json.dumps({"segment": waiting.segment, "offset": waiting.end}))
        draft.replace(place)

    def set_aside(self, waiting: Waiting, reason: str) -> None:
        """Keep an event that the receiver will never take, for people to look at."""
        path = self.folder / "refused.jsonl"
        if path.exists() and path.stat().st_size > REFUSED_BYTES:
            path.replace(path.with_name("refused.old.jsonl"))
        with path.open("ab") as file:
            file.write(json.dumps({"reason": reason, "event": waiting.line.decode()}).encode() + b"\n")

    def tidy(self) -> None:
        """Delete the segments that were sent to their end."""
        with self._changing():
            name, offset = self._place()
            for segment in self._segments():
                if segment.name < name or (segment.name == name and offset >= segment.stat().st_size):
                    segment.unlink()

    def count(self) -> int:
        """How many events wait."""
        return sum(1 for _ in self.waiting())

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with _locked(self.folder / "append.lock"):
            yield

    def _segments(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9]*.jsonl"))

    def _next(self, newest: Path | None) -> Path:
        """The segment after the newest one; never the name of one that was sent, which the place still tells."""
        last = max(newest.name if newest else "", self._place()[0])
        return self.folder / f"{int(last.partition('.')[0] or '0') + 1:010}.jsonl"

    def _place(self) -> tuple[str, int]:
        try:
            found = json.loads((self.folder / "place.json").read_text())
            return str(found["segment"]), int(found["offset"])
        except (FileNotFoundError, ValueError, KeyError):  # unreadable after a power cut: all is sent again
            return "", 0

    @staticmethod
    def _torn(segment: Path) -> bool:
        """Whether its last writer died within a line."""
        if not segment.exists() or not segment.stat().st_size:
            return False
        with segment.open("rb") as file:
            file.seek(-1, 2)
            return file.read(1) != b"\n"

    @staticmethod
    def _lines(segment: Path, start: int) -> Iterator[Waiting]:
        try:
            with segment.open("rb") as file:
                file.seek(start)
                end = start
                while (line := file.readline()).endswith(b"\n"):
                    end += len(line)
                    if _whole(line):
                        yield Waiting(line.rstrip(b"\n"), segment.name, end)
        except FileNotFoundError:  # dropped a moment ago, for too much waits
            return

    def _trim(self, segments: list[Path]) -> None:
        """Drop the oldest segments where more waits than may."""
        sizes = [segment.stat().st_size for segment in segments]
        dropped = 0
        while len(segments) - dropped > 1 and sum(sizes[dropped:]) > self._max_bytes:
            segments[dropped].unlink()
            dropped += 1
        if dropped:
            log.warning(
                "lineage: more than %d MB of events wait in %s (rule: at most that); the oldest %d MB were dropped, "
                "check the receiver and run `mesh lineage send`",
                self._max_bytes >> 20,
                self.folder,
                sum(sizes[:dropped]) >> 20,
            )


def _whole(line: bytes) -> bool:
    """Whether a line is an event; one whose writer died within it is not."""
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
