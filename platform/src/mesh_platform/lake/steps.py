"""The steps of a publish, told to whoever listens: progress bars, and tests that pull the plug at each of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum


class Step(StrEnum):
    """A step of a publish that was just reached, in order."""

    TABLE_CREATED = "table created"
    BRANCH_CUT = "branch cut"
    FILE_WRITTEN = "file written"
    ROWS_WRITTEN = "rows written"
    MANIFESTS_WRITTEN = "manifests written"
    BRANCH_COMMITTED = "branch committed"
    AUDITED = "audited"
    PLAN_WRITTEN = "plan written"
    SWAPPED = "swapped"
    PLAN_CACHED = "plan cached"


Listener = Callable[[Step], None]
_listeners: list[Listener] = []


def reached(step: Step) -> None:
    """Tell every listener of this process that a step was reached."""
    for listener in tuple(_listeners):
        listener(step)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Call the listener at every step of every publish while the block runs."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
