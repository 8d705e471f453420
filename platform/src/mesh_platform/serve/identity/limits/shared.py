"""Limits counted in Redis, for several machines together; and what happens where nobody can count together.

Limits protect the service from its consumers; who may see what never depends on them. So a Redis that does not answer,
or a file that can not be written, makes limits coarser for a while, and stops nobody.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, cast

from mesh_platform.serve.identity.limits.allowance import Allowance, Counter, SharedCounter

NAME: Final = "mesh:limits"
TIMEOUT_SECONDS: Final = 0.1
"""A request waits no longer than that for Redis."""
SHELTER_SECONDS: Final = 5.0
"""How long the shared counter is left alone after it failed."""
DAYS_KEPT_SECONDS: Final = 2 * 86_400
"""How long a day's sum is kept: over the midnight in every time zone."""
_TAKE: Final = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local known = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(known[1]) or burst, tonumber(known[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = (1 - tokens) / rate end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.9f', tokens), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate * 1000) + 1000)
return string.format('%.9f', wait)
"""
"""One step for all machines, by Redis's own clock."""
_SPEND: Final = """
local spent = tonumber(redis.call('GET', KEYS[1]) or '0')
if spent + tonumber(ARGV[1]) > tonumber(ARGV[2]) then return 0 end
redis.call('INCRBY', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""
_LOG: Final = logging.getLogger(__name__)


class RedisCounter:
    """Counts in Redis.

    Args:
        url: Where it is, such as redis://host:6379/0.
    """

    def __init__(self, url: str) -> None:
        import redis

        self.failure: type[Exception] = redis.RedisError
        client = redis.Redis.from_url(
            url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS, decode_responses=True
        )
        self._take: Callable[..., Any] = client.register_script(_TAKE)
        self._spend: Callable[..., Any] = client.register_script(_SPEND)

    def take(self, allowance: Allowance) -> float:
        """Count a request; see `Counter`."""
        if allowance.rate == float("inf"):
            return 0.0
        said = self._take(keys=[f"{NAME}:requests:{allowance.consumer}"], args=[allowance.rate, allowance.burst])
        return float(said)

    def spend(self, allowance: Allowance, rows: int, now: datetime) -> bool:
        """Count rows; see `Counter`."""
        if allowance.rows == float("inf"):
            return True
        name = f"{NAME}:rows:{allowance.consumer}:{now.astimezone(UTC).date()}"
        return bool(self._spend(keys=[name], args=[rows, int(allowance.rows), DAYS_KEPT_SECONDS]))


class Sheltered:
    """A shared counter with one of its own for the time in which the shared one does not answer.

    Args:
        shared: The one that all count in.
        own: This worker's.
        clock: Seconds that only grow.
    """

    def __init__(self, shared: SharedCounter, own: Counter, clock: Callable[[], float] = time.monotonic) -> None:
        self._shared, self._own, self._clock = shared, own, clock
        self._again_at = float("-inf")

    def take(self, allowance: Allowance) -> float:
        """Count a request; see `Counter`."""
        return cast("float", self._counted("take", allowance))

    def spend(self, allowance: Allowance, rows: int, now: datetime) -> bool:
        """Count rows; see `Counter`."""
        return cast("bool", self._counted("spend", allowance, rows, now))

    def _counted(self, what: str, *args: Any) -> Any:
        if self._clock() >= self._again_at:
            try:
                return getattr(self._shared, what)(*args)
            except self._shared.failure as error:
                self._again_at = self._clock() + SHELTER_SECONDS
                place = type(self._shared).__name__
                _LOG.error("limits are counted by each worker for itself, %s says %s", place, type(error).__name__)
        return getattr(self._own, what)(*args)
