"""Long histories that were decoded lately: a store's orders of two months are not decoded for every order.

Whoever reads the same history of the same push again gets the same object, and can keep what it made from it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

LONG_VALUES = 256
"""Values from which a history is kept; a shorter one is decoded in some 50 microseconds."""
MOST_VALUES = 2_000_000
"""Values that are kept in all: some 200 MB of Python's objects in the worst case, which are exact amounts."""
Values = Mapping[str, Any]


class KeptHistories:
    """The long histories that were read last, each of its view's newest push."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, bytes], tuple[Values, int]] = OrderedDict()
        self._push: dict[str, str] = {}
        self._values = 0
        self._lock = threading.Lock()

    def get(self, view: str, push: str, key: bytes) -> Values | None:
        """Find a history of a push."""
        with self._lock:
            if self._push.get(view) != push or (view, key) not in self._kept:
                return None
            self._kept.move_to_end((view, key))
            return self._kept[view, key][0]

    def keep(self, view: str, push: str, key: bytes, history: Values) -> None:
        """Keep a history if it is long, and forget those of an older push and those that were not read for longest."""
        count = sum(len(column) for column in history.values())
        if not LONG_VALUES <= count <= MOST_VALUES:
            return
        with self._lock:
            if self._push.get(view) != push:
                for old in [at for at in self._kept if at[0] == view]:
                    self._drop(old)
                self._push[view] = push
            if (view, key) in self._kept:
                self._drop((view, key))
            self._kept[view, key] = history, count
            self._values += count
            while self._values > MOST_VALUES:
                self._drop(next(iter(self._kept)))

    def _drop(self, at: tuple[str, bytes]) -> None:
        self._values -= self._kept.pop(at)[1]
