"""What of the recommendations is watched: the features of candidates, made as those of the hold-out were.

These are of customers who bought in a fortnight, as known before it. So the newest fortnight that is over is looked at;
candidates of today would be of other customers, which is no drift. Published lists are replaced every day, and those of
a fortnight ago can't be judged any more: the performance stays unknown.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import polars as pl

from mesh_marketing.ml.recommend.evidence import Evidence, day_number
from mesh_marketing.ml.recommend.rows import labelled_rows
from mesh_marketing.ml.recommendations import RECIPE, WINDOW_DAYS
from mesh_platform.ml.watch import Watched, health

if TYPE_CHECKING:
    from mesh_platform.lake import Pinned
    from mesh_platform.ml import Making


def model_health(making: Making) -> pl.DataFrame:
    """Make the rows of marketing.model_health."""
    return health(making, WATCHED)


def current(tables: Pinned, days: frozenset[date]) -> pl.DataFrame:
    """Make the candidates of those who bought in the fortnight up to the newest of the days.

    Args:
        tables: Holds the recommendations' tables.
        days: The newest days.
    """
    until = datetime.combine(max(days) + timedelta(days=1), time(), UTC)
    cut = day_number(until) - WINDOW_DAYS
    return labelled_rows(Evidence.read(tables, until, [cut]), cut, WINDOW_DAYS)


def labelled(tables: Pinned, as_of: datetime) -> pl.DataFrame:
    """No list of the past is kept that could be judged."""
    return pl.DataFrame(schema={"day": pl.Date(), "model_version": pl.Int64()})


WATCHED = Watched(RECIPE, current, labelled, RECIPE.segments)
