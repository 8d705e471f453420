"""Campaigns: planned ahead, sent to a randomised part of their audience, with a true effect that only the world knows.

A campaign multiplies its treated customers' visits and store purchases by 1 + lift while it runs; nothing else differs
between the arms. Campaigns caused a treated customer's purchase with probability 1 - 1 / product(1 + lift).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from mesh_simulator.arrays import NOBODY, Bools, Floats, Ints, Table, constant
from mesh_simulator.customers import Customers
from mesh_simulator.world import Parameters

CHANNELS = ("email", "push", "social", "search", "display")
EVERY_DAYS = 5
"""A campaign is planned every so many days."""
LIFTS = (0.0, 0.0, 0.08, 0.15, 0.25, 0.4, 0.6)
NAMES = ("Fresh start", "Weekend", "Members only", "New arrivals", "We miss you", "Payday", "Season's best")


@dataclass(frozen=True, slots=True)
class Plan:
    """A campaign as its team planned it, and what it will truly do."""

    number: int
    created: int
    starts: int
    ends: int
    channel: int
    name: str
    budget: int
    reach: float
    hold_out: float
    lift: float
    retention: float


@dataclass(slots=True)
class Members(Table):
    """One row a campaign and customer of its audience."""

    campaign: Ints
    customer: Ints
    treated: Ints


@cache
def plan(world: Parameters, number: int) -> Plan:
    """Plan a campaign; the same number always gives the same plan."""
    rng = world.rng("campaign", number)
    created = 1 + number * EVERY_DAYS + int(rng.integers(0, 2))
    starts = created + int(rng.integers(2, 5))
    length = int(rng.integers(9, 22))
    channel = int(rng.integers(0, len(CHANNELS)))
    reach = float(rng.uniform(0.12, 0.35))
    lift = float(rng.choice(LIFTS))
    return Plan(
        number=number,
        created=created,
        starts=starts,
        ends=starts + length - 1,
        channel=channel,
        name=f"{NAMES[number % len(NAMES)]} {number + 1}",
        budget=round(world.customers * reach * float(rng.uniform(12, 60))) * 10,
        reach=reach,
        hold_out=float(rng.choice([0.1, 0.2, 0.3, 0.5])),
        lift=lift,
        retention=float(rng.choice([0.0, 0.2, 0.4])) if lift > 0 else 0.0,
    )


def plans_made(world: Parameters, day: int) -> list[Plan]:
    """The campaigns that are created on a day."""
    near = range(max(0, day // EVERY_DAYS - 1), day // EVERY_DAYS + 1)
    return [made for made in (plan(world, number) for number in near) if made.created == day]


def plans_running(world: Parameters, day: int) -> list[Plan]:
    """The campaigns that run on a day."""
    near = range(max(0, day // EVERY_DAYS - 7), day // EVERY_DAYS + 1)
    return [made for made in (plan(world, number) for number in near) if made.starts <= day <= made.ends]


def choose_audience(world: Parameters, made: Plan, people: Customers) -> Members:
    """Choose a campaign's audience and draw its hold-out by lot, an exact share of the audience."""
    rng = world.rng("audience", made.number)
    asked = made.channel < 2  # email and push need the customer's consent
    eligible = np.flatnonzero((people.marketing | (not asked)) & (people.joined < made.created) & ~people.fake)
    chosen = np.sort(rng.choice(eligible, round(len(eligible) * made.reach), replace=False))
    treated = np.ones(len(chosen), np.int64)
    treated[rng.permutation(len(chosen))[: round(len(chosen) * made.hold_out)]] = 0
    return Members(constant(len(chosen), made.number), chosen, treated)


@dataclass(frozen=True, slots=True)
class Influence:
    """What today's campaigns do to each customer.

    Args:
        factor: How much more each customer visits and buys.
        protected: What retention leaves of each customer's hazard of leaving.
        reached: Whether a running campaign treats the customer.
    """

    factor: Floats
    protected: Floats
    reached: Bools
    first: Ints
    campaign: Ints
    cumulative_lift: Floats
    cumulative_shown: Floats

    @classmethod
    def today(cls, world: Parameters, day: int, members: Members, count: int) -> Influence:
        """Sum up the running campaigns over all customers."""
        running = plans_running(world, day)
        lift, kept = {p.number: p.lift for p in running}, {p.number: 1 - p.retention for p in running}
        treated = members.where(np.isin(members.campaign, [p.number for p in running]) & (members.treated == 1))
        treated = treated.where(np.argsort(treated.customer, kind="stable"))
        log_lift = np.log1p(np.array([lift[int(c)] for c in treated.campaign], np.float64))
        log_kept = np.log(np.array([kept[int(c)] for c in treated.campaign], np.float64))
        total = np.bincount(treated.customer, log_lift, count)
        return cls(
            factor=np.exp(total),
            protected=np.exp(np.bincount(treated.customer, log_kept, count)),
            reached=np.bincount(treated.customer, minlength=count) > 0,
            first=np.searchsorted(treated.customer, np.arange(count + 1)).astype(np.int64),
            campaign=treated.campaign,
            cumulative_lift=np.concatenate([[0.0], np.cumsum(log_lift)]),
            cumulative_shown=np.concatenate([[0.0], np.cumsum(log_lift + 0.03)]),
        )

    def causes(self, rng: np.random.Generator, who: Ints) -> Ints:
        """Draw which campaign caused each purchase or visit, NOBODY where it would have happened anyway."""
        known = np.maximum(who, 0)
        caused = (rng.random(len(who)) < 1 - 1 / self.factor[known]) & (who >= 0)
        return np.where(caused, self._draw(rng, known, self.cumulative_lift), NOBODY)

    def clicks(self, rng: np.random.Generator, who: Ints, caused: Ints) -> Ints:
        """Draw which campaign each visit came from as the web shop sees it: also visits that needed no campaign."""
        known = np.maximum(who, 0)
        clicked = self.reached[known] & (who >= 0) & (rng.random(len(who)) < np.where(caused >= 0, 0.75, 0.2))
        shown = np.where(caused >= 0, caused, self._draw(rng, known, self.cumulative_shown))
        return np.where(clicked, shown, NOBODY)

    def _draw(self, rng: np.random.Generator, who: Ints, cumulative: Floats) -> Ints:
        if not len(self.campaign):
            return constant(len(who))
        low, high = cumulative[self.first[who]], cumulative[self.first[who + 1]]
        at = np.searchsorted(cumulative, low + (high - low) * rng.random(len(who)), side="right") - 1
        return self.campaign[np.clip(at, 0, len(self.campaign) - 1)]
