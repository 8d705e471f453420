"""What a published table keeps of its service level: measured once, told by the catalog's pages and the APIs' headers.

How late a product is follows the rule of the audit: the newest row against the end of the newest day on which a
source delivered.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mesh_platform.lake import Lake, Snapshot


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of a table.

    Args:
        snapshots: Its published states, newest first.
        newest_row: The instant up to which it has rows; None where no column tells.
        newest_delivery: The end of the newest day on which a source of it delivered; None where it has none.
        refused: Rows of its sources in quarantine.
        problem: Why nothing could be measured; "" where something was.
    """

    snapshots: "tuple[Snapshot, ...]" = ()
    newest_row: datetime | None = None
    newest_delivery: datetime | None = None
    refused: int = 0
    problem: str = ""

    @property
    def behind_hours(self) -> float | None:
        """How far the newest row is behind the end of the newest delivery; None where one of both is unknown."""
        if self.newest_row is None or self.newest_delivery is None:
            return None
        return max((self.newest_delivery - self.newest_row) / timedelta(hours=1), 0.0)

    @property
    def lost_share(self) -> float | None:
        """The share of its rows that the newest snapshot lost against the one before; None where there is none."""
        if len(self.snapshots) < 2 or not self.snapshots[1].rows:
            return None
        return max(1 - self.snapshots[0].rows / self.snapshots[1].rows, 0.0)


def newest_delivery(domain: str, sources: Iterable[str], lake: "Lake") -> date | None:
    """Find the newest day on which any of a domain's sources delivered a file; None where none did.

    Args:
        domain: The domain.
        sources: The names of its sources.
        lake: Holds what was ingested of them.
    """
    from mesh_platform.ingest import deliveries

    days = (deliveries(domain, source, lake) for source in sources)
    return max((day for day in days if day is not None), default=None)


def end_of(day: date) -> datetime:
    """The instant at which a day has ended, in UTC."""
    return datetime.combine(day, time(), UTC) + timedelta(days=1)
