"""Visits to the web shop: who comes, when, from where, in which variant of the running experiment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mesh_simulator.arrays import NOBODY, Floats, Ints, Table, constant, mixed, pick_same
from mesh_simulator.campaigns import plans_running
from mesh_simulator.ids import MS_PER_DAY
from mesh_simulator.today import Today

KNOWN_VISITS = 0.052
"""Visits a day of a customer who buys half on the web."""
UNKNOWN_VISITS = 170.0
"""Visits a day, in a world of scale 1, of people without an account."""
CURIOUS = 0.006
"""Visits a day of customers who have lapsed: they look, and never buy."""
REFERRERS = ("direct", "google", "bing", "instagram", "newsletter", "partner", "email", "push", "social", "ads")
HOURS = np.array([2, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 9, 10, 10, 9, 9, 9, 10, 12, 14, 15, 13, 9, 5], np.float64)
LONGEST_MS = 620_000
"""No visit lasts longer; all end on the day on which they began."""
FROM_CHANNEL = np.array([6, 7, 8, 9, 9])
"""The referrer of a click on a campaign, by its channel."""


@dataclass(slots=True)
class Visits(Table):
    """One row a visit.

    Columns: customer (who it truly is), visitor (the browser), start (milliseconds of the day), pace (milliseconds
    between two actions' slots), logged_in, campaign (clicked), cause (the campaign without which it would not have
    happened), referrer, variant.
    """

    customer: Ints
    visitor: Ints
    start: Ints
    pace: Ints
    logged_in: Ints
    campaign: Ints
    cause: Ints
    referrer: Ints
    variant: Ints

    def at(self, visit: Ints, slot: Floats) -> Ints:
        """The millisecond of the day of an action in a slot of a visit."""
        return (self.start[visit] + self.pace[visit] * slot).astype(np.int64)


def come(today: Today) -> Visits:
    """Draw today's visits."""
    rng, people = today.rng("visits"), today.state.people
    rate = KNOWN_VISITS * today.energy * (0.25 + 2 * people.online) * today.influence.factor
    rate += CURIOUS * ((people.lapses <= today.day) & ~people.fake)
    known = np.repeat(np.arange(len(people)), rng.poisson(rate * _weekday(today)))
    unknown = int(rng.poisson(UNKNOWN_VISITS * today.world.scale * _weekday(today)))
    customer = np.concatenate([known, constant(unknown)])
    strangers = max(20, round(9_000 * today.world.scale))
    stranger = 1_000_000_000 + np.minimum(rng.geometric(3 / strangers, len(customer)), strangers) + today.day * 40
    cause = today.influence.causes(rng, customer)
    campaign = today.influence.clicks(rng, customer, cause)
    visitor = mixed(np.where(customer >= 0, customer * 4 + (rng.random(len(customer)) < 0.25), stranger), 1)
    return Visits(
        customer=customer,
        visitor=visitor,
        start=_starts(rng, len(customer)),
        pace=rng.integers(300, 901, len(customer)),
        logged_in=((customer >= 0) & (rng.random(len(customer)) < 0.8)).astype(np.int64),
        campaign=campaign,
        cause=cause,
        referrer=referrers(today, rng, campaign),
        variant=today.experiment.variants(visitor) if today.experiment else constant(len(visitor)),
    )


def _weekday(today: Today) -> float:
    return (1.0, 0.95, 0.95, 0.95, 0.9, 1.0, 1.25)[today.date.weekday()]


def _starts(rng: np.random.Generator, count: int) -> Ints:
    hour = pick_same(rng, HOURS, count)
    start = hour * 3_600_000 + rng.integers(0, 3_600_000, count)
    return 120_000 + start * (MS_PER_DAY - LONGEST_MS - 120_000) // MS_PER_DAY


def referrers(today: Today, rng: np.random.Generator, campaign: Ints) -> Ints:
    """Say where visits came from: the campaign's channel if one was clicked."""
    own = pick_same(rng, np.array([0.42, 0.34, 0.08, 0.06, 0.04, 0.06]), len(campaign))
    channel = channels(today)[campaign]
    return np.where(campaign == NOBODY, own, FROM_CHANNEL[channel])


def channels(today: Today) -> Ints:
    """The channel of every campaign up to today, by number."""
    running = plans_running(today.world, today.day)
    table = constant(max((p.number for p in running), default=0) + 2, 0)
    table[[p.number for p in running]] = [p.channel for p in running]
    return table
