"""The policy in force, inferred from the ledger: at which stock places are supplied, and up to which level.

Read off what happened, as a table over the rate of sale: nobody publishes the rules of the ordering system.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mesh_inventory.ml.network import Ledger, Network

Floats = npt.NDArray[np.float64]
BINS = 24
"""Classes of the rate of sale."""
TRIGGER_QUANTILE = 0.9
"""Orders are given at or below the reorder point, most a little below; the few highest are counting errors."""
LEAST_EVENTS = 30
"""Fewer supplies tell no policy."""


@dataclass(frozen=True, slots=True)
class CurrentPolicy:
    """Reorder point and order-up-to level over the rate of sale, each as knots of a curve.

    Args:
        rate: Pieces a day; rising.
        reorder_point: In stores at that rate.
        order_up_to: In stores.
        depot_rate: Pieces a day that leave the warehouses; rising.
        depot_cover: In warehouses: stock that is left when the next delivery arrives.
        depot_lot: In warehouses: pieces of a delivery.
    """

    rate: Floats
    reorder_point: Floats
    order_up_to: Floats
    depot_rate: Floats
    depot_cover: Floats
    depot_lot: Floats

    def levels(self, network: Network, rate: Floats) -> tuple[Floats, Floats]:
        """Reorder points and order-up-to levels.

        Args:
            network: Places and products.
            rate: Pieces that leave a place in a day; (…, places, skus).
        """
        point = np.floor(np.interp(rate, self.rate, self.reorder_point))
        upto = np.ceil(np.interp(rate, self.rate, self.order_up_to))
        depot = rate[..., -1, :]
        point[..., -1, :] = np.interp(depot, self.depot_rate, self.depot_cover) + depot * (network.lead + 1)
        upto[..., -1, :] = point[..., -1, :] + np.interp(depot, self.depot_rate, self.depot_lot)
        return point, np.maximum(upto, point + 1)


def infer(network: Network, ledger: Ledger, rate: Floats) -> CurrentPolicy:
    """Infer the policy from how places were supplied.

    Args:
        network: Places and products; `transfer_days` at least 1.
        ledger: What happened.
        rate: Pieces that left a place in a day, by the days before; (days, places, skus).
    """
    lag = max(network.transfer_days, 1)
    came = np.maximum(ledger.transferred[:, :-1], 0.0)
    # supplied on day d, decided on the morning of d - lag, when the stock was that of the evening before
    ordered = came[lag + 1 :]
    position = ledger.on_hand[: -lag - 1, :-1].copy()
    for day in range(1, lag + 1):
        position += came[day : len(came) - lag - 1 + day]
    where = (ordered > 0) & ledger.carried[: -lag - 1, :-1]
    pace = rate[: -lag - 1, :-1]
    knots, point, upto = _curve(pace[where], position[where], (position + ordered)[where])
    lots = ledger.received[1:, -1]
    hit = (lots > 0) & ledger.carried[:-1, -1]
    depot_knots, cover, lot = _curve(rate[:-1, -1][hit], ledger.on_hand[:-1, -1][hit], lots[hit], trigger=0.5)
    return CurrentPolicy(knots, point, upto, depot_knots, cover, lot)


def _curve(rate: Floats, low: Floats, high: Floats, trigger: float = TRIGGER_QUANTILE) -> tuple[Floats, Floats, Floats]:
    """Knots over classes of the rate: a high quantile of `low`, the median of `high`."""
    if len(rate) < LEAST_EVENTS:
        return np.zeros(1), np.zeros(1), np.ones(1)
    edges = np.unique(np.quantile(rate, np.linspace(0, 1, BINS + 1)))
    klass = np.clip(np.searchsorted(edges, rate, side="right") - 1, 0, max(len(edges) - 2, 0))
    found = [
        (rate[klass == k].mean(), np.quantile(low[klass == k], trigger), np.median(high[klass == k]))
        for k in np.unique(klass)
    ]
    knots, point, upto = (np.asarray(column, np.float64) for column in zip(*found, strict=True))
    return knots, point, upto


def open_orders(
    network: Network, ledger: Ledger, point: Floats, upto: Floats, carried: npt.NDArray[np.bool_]
) -> Floats:
    """Guess what suppliers still owe: the ledger tells of goods only when they arrive.

    Deliveries of the last lead time had been ordered before it. From there on, an order is taken to be given on each
    day on which stock and open orders fall to the reorder point of the policy in force.

    Args:
        network: Places and products.
        ledger: What happened, up to now.
        point: Reorder points of the policy in force now; (skus).
        upto: Its order-up-to levels; (skus).
        carried: Whether the warehouses hold the product; (skus).

    Returns:
        Pieces on order for the warehouses; (skus).
    """
    lead = np.minimum(np.maximum(np.round(network.lead), 1), len(ledger.days) - 1).astype(np.int64)
    days = len(ledger.days)
    owed = np.zeros(len(network.skus))
    for day in range(days - int(lead.max(initial=1)), days):
        since = days - lead
        begins = day == since
        later = ledger.received[day:, -1].sum(axis=0)
        owed = np.where(begins, later, owed)
        position = ledger.on_hand[day - 1, -1] + owed
        wish = np.ceil(np.maximum(upto - position, 0) / network.pack) * network.pack
        owed = owed + np.where((day >= since) & (position <= point) & carried, wish, 0.0)
        owed = np.where(day >= since, np.maximum(owed - ledger.received[day, -1], 0.0), owed)
    return owed
