"""Limits counted in this process, for the time in which the place where all count together can not be reached."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime

from mesh_platform.serve.identity.limits.allowance import Allowance


class LocalCounter:
    """Counts in memory.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}  # consumer → tokens, when they were counted
        self._rows: dict[str, tuple[date, int]] = {}

    def take(self, allowance: Allowance) -> float:
        """Count a request; see `Counter`."""
        if allowance.rate == float("inf"):
            return 0.0
        with self._guard:
            now = self._clock()
            tokens, then = self._buckets.get(allowance.consumer, (allowance.burst, now))
            tokens = min(allowance.burst, tokens + (now - then) * allowance.rate)
            admitted = tokens >= 1
            self._buckets[allowance.consumer] = (tokens - 1 if admitted else tokens, now)
        return 0.0 if admitted else (1 - tokens) / allowance.rate

    def spend(self, allowance: Allowance, rows: int, now: datetime) -> bool:
        """Count rows; see `Counter`."""
        if allowance.rows == float("inf"):
            return True
        today = now.astimezone(UTC).date()
        with self._guard:
            day, spent = self._rows.get(allowance.consumer, (today, 0))
            total = rows + (spent if day == today else 0)
            if total > allowance.rows:
                return False
            self._rows[allowance.consumer] = (today, total)
        return True
