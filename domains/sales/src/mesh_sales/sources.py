"""The operational feeds of sales: tills and web shop, payments back office, store sensors."""

from mesh_platform.contract import Contract, Money, Timestamp, column
from mesh_platform.ml.served import SOURCE as LOGGED
from mesh_platform.ml.served import LoggedPrediction
from mesh_platform.product import Source


class OrderLine(Contract):
    """A line of an order, as a till or the web shop wrote it; a return is a line with a negative quantity.

    All lines of an order happen on one UTC day. Grain: one row per order and line.
    Source: point of sale and web shop.
    """

    order_id: str = column("The order.", term="Order", key=True)
    line_no: int = column("The line's number within its order.", key=True)
    ordered_at: Timestamp = column("When the order was placed.")
    channel: str = column("Where it was placed.", term="Channel", isin=["store", "web"])
    store_id: str = column("The store, for orders in a store.", nullable=True)
    customer_id: str = column(
        "The customer, where known; most store customers stay anonymous.",
        classification="confidential",
        personal="customer id",
        term="Customer",
        nullable=True,
    )
    sku: str = column("The product sold.", term="SKU")
    quantity: int = column("How many; a return is negative.", unit="pieces", ne=0)
    unit_price: Money = column("The price of one, before discount.", unit="currency of the order", ge=0)
    discount: Money = column("The amount taken off the whole line.", unit="currency of the order", ge=0)
    promotion_id: str = column("The promotion that gave the discount.", term="Promotion", nullable=True)
    payment_method: str = column(
        "How the order was paid.", isin=["card", "cash", "wallet", "invoice", "gift_card", "unknown"]
    )
    card_id: str = column(
        "The payment card's token, never its number.",
        classification="restricted",
        personal="payment card",
        nullable=True,
    )
    device_id: str = column(
        "The device that ordered, on the web.",
        classification="confidential",
        personal="device id",
        nullable=True,
    )
    ip_country: str = column(
        "The country of the caller's address, on the web.",
        classification="confidential",
        personal="location",
        nullable=True,
    )
    currency: str = column("The order's currency, as ISO 4217.", str_matches=r"^[A-Z]{3}$")


class FraudReport(Contract):
    """A confirmed fraud or a chargeback, reported days after the order.

    Grain: one row per order and kind of report. Source: payments back office.
    """

    order_id: str = column(
        "The order, which has landed.",
        classification="confidential",
        term="Order",
        key=True,
        references="sales.order_lines.order_id",
    )
    reported_at: Timestamp = column("When the report was filed.", classification="confidential")
    kind: str = column(
        "What was reported.",
        classification="confidential",
        term="Fraud report",
        key=True,
        isin=["confirmed_fraud", "chargeback"],
    )


class SensorReading(Contract):
    """A minute of one sensor in a store.

    Grain: one row per sensor, kind and minute. Source: store sensors.
    """

    store_id: str = column("The store.", term="Store")
    sensor_id: str = column("The sensor.", key=True)
    measured_at: Timestamp = column("The minute's beginning.", key=True)
    kind: str = column(
        "What is measured: people in or out, people in the queue, seconds until served.",
        key=True,
        isin=["footfall_in", "footfall_out", "queue_length", "wait_seconds"],
    )
    value: float = column("The reading, in the unit of its kind.", unit="people or seconds", ge=0)


SOURCES = (
    Source("order_lines", OrderLine, "csv", "point of sale and web shop", event_time="ordered_at"),
    Source("fraud_reports", FraudReport, "csv", "payments back office", event_time="reported_at", may_be_empty=True),
    Source("store_sensors", SensorReading, "jsonl", "store sensors", event_time="measured_at"),
    Source(LOGGED, LoggedPrediction, "jsonl", "live models", event_time="predicted_at", may_be_empty=True),
)
