"""The pulse of a worker: how the process that keeps workers notices one that runs and yet answers nobody any more.

A worker whose event loop hangs (an endless loop, a lock that is never given back) still holds its connections, and
nothing of it ends. So each loop counts its turns in memory that both processes share: unlike a pipe it can't fill up,
whoever stands still. Silence is added up in looks and not read off a clock: a machine that was suspended has not heard
from any worker for hours, and none of them is stuck.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from time import monotonic
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

BEATS_EVERY_S = 0.5
"""How often a loop counts; it costs a microsecond."""
LOOKED_EVERY_S = 1.0
"""How often the silence of workers is looked at; longer than a beat, so that a worker that works was always heard."""


class Count(Protocol):
    """A whole number in memory that two processes share; one writes it, so it needs no lock."""

    value: int


def counted(context: ForkServerContext) -> Count:
    """Make a count that can be handed to a new process."""
    made: Count = context.RawValue("L", 0)
    return made


def beat(count: Count) -> None:
    """Count the turns of the loop that runs, for as long as it does."""
    count.value += 1
    asyncio.get_running_loop().call_later(BEATS_EVERY_S, beat, count)


@dataclass(slots=True)
class Silence:
    """How long a worker has not been heard.

    Args:
        count: What the worker counts in.
        clock: Seconds that only grow.
    """

    count: Count
    clock: Callable[[], float] = monotonic
    seconds: float = 0.0
    _heard: int = -1
    _looked: float = 0.0

    def look(self) -> float:
        """Look whether the worker counted since the last look.

        Returns:
            The seconds of its silence, of which one look adds two times `LOOKED_EVERY_S` at most.
        """
        now, heard = self.clock(), self.count.value
        if heard != self._heard:
            self._heard, self.seconds = heard, 0.0
        else:
            self.seconds += min(now - self._looked, 2 * LOOKED_EVERY_S)
        self._looked = now
        return self.seconds
