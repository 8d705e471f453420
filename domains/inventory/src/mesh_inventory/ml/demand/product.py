"""Makes the rows of inventory.demand_features."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from mesh_inventory.ml.demand.censoring import PROFILE_DAYS
from mesh_inventory.ml.demand.history import WINDOW_DAYS, features
from mesh_inventory.ml.demand.reading import read_panel
from mesh_platform.ml import Making


def demand_features(making: Making) -> pl.DataFrame:
    """Make the features of the days that are made, from them and from the days before that they look back on."""
    newest = (making.known_until - timedelta(days=1)).date()
    seen = [day for day in making.tables.days if day <= newest]
    days = sorted(set(seen) & making.days) if making.days is not None else seen
    if not days:
        days = [newest]
    first = max(days[0] - timedelta(days=WINDOW_DAYS + PROFILE_DAYS), seen[0])
    panel = read_panel(making.tables, first, days[-1])
    return features(panel, days)
