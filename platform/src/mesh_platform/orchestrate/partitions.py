"""Daily partitions, from the first landed day to the last one or yesterday."""

from datetime import UTC, date, datetime

import dagster as dg

from mesh_platform.pipeline.days import Days, day_range
from mesh_platform.pipeline.landed import landed_days
from mesh_platform.settings import Settings

START_TAG, END_TAG = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
CHANGED_ONLY_TAG = "mesh/changed_only"
"""On runs that make only what changed; a run without it makes its partitions again, changed or not."""


def daily(settings: Settings) -> dg.DailyPartitionsDefinition:
    """Define a partition a day, from the first landed one to yesterday, or to the last landed one if that is later.

    Args:
        settings: Says where the landing zone is.
    """
    today = datetime.now(UTC).date()
    days = landed_days(settings.landing) or [today]
    ahead = (days[-1] - today).days + 1  # Dagster offers a day when it has ended; what has landed is offered before
    return dg.DailyPartitionsDefinition(start_date=days[0].isoformat(), end_offset=max(ahead, 0))


def forced_days(tags: dict[str, str]) -> Days | None:
    """Read from a run's tags which days it makes again whatever changed; None means everything."""
    if tags.get(CHANGED_ONLY_TAG):
        return frozenset()
    if START_TAG in tags:
        return day_range(date.fromisoformat(tags[START_TAG]), date.fromisoformat(tags[END_TAG]))
    if "dagster/partition" in tags:
        return frozenset({date.fromisoformat(tags["dagster/partition"])})
    return None
