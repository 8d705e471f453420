"""Workers: processes that answer from one shared port, and the one that starts them again when they die.

All accept from the same listening socket, so connections that wait when a worker dies are taken by the others. They are
forked from a server that has the engines imported, so one is back in a second. They notice when their parent dies; it
notices when one of them hangs (see `pulse`), ends that one and starts another in its place.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from socket import socket
from typing import TYPE_CHECKING

from mesh_platform.errors import MeshError, MeshFailure
from mesh_platform.serve.app import Plan, create_app
from mesh_platform.serve.process import Make, serve
from mesh_platform.serve.pulse import LOOKED_EVERY_S, Silence, counted

if TYPE_CHECKING:
    from types import FrameType

    from mesh_platform.serve.operation.metrics import EndedWorkers

PRELOADED = ["mesh_platform.serve.process", "fastapi", "uvicorn", "duckdb", "polars", "pyarrow.parquet"]
"""What takes long to import and starts no thread when it is imported: threads do not survive a fork."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
"""How long to wait before a worker is started again that never became ready; doubled each time."""
KILLED_AFTER_S = 5.0
"""How much longer than its limit a worker may take to stop before it is killed."""
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Scores of single requests gain nothing from a second thread, and waiting for it makes the slowest ones slow."""


@dataclass(slots=True)
class _Worker:
    """A worker, or the place of one that is started again at a time."""

    process: ForkServerProcess | None = None
    said: Connection | None = None
    ready: bool = False
    pause_s: float = 0.0
    starts_at: float = 0.0
    silence: Silence | None = None
    stuck: bool = False


class Workers:
    """Keep workers running until they are told to stop.

    Args:
        plan: What they serve.
        listening: The socket they accept from.
        count: How many.
        announce: Called once, when all of them are ready for the first time.
        make: Makes a worker's application.
    """

    def __init__(
        self, plan: Plan, listening: socket, count: int, announce: Callable[[], None], make: Make = create_app
    ) -> None:
        self._plan, self._listening, self._announce, self._make = plan, listening, announce, make
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(PRELOADED)
        self._places = [_Worker() for _ in range(count)]
        self._announced, self._stopping = False, False
        self._alive, self._held = self._context.Pipe(duplex=False)
        self._woken, self._wake = os.pipe()
        self._looks_at = 0.0
        self._ended: EndedWorkers | None = None

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT, then let the workers finish what they began.

        Raises:
            MeshError: Where a worker can't start when the service does.
        """
        self._share_figures()
        for name in ONE_THREAD:
            os.environ.setdefault(name, "1")
        before = {sig: signal.signal(sig, self._stop) for sig in (signal.SIGTERM, signal.SIGINT)}
        try:
            while not self._stopping:
                self._start_due()
                self._listen()
        finally:
            self._end()
            for sig, handler in before.items():
                signal.signal(sig, handler)

    def _share_figures(self) -> None:
        """Make the folder in which the workers' figures are added up; see `operation.metrics`."""
        folder = self._plan.settings.home / "serve" / "metrics" / str(self._listening.getsockname()[1])
        shutil.rmtree(folder, ignore_errors=True)  # the figures of a service that has ended
        folder.mkdir(parents=True)
        os.environ[SHARED_FOLDER] = str(folder)
        from mesh_platform.serve.operation.metrics import EndedWorkers  # it looks for the folder when it is imported

        self._ended = EndedWorkers()

    def _start_due(self) -> None:
        for place in self._places:
            if place.process is None and place.starts_at <= time.monotonic():
                self._start(place)

    def _start(self, place: _Worker) -> None:
        place.said, sender = self._context.Pipe(duplex=False)
        place.ready, place.stuck = False, False
        place.silence = Silence(counted(self._context))
        place.process = self._context.Process(
            target=serve,
            args=(
                *(self._plan, self._make, self._listening, self._alive, sender),
                *(place.silence.count, dict(os.environ)),
            ),
            name="mesh-serve",
        )
        place.process.start()
        sender.close()

    def _listen(self) -> None:
        """Wait until a worker says something or ends, or it is time to start or to look at one, or a signal comes."""
        due = [place.starts_at for place in self._places if place.process is None]
        pause_s = max(min([*due, self._looks_at]) - time.monotonic(), 0.0)
        said = {place.said: place for place in self._places if place.said is not None}
        for found in wait([*said, self._woken], pause_s):
            if isinstance(found, Connection):
                self._hear(said[found])
        if time.monotonic() >= self._looks_at:
            self._looks_at = time.monotonic() + LOOKED_EVERY_S
            for place in self._places:
                self._look(place)

    def _look(self, place: _Worker) -> None:
        """End a worker that hangs: first as one that may still finish what it began, then for good.

        One that is still loading is left alone: that takes as long as models are large.
        """
        if place.process is None or place.silence is None or not place.ready:
            return
        silent_s, limit_s = place.silence.look(), self._plan.limits.stuck_seconds
        if silent_s >= limit_s and not place.stuck:
            place.stuck = True
            _log("error", "worker-stuck", worker=place.process.pid, silent_seconds=round(silent_s, 1))
            place.process.terminate()
        elif silent_s >= limit_s + min(
            KILLED_AFTER_S, limit_s
        ):  # one that is heard again ends as it was told, in its own time
            place.process.kill()

    def _hear(self, place: _Worker) -> None:
        assert place.said is not None  # noqa: S101 - it was waited for
        try:
            word = place.said.recv()
        except (EOFError, OSError):  # an OSError where it died within a word
            self._died(place)
            return
        if isinstance(word, MeshError):
            raise word
        place.ready, place.pause_s = True, 0.0
        if not self._announced and all(each.ready for each in self._places):
            self._announced = True
            self._announce()

    def _died(self, place: _Worker) -> None:
        """Start a worker again: at once where it had served, else after a pause that grows."""
        assert place.process is not None  # noqa: S101 - it was started
        place.process.join()
        code = place.process.exitcode
        if not self._announced:
            raise MeshFailure(f"a worker ended with {code} before it could serve; what it said is above")
        if not place.ready:
            place.pause_s = min(max(place.pause_s * 2, FIRST_PAUSE_S), LONGEST_PAUSE_S)
        _log("warning", "worker-ended", worker=place.process.pid, code=code)
        if self._ended is not None:
            self._ended.count("stuck" if place.stuck else "died")
        place.process, place.said, place.starts_at = None, None, time.monotonic() + place.pause_s

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True
        os.write(self._wake, b"!")

    def _end(self) -> None:
        """Have the workers finish what they began, and no longer than they may."""
        self._listening.close()
        running = [place.process for place in self._places if place.process is not None]
        for place in self._places:
            if place.process is not None:
                end = place.process.terminate if place.ready else place.process.kill  # that one answered nobody yet
                end()
        last = time.monotonic() + self._plan.limits.linger_seconds + KILLED_AFTER_S
        for process in running:
            process.join(max(last - time.monotonic(), 0.0))
            if process.exitcode is None:
                process.kill()
                process.join()


def _log(level: str, event: str, **said: object) -> None:
    """Write a line in the shape of the workers' logs; rarely, so at once."""
    line = {"at": datetime.now(UTC).isoformat(), "level": level, "event": event, **said}
    print(json.dumps(line), file=sys.stderr, flush=True)
