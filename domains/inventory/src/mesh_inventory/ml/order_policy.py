"""When to order and how much: a reorder point and an order-up-to level for every product and place.

A place looks at its stock every review period. What it orders then must last until the order after the next look has
arrived: the lead time plus the review period, the *protection interval*. The reorder point is the quantile of the
demand in that interval at the critical ratio, where one more piece costs as much to hold as it saves in lost sales
(the newsvendor). It orders up to that level plus what is cheapest to handle at once (the economic order quantity).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mesh_inventory.ml.demand.distribution import SIZES, quantiles

Floats = npt.NDArray[np.float64]
LEVEL_ERROR = 0.22
"""Relative error of a forecast's level, which all its days share, so that it does not average out: the median of what
sums over one, two and four weeks of held-out sales showed."""
LEAST_DEMAND = 1e-3
"""Pieces in an interval; nothing sells less."""
DAYS_A_YEAR = 365.0


@dataclass(frozen=True, slots=True)
class Costs:
    """What holding, missing and handling stock costs; the team's own estimates, since no product publishes them.

    Args:
        holding_rate: Cost of holding stock for a year, as a share of what it cost: capital, space, spoilage.
        lost_share: Share of the margin that a missed sale loses; the rest buys something else or comes back.
        transfer_line: Handling of one product sent to one store.
        order_line: Handling of one product ordered from a supplier.
    """

    holding_rate: float = 0.25
    lost_share: float = 1.0
    transfer_line: float = 0.4
    order_line: float = 4.0


@dataclass(frozen=True, slots=True)
class Levels:
    """Arrays of one shape: what to hold.

    Args:
        critical_ratio: The chance with which demand should be met until the next order arrives.
        reorder_point: Order when stock on hand and on order is not above it.
        order_up_to: Order so much that it reaches this.
    """

    critical_ratio: Floats
    reorder_point: Floats
    order_up_to: Floats


def interval_variance(mean: Floats, variance: Floats, daily: Floats, lead_time_deviation: Floats | float) -> Floats:
    """The variance of the demand in a protection interval.

    Args:
        mean: Its mean.
        variance: The sum of the days' variances.
        daily: Mean demand of a day.
        lead_time_deviation: Standard deviation of the lead time in days.
    """
    made: Floats = variance + (LEVEL_ERROR * mean) ** 2 + (daily * lead_time_deviation) ** 2
    return made


def size_of(mean: Floats, variance: Floats) -> Floats:
    """The size of the negative binomial with this mean and variance."""
    made: Floats = (mean**2 / np.maximum(variance - mean, mean**2 / SIZES[1])).clip(*SIZES)
    return made


def levels(
    mean: Floats, variance: Floats, daily: Floats, cost: Floats, margin: Floats, line: Floats | float, costs: Costs
) -> Levels:
    """Decide reorder points and order-up-to levels; all arrays are of one shape.

    Args:
        mean: Mean demand in the protection interval.
        variance: Its variance.
        daily: Mean demand of a day.
        cost: What a piece cost.
        margin: What a sale earns.
        line: What an order line costs.
        costs: The rates.
    """
    mean, daily = np.maximum(mean, LEAST_DEMAND), np.maximum(daily, LEAST_DEMAND / DAYS_A_YEAR)
    holding = np.maximum(cost * costs.holding_rate / DAYS_A_YEAR, 1e-6)
    economic = np.sqrt(2 * line * daily / holding)
    cycle = np.maximum(economic / daily, 1.0)
    missed = np.maximum(margin * costs.lost_share, 1e-6)
    ratio = missed / (missed + holding * cycle)
    point = quantiles(mean.ravel(), size_of(mean, variance).ravel(), ratio.reshape(-1, 1)).reshape(mean.shape)
    return Levels(ratio, point, point + np.maximum(np.round(economic), 1.0))


def order_quantity(position: Floats, reorder_point: Floats, order_up_to: Floats, pack: Floats) -> Floats:
    """How much to order: whole packs that bring the position to the order-up-to level; 0 above the reorder point.

    Args:
        position: Pieces on hand and on order.
        reorder_point: From `levels`.
        order_up_to: From `levels`.
        pack: Pieces in a pack.
    """
    wish = np.maximum(order_up_to - position, 0.0)
    return np.where(position <= reorder_point, np.ceil(wish / pack) * pack, 0.0)


def shortage(mean: Floats, variance: Floats, position: Floats) -> tuple[Floats, Floats]:
    """What is missed if nothing more comes in the protection interval.

    Args:
        mean: Mean demand in it.
        variance: Its variance.
        position: Pieces that there are.

    Returns:
        The probability that demand exceeds the position, and the expected number of pieces missed.
    """
    from scipy.stats import nbinom

    mean = np.maximum(mean, LEAST_DEMAND)
    size = size_of(mean, variance)
    chance = size / (size + mean)
    stock = np.floor(np.maximum(position, 0.0))
    beyond = nbinom.sf(stock, size, chance)
    # E[(D - s)+] = mean * P(D' >= s) - s * P(D > s), since k P(D = k) = mean * P(D' = k - 1) with a size one larger
    above = mean * nbinom.sf(stock - 1, size + 1, chance)
    return np.asarray(beyond), np.asarray(np.maximum(above - stock * beyond, 0.0))
