"""Keep tables small and quick: drop what dead runs left, merge small files, expire old snapshots by policy."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mesh_platform.lake import Lake

PRIVATE_RETENTION_DAYS = 7
"""How long old states of raw rows, quarantine and ledgers can be read; products say it in their service level."""


@dataclass(frozen=True, slots=True)
class Maintained:
    """What became of a table.

    Args:
        table: The table.
        files_before: How many data files its current snapshot had.
        files_after: How many it has now.
        snapshots_expired: How many old states can no longer be read.
        bytes_freed: What was deleted.
    """

    table: str
    files_before: int
    files_after: int
    snapshots_expired: int
    bytes_freed: int


def maintain(
    lake: "Lake", retention_days: Mapping[str, int], *, domain: str | None = None, keep_days: int | None = None
) -> Iterator[Maintained]:
    """Maintain tables one after the other; readers and publishers go on meanwhile.

    Args:
        lake: Where the tables are.
        retention_days: Product → how many days its old snapshots stay readable.
        domain: Only this domain's tables.
        keep_days: Overrides every retention.
    """
    for table in sorted(lake.tables()):
        owner = table.partition(".")[0].removesuffix("_raw").removesuffix("_quarantine").removesuffix("_landed")
        if domain in {None, owner}:
            days = keep_days if keep_days is not None else retention_days.get(table, PRIVATE_RETENTION_DAYS)
            yield _table(lake, table, timedelta(days=days))


def _table(lake: "Lake", table: str, retention: timedelta) -> Maintained:
    before = len(lake.files(table))
    left = lake.heal(table)
    lake.compact(table)
    expired = lake.expire(table, datetime.now(UTC) - retention)  # asked now: what was merged away is old, too
    return Maintained(table, before, len(lake.files(table)), expired.snapshots, left.bytes + expired.bytes)
