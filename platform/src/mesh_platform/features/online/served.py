"""A sample of the features that were served, on disk until they were compared with the lake.

Written by a thread of its own, never on a request's path. The log is bounded in memory and on disk: what doesn't fit is
not sampled. It is text, so that a search for a person finds them; `forget` takes them out.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mesh_platform.features.online.waiting import file_of

if TYPE_CHECKING:
    from mesh_platform.features.online.header import Header

EVERY = 100
"""One of so many reads is sampled: 2 a second at 200 requests, 7,200 an hour, each of one entity."""
WAITING = 1_000
"""Samples in memory."""
FILE_BYTES = 16_000_000
"""What one process leaves on disk of one view at most until the next comparison."""
TAIL_ROWS = 200
"""Of a longer history so many rows are written: a sample is no burden, however long a history is."""
ROWS = "__rows"
"""Under which name a sample says how many rows a history has."""
STOP_S = 5.0


class Served:
    """Samples what one process serves.

    Args:
        home: The home of the mesh.
        every: One of so many reads is sampled.
    """

    def __init__(self, home: Path, every: int = EVERY) -> None:
        self._home, self._server = home, f"{os.getpid()}-{secrets.token_hex(4)}"
        self._every, self._reads = every, count()
        self._waiting: deque[tuple[Any, ...]] = deque(maxlen=WAITING)
        self._news, self._ended = threading.Event(), False
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def offer(
        self, header: Header, as_of: int, keys: Sequence[tuple[Any, ...]], values: Sequence[Mapping[str, Any] | None]
    ) -> None:
        """Take one entity of every so many reads."""
        turn = next(self._reads)
        if turn % self._every or not keys:
            return
        chosen = turn // self._every % len(keys)
        self._waiting.append((header, as_of, keys[chosen], tail_of(values[chosen])))
        self._news.set()
        if self._thread is None:
            self._begin()

    def close(self) -> None:
        """Write what waits, and end."""
        self._ended = True
        self._news.set()
        if self._thread is not None:
            self._thread.join(STOP_S)

    def _begin(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._write_all, name="served-features", daemon=True)
                self._thread.start()

    def _write_all(self) -> None:
        while not self._ended or self._waiting:
            self._news.wait()
            self._news.clear()
            while self._waiting:
                header, *sample = self._waiting.popleft()
                self._write(f"{header.view}@{header.version}", text_of(header, *sample))

    def _write(self, view: str, line: str) -> None:
        """Append a sample; the file is opened anew, for a comparison takes it away."""
        path = file_of(self._home, view, self._server)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("a", encoding="utf-8") as file:
            path.chmod(0o600)
            if file.tell() + len(line) < FILE_BYTES:
                file.write(line + "\n")


def tail_of(values: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Of a long history the newest rows, and how many there are."""
    if not values or not isinstance(first := next(iter(values.values())), list):
        return values
    return {name: column[-TAIL_ROWS:] for name, column in values.items()} | {ROWS: len(first)}


def text_of(header: Header, as_of: int, key: tuple[Any, ...], values: Mapping[str, Any] | None) -> str:
    """Write a sample as a line of JSON."""
    said = {
        "view": f"{header.view}@{header.version}",
        "snapshot": header.snapshot,
        "as_of": as_of,
        "key": list(key),
        "values": values,
    }
    return json.dumps(said, default=plain, ensure_ascii=False)


def plain(value: object) -> Any:
    """Values that JSON lacks, so that different ones stay different."""
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, date | datetime):
        return {"time": value.isoformat()}
    raise TypeError(f"no JSON for {type(value).__name__}")
