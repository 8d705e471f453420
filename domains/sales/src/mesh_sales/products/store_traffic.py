"""The product sales.store_traffic."""

from datetime import date

from mesh_platform.contract import Contract, Timestamp, column
from mesh_platform.product import DataProduct


class StoreTraffic(Contract):
    """How busy each store was, by the quarter of an hour: people in and out, queue, wait, and how many of them bought.

    Intervals in which no sensor of the store reported have no row. Readings of several sensors of a store are added up
    for people in and out, and averaged for queue and wait. An order that only brings something back does not count.
    Grain: one row per store and 15 minutes. Source: store sensors, point of sale.
    """

    store_id: str = column("The store.", term="Store", key=True, sort=True)
    interval_start: Timestamp = column("The beginning of the 15 minutes.", key=True, sort=True)
    measured_on: date = column("The UTC day.", partition=True)
    footfall_in: int = column("People who came in.", unit="people", term="Footfall", ge=0)
    footfall_out: int = column("People who went out.", unit="people", term="Footfall", ge=0)
    mean_queue_length: float = column("People queueing, on average.", unit="people", nullable=True, ge=0)
    max_queue_length: float = column("People queueing, at most.", unit="people", nullable=True, ge=0)
    mean_wait_seconds: float = column("How long a customer waited, on average.", unit="seconds", nullable=True, ge=0)
    orders: int = column("Orders that bought something.", unit="orders", term="Order", ge=0)
    conversion: float = column(
        "Orders per person who came in; above 1 where people came in earlier. Missing where nobody came in.",
        unit="orders per person",
        term="Conversion",
        nullable=True,
        ge=0,
    )


PRODUCT = DataProduct(
    name="store_traffic",
    contract=StoreTraffic,
    version="1.0.0",
    mart="fct_store_traffic",
    sources=("store_sensors", "order_lines"),
)
