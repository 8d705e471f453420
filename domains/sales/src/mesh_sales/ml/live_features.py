"""The features of an order that has just been placed: what sales.order_features would say of it, told before.

Every definition here is one of the SQL under dbt/models/intermediate/int_order_*.sql and fct_order_features.sql; tests
run both on the same orders and compare to the bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mesh_sales.ml.features import PAID_BY, TIER_RANK
from mesh_sales.ml.live_order import Order
from mesh_sales.ml.live_past import DAY, FORGOTTEN, HOUR, NOTHING, UNITS, Past, came_up, moment_of

Features = dict[str, Any]

WINDOWS = {"1h": HOUR, "1d": DAY, "7d": 7 * DAY, "30d": 30 * DAY}
MONTH = WINDOWS["30d"]
SATURDAY = 5
SECOND = 1_000_000
PER_DAY = 1 / 86_400
"""Polars divides a column by a number as it multiplies by the number's inverse, and the last bit shows it."""
HAVE_RETURNS = ("card", "customer", "store")
CAME_UP = (
    ("device", "card_id", "cards", ("1d", "30d")),
    ("device", "customer_id", "customers", ("30d",)),
    ("customer", "card_id", "cards", ("1d", "30d")),
    ("customer", "device_id", "devices", ("30d",)),
    ("card", "customer_id", "customers", ("30d",)),
)
"""Whose, the column, what it is called, the windows."""
NEW_TO_CUSTOMER = {"card": "card_id", "device": "device_id", "country": "ip_country"}


@dataclass(frozen=True, slots=True)
class Totals:
    """An order's lines added up, in pieces and whole ten-thousandths."""

    units: int
    returned: int
    gross: int
    discount: int

    @classmethod
    def of(cls, order: Order) -> Totals:
        """Add up an order's lines."""
        return cls(
            sum(max(line.quantity, 0) for line in order.lines),
            sum(max(-line.quantity, 0) for line in order.lines),
            sum(line.quantity * int(line.unit_price * UNITS) for line in order.lines),
            sum(int(line.discount * UNITS) for line in order.lines),
        )

    @property
    def net(self) -> int:
        """What it comes to."""
        return self.gross - self.discount


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an order beside what was sent.

    Args:
        pasts: "card", "device", "customer" and "store" → what they did; those that the order names.
        unmatched: Order → pieces brought back that nobody is known to have bought, of orders in the pasts.
        held: Product → pieces of it that the buyer bought in 60 days, less those brought back; None of an unknown
            buyer.
        reports: Order → when its fraud became known.
        profile: The customer's profile, None where there is none.
    """

    pasts: Mapping[str, Past] = field(default_factory=dict)
    unmatched: Mapping[str, int] = field(default_factory=dict)
    held: Mapping[str, int] | None = None
    reports: Mapping[str, int] = field(default_factory=dict)
    profile: Mapping[str, Any] | None = None


def features_of(order: Order, ordered_at: datetime, known: Known) -> Features:
    """Tell an order's features.

    Args:
        order: What was sent.
        ordered_at: When it was placed, UTC.
        known: What is known of its card, device, customer and store.

    Returns:
        Name → value of all of `features.FEATURES`; None where a value is missing.
    """
    moment, totals = moment_of(ordered_at), Totals.of(order)
    found = _of_the_order(order, ordered_at, totals, known)
    for who in ("card", "device", "customer", "store"):
        named = getattr(order, f"{who}_id") is not None
        past = known.pasts.get(who, NOTHING)
        parts = {**_velocity(past, moment, totals.net), **_risk(past, moment, known.reports)}
        if who in HAVE_RETURNS:
            parts |= _returns(past, moment, known.unmatched)
        if who != "store":
            parts["age_days"] = _age_days(past, moment)
        found |= {f"{who}_{what}": value if named else None for what, value in parts.items()}
    return found | _novelty(order, moment, known) | _profiled(order, moment, known.profile)


def _of_the_order(order: Order, ordered_at: datetime, totals: Totals, known: Known) -> Features:
    unmatched = None
    if totals.returned and known.held is not None:
        # each line by itself, as the SQL has it: two of one product are both held against all that was bought
        unmatched = sum(max(-line.quantity - max(known.held.get(line.sku, 0), 0), 0) for line in order.lines)
    return {
        "amount": totals.net / UNITS,
        "discount_share": totals.discount / totals.gross if totals.gross else None,
        "lines": len(order.lines),
        "units": totals.units,
        "returned_units": totals.returned,
        "unmatched_returned_units": unmatched,
        "hour_of_day": ordered_at.hour,
        "is_weekend": ordered_at.weekday() >= SATURDAY,
        "is_web": order.channel == "web",
        **{f"paid_by_{how}": order.payment_method == how for how in PAID_BY},
    }


def _velocity(past: Past, moment: int, net: int) -> Features:
    """How much in which window, and how the order compares."""
    found: Features = {}
    for name, length in WINDOWS.items():
        first, end = past.window(moment, length)
        found[f"orders_{name}"] = end - first
        found[f"spent_{name}"] = (past.spent[end] - past.spent[first]) / UNITS
    first, end = past.window(moment, MONTH)
    purchases = past.purchases[end] - past.purchases[first]
    mean = found["spent_30d"] / purchases if purchases else None
    found["mean_amount_30d"] = mean
    found["amount_to_mean"] = net / UNITS / mean if mean else None
    first, end = past.window(moment, FORGOTTEN)
    found["hours_since_last"] = (moment - past.moments[end - 1]) / HOUR if end > first else None
    return found


def _returns(past: Past, moment: int, unmatched: Mapping[str, int]) -> Features:
    a_day, end = past.window(moment, DAY)
    first, _ = past.window(moment, MONTH)
    if past.unmatched is None:
        pieces = sum(unmatched.get(order, 0) for order in returning(past, moment))
    else:
        pieces = past.unmatched[end] - past.unmatched[first]
    return {
        "returns_1d": past.returns[end] - past.returns[a_day],
        "returns_30d": past.returns[end] - past.returns[first],
        "refunded_30d": (past.refunded[end] - past.refunded[first]) / UNITS,
        "unmatched_returns_30d": pieces,
    }


def returning(past: Past, moment: int) -> list[str]:
    """The orders of the 30 days before a moment that brought something back."""
    first, end = past.window(moment, MONTH)
    if past.returns[end] == past.returns[first]:
        return []
    return [past.order_ids[place] for place in range(first, end) if past.returns[place + 1] > past.returns[place]]


def _risk(past: Past, moment: int, reports: Mapping[str, int]) -> Features:
    """Frauds among the orders of 60 days whose report was known before the moment."""
    first, end = past.window(moment, FORGOTTEN)
    if end - first <= len(reports):
        times = [reports[order] for order in past.order_ids[first:end] if order in reports]
    else:
        times = [known for order, known in reports.items() if first <= past.places.get(order, -1) < end]
    frauds = sum(known < moment for known in times)
    return {"known_frauds": frauds, "fraud_share": frauds / (end - first) if end > first else None}


def _age_days(past: Past, moment: int) -> float:
    first, end = past.window(moment, FORGOTTEN)
    return (moment - past.moments[first]) / DAY if end > first else 0.0


def _novelty(order: Order, moment: int, known: Known) -> Features:
    found: Features = {}
    customer = known.pasts.get("customer", NOTHING)
    for what, column in NEW_TO_CUSTOMER.items():
        others = _before(customer, column, moment) if order.customer_id is not None else set()
        other = getattr(order, column)
        found[f"{what}_is_new_to_customer"] = other not in others if others and other is not None else None
    for who, column, things, windows in CAME_UP:
        past, other = known.pasts.get(who, NOTHING), getattr(order, column)
        named = getattr(order, f"{who}_id") is not None
        own = named and other is not None and other not in _before(past, column, moment)
        for window in windows:
            count = came_up(past, column, moment, WINDOWS[window]) + own if named else None
            found[f"{who}_{things}_{window}"] = count
    return found


def _before(past: Past, column: str, moment: int) -> set[str]:
    """What came up with the entity's orders of the 60 days before."""
    if column not in past.with_it:
        return set()
    first, end = past.window(moment, FORGOTTEN)
    return {other for other in past.with_it[column][first:end] if other is not None}


def _profiled(order: Order, moment: int, profile: Mapping[str, Any] | None) -> Features:
    """What the customer's profile adds, as `features.derived` has it."""
    seen = profile or {}
    signed_up, country = seen.get("signed_up_at"), seen.get("country")
    tenure = None if signed_up is None else max((moment - moment_of(signed_up)) // SECOND * PER_DAY, 0.0)
    abroad = order.ip_country != country if order.ip_country is not None and country is not None else None
    return {
        "has_profile": None if order.customer_id is None else signed_up is not None,
        "tenure_days": tenure,
        "tier_rank": TIER_RANK.get(seen.get("loyalty_tier") or ""),
        "ip_is_abroad": abroad,
    }
