"""What the online store keeps of sales: the recent past of cards, devices, customers and stores, for the fraud model.

An order's features look 90 days back: what came up with a card in 30 days is new if it had not in the 60 days before.
Stores need 60 days, and amounts alone. What an order brought back without having bought it can't be told from
sales.orders, so it is read, for those few orders, from sales.order_features.
"""

from datetime import timedelta

from mesh_platform.features.history import HistoryView

MARGIN = timedelta(days=3)
"""An order that is asked about may be older than the newest that is known by so much, and is still told exactly."""
LOOKS_BACK = timedelta(days=90) + MARGIN
HELD_FOR = timedelta(days=60) + MARGIN
"""So long does a store's past count, and what was bought counts as being held."""
RETURNS_COUNT = timedelta(days=30) + MARGIN
MOST_ORDERS = 10_000
"""No honest card, device or customer orders more often in 90 days; a flood of orders is one with so many."""
MOST_ORDERS_OF_A_STORE = 1_000_000

CARD_ORDERS = HistoryView(
    name="card_orders",
    entity=("card_id",),
    source="sales.orders",
    event_time="ordered_at",
    columns=("order_id", "ordered_at", "net_amount", "returned_units", "customer_id"),
    window=LOOKS_BACK,
    at_most=MOST_ORDERS,
)
DEVICE_ORDERS = HistoryView(
    name="device_orders",
    entity=("device_id",),
    source="sales.orders",
    event_time="ordered_at",
    columns=("order_id", "ordered_at", "net_amount", "returned_units", "card_id", "customer_id"),
    window=LOOKS_BACK,
    at_most=MOST_ORDERS,
)
CUSTOMER_ORDERS = HistoryView(
    name="customer_orders",
    entity=("customer_id",),
    source="sales.orders",
    event_time="ordered_at",
    columns=("order_id", "ordered_at", "net_amount", "returned_units", "card_id", "device_id", "ip_country"),
    window=LOOKS_BACK,
    at_most=MOST_ORDERS,
)
STORE_ORDERS = HistoryView(
    name="store_orders",
    entity=("store_id",),
    source="sales.order_features",
    event_time="ordered_at",
    columns=("order_id", "ordered_at", "amount", "returned_units", "unmatched_returned_units"),
    window=HELD_FOR,
    at_most=MOST_ORDERS_OF_A_STORE,
)
UNMATCHED_RETURNS = HistoryView(
    name="unmatched_returns",
    entity=("order_id",),
    source="sales.order_features",
    event_time="ordered_at",
    columns=("unmatched_returned_units",),
    window=RETURNS_COUNT,
    at_most=1,
)
CUSTOMER_PIECES = HistoryView(
    name="customer_pieces",
    entity=("customer_id",),
    source="sales_raw.order_lines",
    event_time="ordered_at",
    columns=("ordered_at", "sku", "quantity"),
    window=HELD_FOR,
)
CARD_PIECES = HistoryView(
    name="card_pieces",
    entity=("card_id",),
    source="sales_raw.order_lines",
    event_time="ordered_at",
    columns=("ordered_at", "sku", "quantity", "customer_id"),
    window=HELD_FOR,
)
REPORTS = HistoryView(
    name="fraud_reports",
    entity=("kind",),
    source="sales_raw.fraud_reports",
    event_time="reported_at",
    columns=("order_id", "ingested_at"),
    window=LOOKS_BACK,
)
BUYER_PROFILES = HistoryView(
    name="buyer_profiles",
    entity=("customer_id",),
    source="customers.customers",
    event_time="valid_from",
    columns=("valid_from", "ingested_at", "signed_up_at", "loyalty_tier", "country"),
    window=timedelta(days=36_525),
    at_most=20,
)
"""A history, as the newest profile may have become so, or known, only after the order that is asked about."""

VIEWS = (
    CARD_ORDERS,
    DEVICE_ORDERS,
    CUSTOMER_ORDERS,
    STORE_ORDERS,
    UNMATCHED_RETURNS,
    CUSTOMER_PIECES,
    CARD_PIECES,
    REPORTS,
    BUYER_PROFILES,
)
