"""What of the recommendations is watched: the features of candidates, and lists whose fortnight is over.

Features of the hold-out are of customers who bought in a fortnight, as known before it. So the newest fortnight that is
over is looked at; candidates of today would be of other customers, which is no drift.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import polars as pl

from mesh_marketing.ml.recommend.evidence import Evidence, day_number
from mesh_marketing.ml.recommend.judging import as_judged
from mesh_marketing.ml.recommend.rows import labelled_rows
from mesh_marketing.ml.recommendations import RECIPE, WINDOW_DAYS
from mesh_platform.ml.watch import Watched, health

if TYPE_CHECKING:
    from mesh_platform.lake import Pinned
    from mesh_platform.ml import Making

LISTS = """
with known_before as (
    select distinct customer_id from sales.order_lines, times
    where quantity > 0 and ordered_at < made and ingested_at <= made
)
select l.customer_id, l.rank, l.sku, cast(made as date) as day, cast(l.model_version as bigint) as model_version
from marketing.recommendations as l
join times on l.as_of = times.day
semi join known_before on l.customer_id = known_before.customer_id
order by l.customer_id, l.rank
"""
BOUGHT = """
select distinct customer_id, sku from sales.order_lines, times
where quantity > 0 and ordered_at >= made and ordered_at < until and ingested_at <= known
"""


def model_health(making: Making) -> pl.DataFrame:
    """Make the rows of marketing.model_health."""
    return health(making, WATCHED)


def current(tables: Pinned, days: frozenset[date]) -> pl.DataFrame:
    """Make the candidates of those who bought in the fortnight up to the newest of the days.

    Args:
        tables: Holds the recommendations' tables.
        days: The newest days.
    """
    until = _end_of(max(days))
    cut = day_number(until) - WINDOW_DAYS
    return labelled_rows(Evidence.read(tables, until, [cut]), cut, WINDOW_DAYS)


def labelled(tables: Pinned, as_of: datetime) -> pl.DataFrame:
    """Take the newest lists whose fortnight is over, of customers who bought before and in it, and what they bought.

    Unlike the hold-out's, these lists leave out what was out of stock, so their performance is a little lower.

    Args:
        tables: Holds sales.order_lines and marketing.recommendations.
        as_of: The time.
    """
    last = (as_of - timedelta(days=WINDOW_DAYS + 1)).date()
    made = tables.sql(f"select max(as_of) as day from marketing.recommendations where as_of <= date '{last}'")
    times = _times(made["day"].item() or last, as_of)
    return as_judged(tables.sql(LISTS, times=times), tables.sql(BOUGHT, times=times))


def _times(day: date, as_of: datetime) -> pl.DataFrame:
    made = _end_of(day)
    times = {"made": made, "until": made + timedelta(days=WINDOW_DAYS), "known": as_of}
    schema = {"day": pl.Date(), **dict.fromkeys(times, pl.Datetime("us", "UTC"))}
    return pl.DataFrame([{"day": day, **times}], schema=schema)


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)


WATCHED = Watched(RECIPE, current, labelled, RECIPE.segments)
