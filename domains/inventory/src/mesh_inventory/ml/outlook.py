"""The demand that an order must last for: its mean and variance over the protection interval of each place.

Stores need it for the time until the transfer after the next arrives; warehouses for the supplier's lead time, and for
all that they serve: the web and the stores.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mesh_inventory.ml.network import Network
from mesh_inventory.ml.order_policy import Costs, Levels, interval_variance, levels

Floats = npt.NDArray[np.float64]
LEAD_TIME_DEVIATION = 1.3
"""Days by which suppliers' lead times spread. Assumed: orders are not in the ledger, so that it can't be measured."""
WAREHOUSE_REVIEW_DAYS = 1


@dataclass(frozen=True, slots=True)
class Outlook:
    """Demand ahead; arrays are (places, skus).

    Args:
        days: The protection interval in days.
        mean: Mean demand in it.
        variance: Its variance, the error of the level and late suppliers included.
        daily: Mean demand of a day.
        reserve: What the web alone is expected to need in the warehouses' interval, and stores may not take; (skus).
    """

    days: Floats
    mean: Floats
    variance: Floats
    daily: Floats
    reserve: Floats


def protection_days(network: Network) -> npt.NDArray[np.int64]:
    """Lead time plus review period, in whole days; (places, skus)."""
    lead = np.maximum(np.round(network.lead), 1).astype(np.int64)
    days = np.broadcast_to(lead + WAREHOUSE_REVIEW_DAYS, network.shape).copy()
    if network.warehouses:
        days[:-1] = max(network.transfer_days, 1) + network.review_days
    return days


def look_ahead(network: Network, mean: Floats, variance: Floats) -> Outlook:
    """Add up daily forecasts over the protection intervals.

    Args:
        network: Places and products.
        mean: Mean demand of the coming days; (days, places, skus), the web's in the last row. Intervals that reach
            beyond the last day go on like the average day.
        variance: Its variance; likewise.
    """
    days = protection_days(network)
    total_mean, total_variance = mean.copy(), variance.copy()
    reserve = np.ceil(_over(mean[:, -1:], days[-1:]))[0]
    if network.warehouses:
        total_mean[:, -1] += mean[:, :-1].sum(axis=1)
        total_variance[:, -1] += variance[:, :-1].sum(axis=1)
    interval, spread = _over(total_mean, days), _over(total_variance, days)
    daily = total_mean.mean(axis=0)
    late = np.full(network.shape, LEAD_TIME_DEVIATION)
    if network.warehouses:
        late[:-1] = 0.0
    return Outlook(days.astype(np.float64), interval, interval_variance(interval, spread, daily, late), daily, reserve)


def _over(values: Floats, days: npt.NDArray[np.int64]) -> Floats:
    """Add up the first days of each place and product."""
    sums = np.cumsum(values, axis=0)
    last = np.minimum(days, len(values)) - 1
    place, sku = np.indices(days.shape)
    beyond = days - last - 1
    made: Floats = sums[last, place, sku] + beyond * values.mean(axis=0)
    return made


def decide(network: Network, outlook: Outlook, costs: Costs) -> Levels:
    """The levels of every place and product."""
    line = np.full(network.shape, costs.order_line)
    if network.warehouses:
        line[:-1] = costs.transfer_line
    cost, margin = np.broadcast_to(network.cost, network.shape), np.broadcast_to(network.margin, network.shape)
    return levels(outlook.mean, outlook.variance, outlook.daily, cost, margin, line, costs)
