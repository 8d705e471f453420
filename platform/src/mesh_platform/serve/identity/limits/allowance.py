"""A consumer's limits and how they are counted: a token bucket for requests, a sum a UTC day for rows."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol, Self

from mesh_platform.contract.consumers import DEVELOPER, Consumer

REQUESTS_PER_SECOND: Final = 100.0
"""What a consumer may ask that registered no rate: far above a dashboard, far below what hurts others."""
ROWS_PER_DAY: Final = 50_000_000
"""What a consumer may take that registered no quota: any product of the mesh, some times a day."""
BURST_SECONDS: Final = 2.0
"""How many seconds' worth of requests may come at once after a pause."""
UNLIMITED: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a consumer may ask for.

    Args:
        consumer: The consumer.
        rate: Requests a second, on average.
        burst: Requests at once.
        rows: Rows a UTC day.
    """

    consumer: str
    rate: float
    burst: float
    rows: float

    @classmethod
    def of(cls, consumer: Consumer) -> Self:
        """Read a consumer's allowance; the owner of one machine has no limits on it."""
        if consumer.name == DEVELOPER:
            return cls(consumer.name, UNLIMITED, UNLIMITED, UNLIMITED)
        rate = consumer.limits.requests_per_second or REQUESTS_PER_SECOND
        return cls(consumer.name, rate, max(1.0, rate * BURST_SECONDS), consumer.limits.rows_per_day or ROWS_PER_DAY)


class Counter(Protocol):
    """Counts requests and rows."""

    def take(self, allowance: Allowance) -> float:
        """Count a request.

        Returns:
            0 where it is within the rate; else the seconds after which the next one is.
        """
        ...

    def spend(self, allowance: Allowance, rows: int, now: datetime) -> bool:
        """Count rows, unless they would go over the day's quota; then none of them.

        Args:
            allowance: Whose.
            rows: How many.
            now: The instant; its UTC day counts.

        Returns:
            Whether they were within the quota.
        """
        ...


class SharedCounter(Counter, Protocol):
    """Counts where others count, too, which can be out of reach.

    Args:
        failure: What it raises then.
    """

    failure: type[Exception]


def seconds_to_midnight(now: datetime) -> int:
    """The whole seconds until the quota of the next UTC day begins."""
    utc = now.astimezone(UTC)
    midnight = utc.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return int((midnight - utc).total_seconds()) + 1
