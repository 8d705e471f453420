"""The product sales.order_features."""

from datetime import date
from typing import Any

from mesh_platform.contract import Contract, Timestamp, column
from mesh_platform.contract.columns import Classification
from mesh_platform.product import DataProduct

PERSONAL = {"card": "payment card", "device": "device id", "customer": "customer id", "store": None}
"""Whose behaviour a feature tells, and what kind of personal data that is."""
EUR = "currency of the order"


def _about(who: str, what: str, unit: str | None = None, **checks: Any) -> Any:
    """A feature of what the order's card, device, customer or store did; missing where the order names none."""
    secret: Classification = "confidential" if PERSONAL[who] else "internal"
    return column(what, classification=secret, personal=PERSONAL[who], unit=unit, nullable=True, **checks)


def _orders(who: str, window: str) -> Any:
    return _about(who, f"Orders of the {who} in the {window} before.", "orders", ge=0)


def _spent(who: str, window: str) -> Any:
    return _about(who, f"What the {who} spent in the {window} before, returns not taken off.", EUR, ge=0)


def _mean(who: str) -> Any:
    return _about(who, f"The mean amount of the {who}'s purchases in the 30 days before.", EUR, gt=0)


def _ratio(who: str) -> Any:
    return _about(who, f"The order's amount over the {who}'s mean amount; below 0 for a refund.")


def _since(who: str) -> Any:
    return _about(who, f"Hours since the {who}'s order before; missing without one in 60 days.", "hours", gt=0)


def _returns(who: str, window: str) -> Any:
    return _about(who, f"Orders of the {who} in the {window} before that brought something back.", "orders", ge=0)


def _refunded(who: str) -> Any:
    return _about(who, f"What the {who} got back on balance in the 30 days before.", EUR, ge=0)


def _unmatched(who: str) -> Any:
    return _about(
        who, f"Pieces in the {who}'s returns of the 30 days before that nobody is known to have bought.", "pieces", ge=0
    )


def _frauds(who: str) -> Any:
    return _about(who, f"Frauds among the {who}'s orders of 60 days whose report was known by then.", "orders", ge=0)


def _share(who: str) -> Any:
    return _about(who, f"Known frauds per order of the {who} in the 60 days before.", "frauds per order", ge=0, le=1)


def _age(who: str) -> Any:
    return _about(who, f"Days since the {who} first ordered, 0 if never before; at most 60.", "days", ge=0, le=60)


def _new(what: str) -> Any:
    return _about("customer", f"Whether the customer's other orders of 60 days had {what}; missing without such.")


def _how_many(who: str, what: str, window: str) -> Any:
    return _about(who, f"{what} that came up with the {who} in the {window} before, the order's own too.", what, ge=0)


class OrderFeatures(Contract):
    """What was known about an order, its card, device, customer and store at the moment it was placed.

    Other orders count from the moment they happened, as the shop sees them, in whatever file they come later; a fraud
    counts from the moment its report was known. Nothing later of the same day is seen, nor the order itself. What an
    order names no card, device, customer or store for is missing. Features look at most 90 days back, so those of a
    feed's first weeks know less.
    Grain: one row per order. Source: point of sale and web shop, payments back office.
    """

    order_id: str = column("The order.", term="Order", key=True, sort=True, references="sales.orders.order_id")
    ordered_on: date = column("The UTC day of the order.", partition=True)
    ordered_at: Timestamp = column("When it was placed, and the moment that the features are of.")
    customer_id: str = column(
        "The customer, where known.",
        classification="confidential",
        personal="customer id",
        term="Customer",
        nullable=True,
    )
    store_id: str = column("The store, for orders in a store.", term="Store", nullable=True)
    ip_country: str = column(
        "The country of the caller's address.", classification="confidential", personal="location", nullable=True
    )
    channel: str = column("Where it was placed.", term="Channel", isin=["store", "web"])
    payment_method: str = column("How it was paid.", isin=["card", "cash", "wallet", "invoice", "gift_card", "unknown"])
    amount: float = column("What it comes to: gross less discount; below 0 for a refund.", unit=EUR, term="Net amount")
    discount_share: float = column("Discount over gross amount; missing where that is 0.", nullable=True)
    lines: int = column("How many lines it has.", unit="lines", ge=1)
    units: int = column("Pieces sold.", unit="pieces", ge=0)
    returned_units: int = column("Pieces brought back.", unit="pieces", ge=0)
    unmatched_returned_units: int = column(
        "Pieces brought back beyond what the same customer, or else card, bought of them in the 60 days before; "
        "missing where neither is known or nothing came back.",
        unit="pieces",
        nullable=True,
        ge=0,
    )
    hour_of_day: int = column("The hour, in UTC.", unit="hours", ge=0, le=23)
    is_weekend: bool = column("Whether it was placed on a Saturday or Sunday, in UTC.")

    card_orders_1h: int = _orders("card", "hour")
    card_orders_1d: int = _orders("card", "day")
    card_orders_7d: int = _orders("card", "7 days")
    card_orders_30d: int = _orders("card", "30 days")
    card_spent_1h: float = _spent("card", "hour")
    card_spent_1d: float = _spent("card", "day")
    card_spent_7d: float = _spent("card", "7 days")
    card_spent_30d: float = _spent("card", "30 days")
    card_mean_amount_30d: float = _mean("card")
    card_amount_to_mean: float = _ratio("card")
    card_hours_since_last: float = _since("card")
    card_returns_1d: int = _returns("card", "day")
    card_returns_30d: int = _returns("card", "30 days")
    card_refunded_30d: float = _refunded("card")
    card_unmatched_returns_30d: int = _unmatched("card")
    card_known_frauds: int = _frauds("card")
    card_fraud_share: float = _share("card")

    device_orders_1h: int = _orders("device", "hour")
    device_orders_1d: int = _orders("device", "day")
    device_orders_7d: int = _orders("device", "7 days")
    device_orders_30d: int = _orders("device", "30 days")
    device_spent_1h: float = _spent("device", "hour")
    device_spent_1d: float = _spent("device", "day")
    device_spent_7d: float = _spent("device", "7 days")
    device_spent_30d: float = _spent("device", "30 days")
    device_mean_amount_30d: float = _mean("device")
    device_amount_to_mean: float = _ratio("device")
    device_hours_since_last: float = _since("device")
    device_known_frauds: int = _frauds("device")
    device_fraud_share: float = _share("device")

    customer_orders_1h: int = _orders("customer", "hour")
    customer_orders_1d: int = _orders("customer", "day")
    customer_orders_7d: int = _orders("customer", "7 days")
    customer_orders_30d: int = _orders("customer", "30 days")
    customer_spent_1h: float = _spent("customer", "hour")
    customer_spent_1d: float = _spent("customer", "day")
    customer_spent_7d: float = _spent("customer", "7 days")
    customer_spent_30d: float = _spent("customer", "30 days")
    customer_mean_amount_30d: float = _mean("customer")
    customer_amount_to_mean: float = _ratio("customer")
    customer_hours_since_last: float = _since("customer")
    customer_returns_1d: int = _returns("customer", "day")
    customer_returns_30d: int = _returns("customer", "30 days")
    customer_refunded_30d: float = _refunded("customer")
    customer_unmatched_returns_30d: int = _unmatched("customer")
    customer_known_frauds: int = _frauds("customer")
    customer_fraud_share: float = _share("customer")

    store_orders_1h: int = _orders("store", "hour")
    store_orders_1d: int = _orders("store", "day")
    store_orders_7d: int = _orders("store", "7 days")
    store_orders_30d: int = _orders("store", "30 days")
    store_spent_1h: float = _spent("store", "hour")
    store_spent_1d: float = _spent("store", "day")
    store_spent_7d: float = _spent("store", "7 days")
    store_spent_30d: float = _spent("store", "30 days")
    store_mean_amount_30d: float = _mean("store")
    store_amount_to_mean: float = _ratio("store")
    store_hours_since_last: float = _since("store")
    store_returns_1d: int = _returns("store", "day")
    store_returns_30d: int = _returns("store", "30 days")
    store_refunded_30d: float = _refunded("store")
    store_unmatched_returns_30d: int = _unmatched("store")
    store_known_frauds: int = _frauds("store")
    store_fraud_share: float = _share("store")

    card_age_days: float = _age("card")
    device_age_days: float = _age("device")
    customer_age_days: float = _age("customer")
    card_is_new_to_customer: bool = _new("other cards only")
    device_is_new_to_customer: bool = _new("other devices only")
    country_is_new_to_customer: bool = _new("other countries of the caller only")
    device_cards_1d: int = _how_many("device", "Cards", "day")
    device_cards_30d: int = _how_many("device", "Cards", "30 days")
    device_customers_30d: int = _how_many("device", "Customers", "30 days")
    customer_cards_1d: int = _how_many("customer", "Cards", "day")
    customer_cards_30d: int = _how_many("customer", "Cards", "30 days")
    customer_devices_30d: int = _how_many("customer", "Devices", "30 days")
    card_customers_30d: int = _how_many("card", "Customers", "30 days")
    ingested_at: Timestamp = column("When the mesh knew the last of its lines.")


PRODUCT = DataProduct(
    name="order_features",
    contract=OrderFeatures,
    version="1.0.0",
    mart="fct_order_features",
    sources=("order_lines", "fraud_reports"),
    looks_back=True,
)
