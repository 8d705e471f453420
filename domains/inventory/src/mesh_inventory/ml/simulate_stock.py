"""What would have happened under another policy: days of orders, transfers, sales and lost sales, replayed.

Each day begins with what arrives; then stores that are looked at are sent what they are short of, as far as the
warehouses have it, and the warehouses order from suppliers; then customers come. Demand is given, and the same for
every policy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mesh_inventory.ml.network import Ledger, Network
from mesh_inventory.ml.order_policy import DAYS_A_YEAR, Costs, order_quantity

Floats = npt.NDArray[np.float64]
LATE_DAYS = 0.6
"""Suppliers come so many days late on average in a simulation: the ledger does not tell, as orders are not in it."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a simulation begins.

    Args:
        on_hand: Pieces on the evening before; (places, skus).
        arriving: Pieces that were on their way then, by day of arrival; (days, places, skus).
        carried: Which products are at which places; (places, skus).
    """

    on_hand: Floats
    arriving: Floats
    carried: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rules:
    """A policy's decisions, each as made on the morning of its day.

    Args:
        reorder_point: When to order; (days, places, skus).
        order_up_to: Up to which level; likewise.
        reserve: What stores may not take from the warehouses; (days, skus).
    """

    reorder_point: Floats
    order_up_to: Floats
    reserve: Floats


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a policy led to, by place: daily averages but for the two rates.

    Args:
        fill_rate: Share of demand that was met.
        stock_out_rate: Share of products that had nothing left in the evening.
        pieces: Pieces in stock.
        holding_cost: Cost of holding them.
        lost_cost: Margin of the sales that were missed.
        handling_cost: Cost of order lines.
        demand: Pieces asked for, by which places are weighed.
        carried: Products carried, by which they are weighed.
    """

    fill_rate: Floats
    stock_out_rate: Floats
    pieces: Floats
    holding_cost: Floats
    lost_cost: Floats
    handling_cost: Floats
    demand: Floats
    carried: Floats

    @property
    def cost(self) -> Floats:
        """Total cost a day, by place."""
        return self.holding_cost + self.lost_cost + self.handling_cost

    def summary(self) -> dict[str, float]:
        """The figures of all places together."""
        return {
            "fill rate": float(np.average(self.fill_rate, weights=np.maximum(self.demand, 1e-9))),
            "stock-out rate": float(np.average(self.stock_out_rate, weights=np.maximum(self.carried, 1e-9))),
            "pieces": float(self.pieces.sum()),
            "holding cost": float(self.holding_cost.sum()),
            "lost cost": float(self.lost_cost.sum()),
            "handling cost": float(self.handling_cost.sum()),
            "total cost": float(self.cost.sum()),
        }


def simulate(network: Network, start: Start, demand: Floats, rules: Rules, costs: Costs, seed: int) -> Outcome:
    """Replay days under a policy.

    Args:
        network: Places and products.
        start: The evening before.
        demand: Pieces asked for; (days, places, skus), the web's in the last row.
        rules: The policy.
        costs: What everything costs.
        seed: Decides how late suppliers are.
    """
    rng = np.random.default_rng(seed)
    days = len(demand)
    on_hand = start.on_hand.copy()
    longest = int(network.lead.max(initial=0)) + 60
    coming = np.zeros((days + longest, *network.shape))
    coming[: len(start.arriving)] += start.arriving
    on_order = coming.sum(axis=0)
    evening, sold, lines = np.zeros(demand.shape), np.zeros(demand.shape), np.zeros(demand.shape)
    for day in range(days):
        on_hand += coming[day]
        on_order -= coming[day]
        point, top = rules.reorder_point[day], rules.order_up_to[day]
        wish = order_quantity(on_hand + on_order, point, top, _packs(network)) * start.carried
        sent = _send(network, day, on_hand[-1] - rules.reserve[day], wish[:-1])
        on_hand[-1] -= sent.sum(axis=0)
        wish = order_quantity(on_hand + on_order, point, top, _packs(network)) * start.carried
        ordered, due = _order(network, day, wish, rng)
        place, sku = np.nonzero(ordered)
        np.add.at(coming, (due[place, sku], place, sku), ordered[place, sku])
        coming[day + max(network.transfer_days, 1), :-1] += sent
        on_order += ordered
        on_order[:-1] += sent
        lines[day] = ordered > 0
        lines[day, :-1] += sent > 0
        sold[day] = np.minimum(on_hand, demand[day])
        on_hand -= sold[day]
        evening[day] = on_hand
    return outcome(network, evening, demand, sold, lines, np.broadcast_to(start.carried, demand.shape), costs)


def _packs(network: Network) -> Floats:
    """Pieces in which places order: suppliers' packs, single ones from the warehouse."""
    packs = np.broadcast_to(network.pack, network.shape).copy()
    if network.warehouses:
        packs[:-1] = 1.0
    return packs


def _send(network: Network, day: int, spare: Floats, wish: Floats) -> Floats:
    """What the warehouses send to the stores that are looked at today, in turn; (stores, skus)."""
    stores = len(network.stores)
    if not network.warehouses:
        return np.zeros(wish.shape)
    looked_at = ((np.arange(stores) + day) % network.review_days == 0)[:, None]
    turn = np.roll(np.arange(stores), day)
    asked = (wish * looked_at)[turn]
    before = np.cumsum(asked, axis=0) - asked
    given: Floats = np.clip(np.maximum(spare, 0.0) - before, 0.0, asked)
    return given[np.argsort(turn)]


def _order(network: Network, day: int, wish: Floats, rng: np.random.Generator) -> tuple[Floats, npt.NDArray[np.int64]]:
    """What is ordered from suppliers, and on which day of the simulation it arrives; (places, skus) each."""
    ordered = wish.copy()
    if network.warehouses:
        ordered[:-1] = 0.0
    late = rng.poisson(LATE_DAYS, wish.shape)
    due = day + np.maximum(np.round(network.lead).astype(np.int64) + late, 1)
    return ordered, np.asarray(due)


def outcome(
    network: Network,
    evening: Floats,
    demand: Floats,
    sold: Floats,
    lines: Floats,
    carried: npt.NDArray[np.bool_],
    costs: Costs,
) -> Outcome:
    """Count what happened, whether simulated or real; all arrays are (days, places, skus).

    Args:
        network: Places and products.
        evening: Pieces on hand at the end of the day.
        demand: Pieces asked for.
        sold: Pieces sold.
        lines: Order lines that were sent or ordered for the place.
        carried: Which products are at which places.
        costs: What everything costs.
    """
    days = len(demand)
    asked = demand.sum(axis=(0, 2))
    here = carried.sum(axis=(0, 2)).astype(np.float64)
    line = np.where(np.arange(len(asked)) < len(asked) - 1, costs.transfer_line, costs.order_line)
    if not network.warehouses:
        line = np.full(len(asked), costs.order_line)
    return Outcome(
        fill_rate=np.where(asked > 0, sold.sum(axis=(0, 2)) / np.maximum(asked, 1e-9), 1.0),
        stock_out_rate=((evening <= 0) & carried).sum(axis=(0, 2)) / np.maximum(here, 1),
        pieces=(evening * carried).sum(axis=(0, 2)) / days,
        holding_cost=(evening * carried * network.cost).sum(axis=(0, 2)) * costs.holding_rate / DAYS_A_YEAR / days,
        lost_cost=((demand - sold) * network.margin).sum(axis=(0, 2)) * costs.lost_share / days,
        handling_cost=lines.sum(axis=(0, 2)) * line / days,
        demand=asked / days,
        carried=here / days,
    )


def as_it_was(network: Network, ledger: Ledger, demand: Floats, sold: Floats, costs: Costs) -> Outcome:
    """What the current policy really led to, by the ledger.

    Args:
        network: Places and products.
        ledger: The days' ledger.
        demand: Pieces asked for, whether they were there or not.
        sold: Pieces sold.
        costs: What everything costs.
    """
    lines = (ledger.received > 0).astype(np.float64)
    lines[:, :-1] += ledger.transferred[:, :-1] > 0
    return outcome(network, ledger.on_hand, demand, sold, lines, ledger.carried, costs)


def beginning(network: Network, ledger: Ledger, first: int) -> Start:
    """Begin on a day of the ledger: with its stock, and with what was on its way then.

    What arrived within the lead time after the day had been ordered before it, by whichever policy was in force.

    Args:
        network: Places and products.
        ledger: What happened, before and after the day.
        first: The simulation's first day, a place in the ledger's days and not the first of them.
    """
    received, transferred = ledger.received[first:], np.maximum(ledger.transferred[first:, :-1], 0.0)
    day = np.arange(len(received))[:, None, None]
    arriving = np.where(day < np.maximum(network.lead, 1.0), received, 0.0)
    if network.warehouses:
        arriving[: max(network.transfer_days, 1), :-1] += transferred[: max(network.transfer_days, 1)]
    return Start(ledger.on_hand[first - 1].copy(), arriving, ledger.carried[first - 1])
