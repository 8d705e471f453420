"""What the campaign tool writes: campaigns, their audience, their spend, their promotions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from mesh_simulator.arrays import Ints
from mesh_simulator.campaigns import CHANNELS, Members, Plan, plans_running
from mesh_simulator.ids import Written, cents, look, numbered, written
from mesh_simulator.promotions import Promotions
from mesh_simulator.world import Parameters


def campaign_ids(numbers: Ints) -> Written:
    """The ids of campaigns, missing for NOBODY."""
    return numbered("CMP-", np.where(numbers < 0, -1, numbers + 1), 4)


def promotion_ids(numbers: Ints) -> Written:
    """The ids of promotions, missing for NOBODY."""
    return numbered("PR-", np.where(numbers < 0, -1, numbers + 1), 5)


def _dates(world: Parameters, days: Ints) -> pl.Series:
    return pl.Series([world.date_of(int(day)) for day in days], dtype=pl.Date)


def campaign_rows(world: Parameters, made: Sequence[Plan]) -> pl.DataFrame:
    """Write the campaigns that were created today."""
    return written(
        {
            "campaign_id": campaign_ids(np.array([p.number for p in made], np.int64)),
            "name": pl.Series([p.name for p in made], dtype=pl.String),
            "channel": look(CHANNELS, np.array([p.channel for p in made], np.int64)),
            "starts_on": _dates(world, np.array([p.starts for p in made], np.int64)),
            "ends_on": _dates(world, np.array([p.ends for p in made], np.int64)),
            "budget": cents(np.array([p.budget for p in made], np.int64)),
        }
    )


def audience_rows(members: Members) -> pl.DataFrame:
    """Write the audiences that were drawn today."""
    return written(
        {
            "campaign_id": campaign_ids(members.campaign),
            "customer_id": numbered("C", members.customer, 7),
            "arm": look(("control", "treated"), members.treated),
        }
    )


def spend_rows(world: Parameters, day: int) -> pl.DataFrame:
    """Write what the running campaigns spent today."""
    running = plans_running(world, day)
    rng = world.rng("spend", day)
    days = np.array([p.ends - p.starts + 1 for p in running], np.int64)
    budget = np.array([p.budget for p in running], np.int64)
    spend = np.round(budget / np.maximum(days, 1) * rng.uniform(0.8, 1.15, len(running))).astype(np.int64)
    return written(
        {
            "campaign_id": campaign_ids(np.array([p.number for p in running], np.int64)),
            "day": pl.Series([world.date_of(day)] * len(running), dtype=pl.Date),
            "spend": cents(spend),
        }
    )


def promotion_rows(world: Parameters, made: Promotions) -> pl.DataFrame:
    """Write the promotions that were created today."""
    return written(
        {
            "promotion_id": promotion_ids(made.number),
            "campaign_id": campaign_ids(made.campaign),
            "sku": numbered("P", made.sku + 1, 5),
            "discount_pct": pl.Series(made.percent.astype(np.float64)),
            "starts_on": _dates(world, made.starts),
            "ends_on": _dates(world, made.ends),
        }
    )
