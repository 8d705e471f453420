"""Keep tables small and quick: drop what dead runs left, merge small files, expire old snapshots by policy.

The table of an older major version goes some time after its last publish, once it is not served any more.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from mesh_platform.product import older_table

if TYPE_CHECKING:
    from mesh_platform.lake import Lake, Snapshot

PRIVATE_RETENTION_DAYS = 7
"""How long old states of raw rows, quarantine and ledgers can be read; products say it in their service level."""
OLDER_KEPT_DAYS: Final = 30
"""How long the rows of an older major version stay after its last publish, for a reader who missed its sunset."""


@dataclass(frozen=True, slots=True)
class Maintained:
    """What became of a table.

    Args:
        table: The table.
        files_before: How many data files its current snapshot had.
        files_after: How many it has now.
        snapshots_expired: How many old states can no longer be read.
        bytes_freed: What was deleted.
        dropped: Whether the table itself was: of an older major version whose time is over.
    """

    table: str
    files_before: int
    files_after: int
    snapshots_expired: int
    bytes_freed: int
    dropped: bool = False


def maintain(
    lake: "Lake",
    retention_days: Mapping[str, int],
    *,
    domain: str | None = None,
    keep_days: int | None = None,
    now: datetime | None = None,
) -> Iterator[Maintained]:
    """Maintain tables one after the other; readers and publishers go on meanwhile.

    Args:
        lake: Where the tables are.
        retention_days: The table of each major version that is served → how many days its old snapshots stay readable.
        domain: Only this domain's tables.
        keep_days: Overrides every retention.
        now: The time to ask for; None for now.
    """
    day = now or datetime.now(UTC)
    for table in sorted(lake.tables()):
        owner = table.partition(".")[0].removesuffix("_raw").removesuffix("_quarantine").removesuffix("_landed")
        if domain in {None, owner}:
            if table not in retention_days and has_ended(lake, table, day):
                yield _dropped(lake, table)
                continue
            days = keep_days if keep_days is not None else retention_days.get(table, PRIVATE_RETENTION_DAYS)
            yield _table(lake, table, timedelta(days=days))


def is_older_major(table: str, snapshot: "Snapshot") -> bool:
    """Whether a table holds an older major version, by its name and by what it was made from."""
    major = str(snapshot.properties.get("contract_version", "")).partition(".")[0]
    made_from = list(snapshot.inputs)
    return len(made_from) == 1 and major.isdigit() and table == older_table(made_from[0], int(major))


def has_ended(lake: "Lake", table: str, now: datetime) -> bool:
    """Whether a table of an older major version has not been made for so long that it may go."""
    snapshot = lake.current(table)
    if snapshot is None or not is_older_major(table, snapshot):
        return False
    return now - snapshot.published_at >= timedelta(days=OLDER_KEPT_DAYS)


def _dropped(lake: "Lake", table: str) -> Maintained:
    files, states = len(lake.files(table)), len(lake.history(table))
    return Maintained(table, files, 0, states, lake.drop(table), dropped=True)


def _table(lake: "Lake", table: str, retention: timedelta) -> Maintained:
    before = len(lake.files(table))
    left = lake.heal(table)
    lake.compact(table)
    expired = lake.expire(table, datetime.now(UTC) - retention)  # asked now: what was merged away is old, too
    return Maintained(table, before, len(lake.files(table)), expired.snapshots, left.bytes + expired.bytes)
