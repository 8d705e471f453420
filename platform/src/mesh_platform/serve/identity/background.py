"""What the gate does beside requests, in one thread: look at files again, write down when keys were used.

A task that fails is tried again on its next turn; requests go on with what is known.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Final

PAUSE_SECONDS: Final = 0.5
"""Between two turns: a changed registration is in force within a second."""
_LOG: Final = logging.getLogger(__name__)


class Background:
    """A thread that does the same tasks again and again until it is closed.

    Args:
        name: The thread's name.
        tasks: What to do in each turn.
        pause_seconds: Between two turns.
    """

    def __init__(self, name: str, tasks: Sequence[Callable[[], object]], pause_seconds: float = PAUSE_SECONDS) -> None:
        self._tasks, self._pause = tasks, pause_seconds
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Do every task a last time and end the thread."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        closing = False
        while not closing:
            closing = self._closing.wait(self._pause)
            for task in self._tasks:
                self._try(task)

    def _try(self, task: Callable[[], object]) -> None:
        try:
            task()
        except Exception as error:  # the thread must outlive whatever a task meets
            _LOG.error("%s: %s failed: %s", self._thread.name, getattr(task, "__name__", "task"), type(error).__name__)
