"""What to order for one product, by the replenishment plan's own policy, also from another stock than the known one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import polars as pl

from mesh_inventory.ml.backtest import read_past, window
from mesh_inventory.ml.demand.panel import WEB
from mesh_inventory.ml.network import Network, cube, read_network
from mesh_inventory.ml.order_policy import Costs, Levels, order_quantity, shortage
from mesh_inventory.ml.outlook import Outlook, decide, look_ahead
from mesh_inventory.ml.replenish import SUPPLIER, WAREHOUSE, Now, now_of, quantities

if TYPE_CHECKING:
    from mesh_platform.lake import Pinned

Part = TypeVar("Part", Outlook, Levels, Now)


@dataclass(frozen=True, slots=True)
class Orders:
    """Places and products of the newest evening; see the classes that it is made of.

    Args:
        network: How goods get where.
        outlook: The demand that orders must last for.
        wanted: Reorder points and order-up-to levels.
        now: Stock and open orders.
    """

    network: Network
    outlook: Outlook
    wanted: Levels
    now: Now

    @classmethod
    def read(cls, tables: Pinned, forecast: pl.DataFrame, today: date) -> Orders:
        """Decide from a forecast as `replenishment_plan` does.

        Args:
            tables: Holds stock, products, locations and the feature table.
            forecast: sku, location_id, day, mean, standard_deviation.
            today: The newest known day.
        """
        asked = window(today, min(tables.days))
        network, ledger = read_network(tables, asked[0], today)
        rows = forecast.with_columns(variance=pl.col("standard_deviation") ** 2)
        days = sorted(rows["day"].unique())
        outlook = look_ahead(network, cube(network, rows, "mean", days), cube(network, rows, "variance", days))
        wanted = decide(network, outlook, Costs())
        past = read_past(tables, network, ledger.days)
        return cls(network, outlook, wanted, now_of(network, ledger, past, wanted))

    def for_one(self, sku: str, place: str, on_hand: int | None) -> list[dict[str, Any]]:
        """What to order of a product for a place: none where it is not carried there.

        Args:
            sku: The product.
            place: A store, a warehouse, or the web for all warehouses.
            on_hand: Pieces in stock at the place; None for what is known.
        """
        network = self.network
        row = _row(network, place)
        if row is None or sku not in network.skus or not self.now.carried[row, network.skus.index(sku)]:
            return []
        one = self._alone(network.skus.index(sku))
        shares = max(len(network.warehouses), 1) if row == len(network.stores) else 1
        if on_hand is not None:  # warehouses are planned together: one's stock stands for its share
            one.now.on_hand[row] = on_hand if place == WEB else on_hand * shares
        names = (network.warehouses or [WEB]) if place == WEB else [place]
        return [one.said(name, row, shares) for name in names]

    def _alone(self, column: int) -> Orders:
        """Everything about one product, copied."""
        at = slice(column, column + 1)
        network = replace(
            self.network,
            skus=self.network.skus[at],
            **{name: getattr(self.network, name)[at] for name in ("cost", "margin", "pack", "lead")},
        )
        return Orders(network, _cut(self.outlook, at), _cut(self.wanted, at), _cut(self.now, at))

    def said(self, name: str, row: int, shares: int) -> dict[str, Any]:
        """The order of a place of a network with one product.

        Args:
            name: The place's name.
            row: Its row.
            shares: How many warehouses share what is planned for them together.
        """
        now, outlook, wanted, network = self.now, self.outlook, self.wanted, self.network
        position = now.on_hand + now.on_order
        without, _ = shortage(outlook.mean, outlook.variance, position)
        quantity = quantities(network, wanted, now, without, outlook.reserve)[row, 0]
        inside = bool(network.warehouses) and row < len(network.stores)
        pack = 1 if inside else int(network.pack[0])
        shared = np.ceil(quantity / shares / pack) * pack
        wish = order_quantity(position[row], wanted.reorder_point[row], wanted.order_up_to[row], np.array([pack]))[0]
        pieces = {
            "order_quantity": shared,
            "on_hand": now.on_hand[row, 0] / shares,
            "on_order": now.on_order[row, 0] / shares,
            "reorder_point": wanted.reorder_point[row, 0] / shares,
            "order_up_to": wanted.order_up_to[row, 0] / shares,
        }
        whole = {what: int(np.ceil(value)) for what, value in pieces.items()}
        return {
            "location_id": name,
            "supplied_by": WAREHOUSE if inside else SUPPLIER,
            **whole,
            "pack_size": pack,
            "protection_days": int(outlook.days[row, 0]),
            "expected_demand": float(outlook.mean[row, 0] / shares),
            "stock_out_probability_unordered": float(without[row, 0]),
            "reason": in_words(whole, pack, short=bool(wish > quantity)),
        }


def _row(network: Network, place: str) -> int | None:
    if place == WEB or place in network.warehouses:
        return len(network.stores)
    return network.stores.index(place) if place in network.stores else None


def _cut(of: Part, at: slice) -> Part:
    """The columns of some products, copied."""
    return replace(of, **{name: getattr(of, name)[..., at].copy() for name in of.__slots__})


def in_words(order: dict[str, int], pack: int, *, short: bool) -> str:
    """Why so much is ordered.

    Args:
        order: The order's pieces.
        pack: Pieces in a pack.
        short: Whether the warehouses can't spare what is due.
    """
    there = f"{order['on_hand'] + order['on_order']} pieces on hand and on order"
    if order["order_quantity"] == 0 and not short:
        return f"{there} are above the reorder point of {order['reorder_point']}: nothing is due"
    due = f"{there} are not above the reorder point of {order['reorder_point']}"
    if short:
        return f"{due}; the warehouses can spare {order['order_quantity']}"
    packs = f" in packs of {pack}" if pack > 1 else ""
    return f"{due}: ordered up to {order['order_up_to']}{packs}"
