"""The last weeks replayed under the plan's policy, beside what the current one really led to.

Forecasts of past days are those that the features of their eve allow: the series' level and the location's weekdays.
The model forecasts better, so that the replay promises no more than the plan keeps. Missed demand is filled in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_inventory.ml.current_policy import CurrentPolicy, infer
from mesh_inventory.ml.network import Ledger, Network, cube
from mesh_inventory.ml.order_policy import Costs
from mesh_inventory.ml.outlook import decide, look_ahead
from mesh_inventory.ml.simulate_stock import Outcome, Rules, as_it_was, beginning, simulate

if TYPE_CHECKING:
    from mesh_platform.lake import Pinned

Floats = npt.NDArray[np.float64]
REPLAYED_DAYS = 42
"""Six weeks: longer than any lead time, so that the plan's own orders arrive."""
BEFORE_DAYS = 28
"""Days before them, from which the current policy is inferred and what was on its way is known."""
AHEAD_DAYS = 21
"""Days of forecasts that a decision looks at."""
PLAIN_SIZE = 1.5
"""How wide plain forecasts are taken to be: the size of a negative binomial for a day."""
WEEK = 7
SEED = 42


@dataclass(frozen=True, slots=True)
class Past:
    """What was asked for and sold; (days, places, skus) each, the web in the last row.

    Args:
        demand: Pieces asked for, the missed ones filled in.
        sold: Pieces sold.
        level: Pieces a day, as the features of each evening said.
        week: How the seven weekdays after each day compare; (days, places, 7).
    """

    demand: Floats
    sold: Floats
    level: Floats
    week: Floats

    def rate(self, ledger: Ledger) -> Floats:
        """Pieces that left each place in a day, over the 28 days before each."""
        left = self.sold.copy()
        left[:, -1] += np.maximum(-ledger.transferred[:, -1], 0.0)
        total = np.concatenate([np.zeros((1, *left.shape[1:])), np.cumsum(left, axis=0)])
        day = np.arange(len(left))
        since = np.maximum(day - BEFORE_DAYS, 0)
        made: Floats = (total[day] - total[since]) / np.maximum(day - since, 1)[:, None, None]
        return made


def read_past(tables: Pinned, network: Network, days: list[date]) -> Past:
    """Read demand and levels from the features, and fill in what empty shelves missed.

    A missed part of a day is drawn from a Poisson around the expectation of that part, always the same way.
    """
    weekdays = [f"location_weekday_{ahead}" for ahead in range(1, WEEK + 1)]
    columns = ["sku", "location_id", "day", "units", "served", "level", *weekdays]
    rows = (
        tables.scan("inventory.demand_features", days=days).select(columns).filter(pl.col("day").is_in(days)).collect()
    )
    sold, served, level = (cube(network, rows, column, days) for column in ("units", "served", "level"))
    week = np.ones((len(days), network.shape[0], WEEK))
    places = rows.group_by("location_id", "day").agg(pl.col(weekdays).first())
    found = places.with_columns(
        network.row(pl.col("location_id")).alias("place"), (pl.col("day") - days[0]).dt.total_days().alias("at")
    ).drop_nulls("place")
    week[found["at"].to_numpy(), found["place"].to_numpy()] = found.select(weekdays).to_numpy()
    today = np.roll(week[:, :, 0], 1, axis=0)
    expected = level * today[:, :, None] * (1 - served) * (level > 0)
    missed = np.random.default_rng(SEED).poisson(np.maximum(expected, 0.0))
    return Past(sold + missed, sold, level, week)


def plan_levels(network: Network, past: Past, first: int, costs: Costs) -> tuple[Floats, Floats, Floats]:
    """The plan's levels for each morning from a day on, from the features of the evening before.

    Returns:
        Reorder points and order-up-to levels, (days, places, skus) each, and the web's reserve, (days, skus).
    """
    points, tops, reserves = [], [], []
    for day in range(first, len(past.level)):
        week = past.week[day - 1][:, np.arange(AHEAD_DAYS) % WEEK].T
        mean = past.level[day - 1] * week[:, :, None]
        outlook = look_ahead(network, mean, mean + mean**2 / PLAIN_SIZE)
        made = decide(network, outlook, costs)
        points.append(made.reorder_point)
        tops.append(made.order_up_to)
        reserves.append(outlook.reserve)
    return np.array(points), np.array(tops), np.array(reserves)


def part(ledger: Ledger, first: int, last: int | None = None) -> Ledger:
    """The ledger of some of its days."""
    days = slice(first, last)
    return Ledger(
        ledger.days[days],
        ledger.on_hand[days],
        ledger.received[days],
        ledger.transferred[days],
        ledger.carried[days],
    )


@dataclass(frozen=True, slots=True)
class Replay:
    """Three ways through the same weeks.

    Args:
        planned: Under the plan's policy.
        current: What really happened.
        current_replayed: Under the current policy as inferred: how far the replay itself is to be trusted.
    """

    planned: Outcome
    current: Outcome
    current_replayed: Outcome


def replay(network: Network, ledger: Ledger, past: Past, demand: Floats, first: int, costs: Costs) -> Replay:
    """Replay the days from `first` on.

    Args:
        network: Places and products.
        ledger: What happened, from before `first` on.
        past: What was sold.
        demand: Pieces asked for; `past.demand` where the truth is not known.
        first: The first replayed day, a place in the ledger's days.
        costs: What everything costs.
    """
    start = beginning(network, ledger, first)
    rules = Rules(*plan_levels(network, past, first, costs))
    rate = past.rate(ledger)
    point, top = current_policy(network, ledger, rate, first).levels(network, rate[first:])
    now = Rules(point, top, np.zeros((len(point), len(network.skus))))
    sold = np.minimum(past.sold, demand)
    return Replay(
        simulate(network, start, demand[first:], rules, costs, SEED),
        as_it_was(network, part(ledger, first), demand[first:], sold[first:], costs),
        simulate(network, start, demand[first:], now, costs, SEED),
    )


def current_policy(network: Network, ledger: Ledger, rate: Floats, until: int) -> CurrentPolicy:
    """Infer the current policy from the days before `until`; the first two weeks have no rate yet."""
    since = min(BEFORE_DAYS // 2, until // 2)
    return infer(network, part(ledger, since, until), rate[since:until])


def enough(days: list[date]) -> int | None:
    """The first day to replay, as a place in the days; None where they are too few."""
    first = len(days) - REPLAYED_DAYS
    return first if first >= BEFORE_DAYS else None


def window(newest: date, oldest: date) -> list[date]:
    """The days to read for a replay that ends on the newest day."""
    first = max(newest - timedelta(days=REPLAYED_DAYS + 2 * BEFORE_DAYS - 1), oldest)
    return [first + timedelta(days=n) for n in range((newest - first).days + 1)]
