"""A version's attempt to answer requests: it has a deadline, and is kept after it in case that nothing else answers.

A busy machine makes every version slow at once. Then an answer that comes late is worth more than none, so an attempt
whose deadline has passed goes on beside those that follow, until one of them has answered.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from mesh_platform.ml.live import Answer, Inputs
    from mesh_platform.serve.models.loaded import Lane, Loaded


class Attempt:
    """One version, asked once; see `begin`.

    Args:
        version: Who is asked.
        requests: How many requests it is asked to answer.
        future: Its answers, and the seconds that it scored, without those that it waited for its turn.
        lane: The thread in which it scores; None where it scored on the loop.
    """

    def __init__(
        self, version: Loaded, requests: int, future: asyncio.Future[tuple[list[Answer], float]], lane: Lane | None
    ) -> None:
        self.version, self._requests, self._future, self._lane = version, requests, future, lane
        self._began = time.perf_counter()
        self.late = False

    @classmethod
    def begin(cls, version: Loaded, inputs: list[Inputs]) -> Self:
        """Ask a version: on the loop where it is quick, else in its thread."""

        def score() -> tuple[list[Answer], float]:
            began = time.perf_counter()
            try:
                answers = _all(version.ready.score(inputs), len(inputs))
            except StopIteration as error:  # which no future can hold
                raise RuntimeError("scoring ended a loop that is not its own") from error
            return answers, time.perf_counter() - began

        if not version.pace.on_the_loop(len(inputs)):
            lane = version.lane
            return cls(version, len(inputs), lane.run(score), lane)
        found = cls(version, len(inputs), asyncio.get_running_loop().create_future(), None)
        try:
            found._future.set_result(score())
        except Exception as error:  # it is told by `answers`, as that of a thread is
            found._future.set_exception(error)
        return found

    @property
    def seconds(self) -> float:
        """How long ago it began."""
        return time.perf_counter() - self._began

    async def within(self, seconds: float) -> None:
        """Wait for it; see `answers`.

        Raises:
            TimeoutError: Where it has not ended by then. An answer that is there is taken, however late that is seen.
        """
        if not self._future.done():
            await asyncio.wait((self._future,), timeout=seconds)
        if self._future.done():
            return
        self.late = True
        if self._lane is not None and self._lane.works_for(self._future):
            self.version.leave_lane(self._lane)
        raise TimeoutError

    def answers(self) -> list[Answer]:
        """What it answered; the version's pace learns from it.

        Raises:
            Exception: What the version raised.
        """
        answers, scoring = self._future.result()
        self.version.pace.seen(self._requests, scoring)
        return answers

    def give_up(self) -> None:
        """Forget it: its thread passes over what it has not begun."""
        if not self._future.cancel() and not self._future.cancelled():
            self._future.exception()  # taken note of: asyncio would else log it, with what a customer sent

    @staticmethod
    async def first(attempts: Sequence[Attempt], seconds: float) -> Attempt | None:
        """Wait for the first one that answers.

        Args:
            attempts: Those that go on, the best first.
            seconds: How long to wait at most.

        Returns:
            One that has answered; None where all failed, or none did in time.
        """
        until, left = time.perf_counter() + seconds, list(attempts)
        while left:
            most = max(until - time.perf_counter(), 0.0)
            done, _ = await asyncio.wait(
                [each._future for each in left], timeout=most, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                return None
            for each in left:
                if each._future in done and each._future.exception() is None:
                    return each
            left = [each for each in left if each._future not in done]
        return None


def _all(answers: list[Answer], requests: int) -> list[Answer]:
    """The answers, if there is one for each request.

    Raises:
        ValueError: Where there is not: no answer may go to another's request.
    """
    if len(answers) != requests:
        raise ValueError(f"{len(answers)} answers to {requests} requests")
    return answers
