"""Daily partitions, from the first landed day to the last one or today."""

from datetime import UTC, date, datetime, timedelta

import dagster as dg

from mesh_platform.pipeline.days import Days, day_range
from mesh_platform.pipeline.landed import landed_days
from mesh_platform.settings import Settings

START_TAG, END_TAG = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
CHANGED_ONLY_TAG = "mesh/changed_only"
"""On runs that make only what changed; a run without it makes its partitions again, changed or not."""


def daily(settings: Settings) -> dg.DailyPartitionsDefinition:
    """Define a partition for each day from the first landed one to the last one or today.

    Args:
        settings: Says where the landing zone is.
    """
    today = datetime.now(UTC).date()
    days = landed_days(settings.landing) or [today]
    end = max(days[-1], today) + timedelta(days=1)
    return dg.DailyPartitionsDefinition(start_date=days[0].isoformat(), end_date=end.isoformat())


def forced_days(tags: dict[str, str]) -> Days | None:
    """Read from a run's tags which days it makes again whatever changed; None means everything."""
    if tags.get(CHANGED_ONLY_TAG):
        return frozenset()
    if START_TAG in tags:
        return day_range(date.fromisoformat(tags[START_TAG]), date.fromisoformat(tags[END_TAG]))
    if "dagster/partition" in tags:
        return frozenset({date.fromisoformat(tags["dagster/partition"])})
    return None
