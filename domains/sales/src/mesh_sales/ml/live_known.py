"""What the online store knows of the orders that are asked about, each view read once for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mesh_platform.features.history import HistoryView
from mesh_platform.ml.live import OnlineFeatures
from mesh_sales import features as views
from mesh_sales.ml.live_features import Known, returning
from mesh_sales.ml.live_order import Order
from mesh_sales.ml.live_past import FORGOTTEN, Kept, Past, moment_of, past_of

PAST_OF = {
    "card": views.CARD_ORDERS,
    "device": views.DEVICE_ORDERS,
    "customer": views.CUSTOMER_ORDERS,
    "store": views.STORE_ORDERS,
}
REPORTED = ("confirmed_fraud", "chargeback")
Found = Mapping[str, Any]


class Knowledge:
    """Asks the online store, and keeps what was prepared from the answers about stores and reports, which are large."""

    def __init__(self) -> None:
        self._stores: Kept[Past] = Kept(past_of)
        self._by_kind: Kept[dict[str, int]] = Kept(_known_moments)
        self._merged_from: list[dict[str, int]] = []
        self._merged: dict[str, int] = {}

    def of(self, orders: Sequence[tuple[Order, datetime]], online: OnlineFeatures) -> list[Known]:
        """Collect what is known of orders.

        Args:
            orders: The orders and when each was placed.
            online: The online store.
        """
        pasts = {who: self._pasts(who, orders, online) for who in PAST_OF}
        of_each = [
            {who: known[key] for who, known in pasts.items() if (key := getattr(order, f"{who}_id")) is not None}
            for order, _ in orders
        ]
        unmatched = _unmatched(of_each, orders, online)
        profiles = _read(online, views.BUYER_PROFILES, [order.customer_id for order, _ in orders])
        held, reports = _held(orders, online), self._reported(online)
        return [
            Known(past, unmatched, holds, reports, _profile(profiles.get(order.customer_id or ""), at))
            for (order, at), past, holds in zip(orders, of_each, held, strict=True)
        ]

    def _pasts(self, who: str, orders: Sequence[tuple[Order, datetime]], online: OnlineFeatures) -> Mapping[str, Past]:
        found = _read(online, PAST_OF[who], [getattr(order, f"{who}_id") for order, _ in orders])
        if who == "store":
            return {key: self._stores.of(key, rows) for key, rows in found.items()}
        return {key: past_of(rows) for key, rows in found.items()}

    def _reported(self, online: OnlineFeatures) -> Mapping[str, int]:
        """Order → when the first report of it was known."""
        found = online.read(views.REPORTS, [(kind,) for kind in REPORTED])
        parts = [self._by_kind.of(*each) for each in zip(REPORTED, found, strict=True)]
        if [id(part) for part in parts] != [id(part) for part in self._merged_from]:
            orders = {order for part in parts for order in part}
            self._merged = {order: min(part[order] for part in parts if order in part) for order in orders}
            self._merged_from = parts
        return self._merged


def _read(online: OnlineFeatures, view: HistoryView, keys: Sequence[str | None]) -> dict[str, Found | None]:
    """Entity → what is known of it, each asked once."""
    asked = sorted({key for key in keys if key is not None})
    if not asked:
        return {}
    return dict(zip(asked, online.read(view, [(key,) for key in asked]), strict=True))


def _unmatched(
    pasts: Sequence[Mapping[str, Past]], orders: Sequence[tuple[Order, datetime]], online: OnlineFeatures
) -> dict[str, int]:
    """Order → pieces it brought back unbought, of those that cards and customers of the orders brought back lately."""
    asked: set[str] = set()
    for past, (_, at) in zip(pasts, orders, strict=True):
        for who in ("card", "customer"):
            if who in past:
                asked.update(returning(past[who], moment_of(at)))
    found = _read(online, views.UNMATCHED_RETURNS, list(asked))
    return {
        order: sum(pieces or 0 for pieces in rows["unmatched_returned_units"]) for order, rows in found.items() if rows
    }


def _held(orders: Sequence[tuple[Order, datetime]], online: OnlineFeatures) -> list[dict[str, int] | None]:
    """What the buyer of each order that brings something back holds of each product."""
    holders = [_holder(order) for order, _ in orders]
    found = {
        view: _read(online, view, [holder[1] for holder in holders if holder is not None and holder[0] is view])
        for view in (views.CUSTOMER_PIECES, views.CARD_PIECES)
    }
    return [
        None if holder is None else _pieces(found[holder[0]][holder[1]], at)
        for holder, (_, at) in zip(holders, orders, strict=True)
    ]


def _holder(order: Order) -> tuple[HistoryView, str] | None:
    """Who holds what the order brings back, and where it is read; a card holds for a stranger."""
    if all(line.quantity > 0 for line in order.lines):
        return None
    if order.customer_id is not None:
        return views.CUSTOMER_PIECES, order.customer_id
    return None if order.card_id is None else (views.CARD_PIECES, order.card_id)


def _pieces(found: Found | None, at: datetime) -> dict[str, int]:
    held: dict[str, int] = {}
    if not found:
        return held
    end = moment_of(at)
    strangers = found.get("customer_id") or [None] * len(found["sku"])
    for when, sku, quantity, customer in zip(
        found["ordered_at"], found["sku"], found["quantity"], strangers, strict=True
    ):
        if customer is None and end - FORGOTTEN <= moment_of(when) < end:
            held[sku] = held.get(sku, 0) + quantity
    return held


def _known_moments(found: Found | None) -> dict[str, int]:
    if not found:
        return {}
    known: dict[str, int] = {}
    for order, instant in zip(found["order_id"], found["ingested_at"], strict=True):
        moment = moment_of(instant)
        known[order] = min(known.get(order, moment), moment)
    return known


def _profile(found: Found | None, at: datetime) -> Found | None:
    """The profile that held when the order was placed, of those that were known by then."""
    if not found:
        return None
    times = zip(found["valid_from"], found["ingested_at"], strict=True)
    known = [(*both, place) for place, both in enumerate(times) if max(both) <= at]
    if not known:
        return None
    place = max(known)[-1]
    return {name: values[place] for name, values in found.items()}
