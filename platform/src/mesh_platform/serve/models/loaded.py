"""A version that is prepared to answer, how it does, and the thread in which it scores where that takes long."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from mesh_platform.ml.served import BASELINE

if TYPE_CHECKING:
    from mesh_platform.ml.live import Ready

FAILURES_TO_REST: Final = 5
"""So many failures in a row, and a version is not asked for a while: requests must not each wait for its deadline."""
REST_SECONDS: Final = 10.0
ON_THE_LOOP_MS: Final = 2.0
"""What may run between two other requests. A thread costs about 0.1 ms, and more where both want the interpreter."""
_STEP: Final = 1.05
"""By how much each answer moves the estimate of the usual time: up or down alike, so that it settles at the median and
a single answer that the machine held up says little."""


class Pace:
    """How long a version takes for a request, learnt from the answers that it gives."""

    def __init__(self) -> None:
        self._ms = 0.0

    def known(self, ms: float) -> None:
        """Begin from a measured time for one request."""
        self._ms = ms

    def seen(self, requests: int, seconds: float) -> None:
        """Learn from an answer."""
        ms = seconds * 1000 / requests
        if not self._ms:
            self._ms = ms
        self._ms *= _STEP if ms > self._ms else 1 / _STEP

    def on_the_loop(self, requests: int) -> bool:
        """Whether so many requests are quick enough to be scored between others."""
        return self._ms * requests < ON_THE_LOOP_MS


class Rest:
    """Lets a version that keeps failing rest, and tries it again later."""

    def __init__(self) -> None:
        self._failures = 0
        self._until = 0.0

    def failed(self) -> None:
        """Count a failure."""
        self._failures += 1
        if self._failures >= FAILURES_TO_REST:
            self._until = time.monotonic() + REST_SECONDS

    def answered(self) -> None:
        """Forget the failures."""
        self._failures = 0

    @property
    def resting(self) -> bool:
        """Whether it must not be asked now."""
        return self._failures >= FAILURES_TO_REST and time.monotonic() < self._until


Work = tuple[Callable[[], Any], "asyncio.Future[Any]"]


class Lane:
    """One thread that works off what it is given, one after the other; a stuck one is left behind at shutdown."""

    def __init__(self, name: str) -> None:
        self._work: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._begun: list[asyncio.Future[Any]] = []
        threading.Thread(target=_walk, args=(self._work, self._begun), name=name, daemon=True).start()
        weakref.finalize(self, self._work.put, None)

    def run(self, work: Callable[[], Any]) -> asyncio.Future[Any]:
        """Give it work; the future belongs to the running loop."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._work.put((work, future))
        return future

    def works_for(self, future: asyncio.Future[Any]) -> bool:
        """Whether it has begun with what a future is for and not ended: that one is slow, not those before it."""
        return future in self._begun


def _walk(works: queue.SimpleQueue[Work | None], begun: list[asyncio.Future[Any]]) -> None:
    while (given := works.get()) is not None:
        _do(*given, begun)
        del given  # it holds the version, which would hold this thread: neither would ever end


def _do(work: Callable[[], Any], future: asyncio.Future[Any], begun: list[asyncio.Future[Any]]) -> None:
    if future.cancelled():  # another version answered while it waited
        return
    begun[:] = [future]
    done: tuple[Any, BaseException | None]
    try:
        done = work(), None
    except Exception as error:  # it is the caller's, who awaits the future
        done = None, error
    begun.clear()
    _tell(future, *done)


def _tell(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    def settle() -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    loop = future.get_loop()
    if not loop.is_closed():
        loop.call_soon_threadsafe(settle)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Loaded:
    """A version that is prepared to answer.

    Args:
        model: The model's name.
        version: Its number; 0 is the baseline.
        ready: What scores.
        snapshots: Table → the snapshot that it was prepared with.
        pace: How long it takes.
        rest: Whether it is asked at all.
        lanes: The thread in which it scores, once there is one.
    """

    model: str
    version: int
    ready: Ready
    snapshots: Mapping[str, int]
    pace: Pace = field(default_factory=Pace)
    rest: Rest = field(default_factory=Rest)
    lanes: list[Lane] = field(default_factory=list)

    @property
    def lane(self) -> Lane:
        """Its thread; a new one after `leave_lane`."""
        if not self.lanes:
            self.lanes.append(Lane(f"{self.model}-{self.version}"))
        return self.lanes[0]

    def leave_lane(self, lane: Lane) -> None:
        """Leave a thread behind, for it is stuck; another that has taken its place stays."""
        if lane in self.lanes:
            self.lanes.clear()

    @property
    def resting(self) -> bool:
        """Whether others are asked before it; never the baseline, behind which there is nobody."""
        return self.version != BASELINE and self.rest.resting
