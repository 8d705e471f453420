"""Logs as JSON lines on the standard error output, one a request, and none with what was asked for or answered.

Lines are gathered and written by a thread, so that a slow reader of the log never makes an answer wait. What a request
asked for (paths, queries, bodies) can name persons, so only the route's template is told; of an error its class and
the places of the code, never its message, which can quote a row.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

import orjson

WRITTEN_EVERY_S = 0.2
MOST_WAITING = 100_000
"""Lines that wait for a reader who does not read; then new lines are dropped and counted in the first that is kept."""
PLACES = 8
"""The innermost places of the code that an error's line tells."""


class Lines:
    """Gather lines and write them to a file descriptor.

    Args:
        descriptor: Where to; by default the standard error output.
    """

    def __init__(self, descriptor: int | None = None) -> None:
        self._to = sys.stderr.fileno() if descriptor is None else descriptor
        self._waiting: deque[bytes] = deque()
        self._dropped = 0
        self._ended = Event()
        self._writer = Thread(target=self._write_on, name="log", daemon=True)
        self._writer.start()

    def write(self, level: str, event: str, **said: Any) -> None:
        """Add a line.

        Args:
            level: "info", "warning" or "error".
            event: What happened, such as "request".
            said: What else there is to say.
        """
        if len(self._waiting) >= MOST_WAITING:
            self._dropped += 1
            return
        if self._dropped:
            said, self._dropped = {**said, "lines_dropped": self._dropped}, 0
        line = {"at": datetime.now(UTC), "level": level, "event": event, **said, "worker": os.getpid()}
        self._waiting.append(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z, default=str))

    def close(self) -> None:
        """Write what waits, and end."""
        self._ended.set()
        self._writer.join()

    def _write_on(self) -> None:
        while not self._ended.wait(WRITTEN_EVERY_S):
            self._flush()
        self._flush()

    def _flush(self) -> None:
        text = b"".join(self._waiting.popleft() for _ in range(len(self._waiting)))
        try:
            while text:
                text = text[os.write(self._to, text) :]
        except OSError:
            self._dropped += text.count(b"\n")  # nobody reads any more; the service goes on and says so if it can


class Relay(logging.Handler):
    """Pass on what libraries log, as lines of ours.

    Args:
        lines: Where to.
    """

    def __init__(self, lines: Lines) -> None:
        super().__init__(logging.INFO)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a record on, without an exception's message."""
        error = record.exc_info[1] if record.exc_info else None
        said: Mapping[str, Any] = failure(error) if error else {"message": record.getMessage().strip()}
        self._lines.write(record.levelname.lower(), record.name, **said)


def failure(error: BaseException) -> dict[str, Any]:
    """Tell an error's class and where it came from, outermost first."""
    frames = traceback.extract_tb(error.__traceback__)[-PLACES:]
    places = [f"{os.path.basename(f.filename)}:{f.lineno} {f.name}" for f in frames]  # noqa: PTH119 - text, no file
    return {"error": type(error).__name__, "places": places}
