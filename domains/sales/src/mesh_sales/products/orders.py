"""The product sales.orders."""

from datetime import date

from mesh_platform.contract import Contract, Money, Timestamp, column, row_rule
from mesh_platform.product import DataProduct

CURRENCY = "currency of the order"


class Orders(Contract):
    """Orders with their totals, from the stores and the web shop; returns lower the amounts.

    Header values are those of the order's first line. All lines of an order happen on one UTC day, so a day can be made
    from that day's lines alone; an order that comes with two days would be there twice, and the key refuses it.
    Grain: one row per order. Source: point of sale and web shop.
    """

    order_id: str = column("The order.", term="Order", key=True, sort=True)
    ordered_on: date = column("The UTC day of the order.", partition=True)
    ordered_at: Timestamp = column("When the order was placed.")
    channel: str = column("Where it was placed.", term="Channel", isin=["store", "web"])
    store_id: str = column("The store, for orders in a store.", term="Store", nullable=True)
    customer_id: str = column(
        "The customer, where known.",
        classification="confidential",
        personal="customer id",
        term="Customer",
        nullable=True,
    )
    lines: int = column("How many lines it has.", unit="lines", ge=1)
    units: int = column("Pieces sold.", unit="pieces", ge=0)
    returned_units: int = column("Pieces brought back.", unit="pieces", ge=0)
    gross_amount: Money = column("Quantity times unit price, over all lines.", unit=CURRENCY, term="Gross amount")
    discount_amount: Money = column("Discounts over all lines.", unit=CURRENCY, term="Discount", ge=0)
    net_amount: Money = column("What the customer pays: gross less discount.", unit=CURRENCY, term="Net amount")
    currency: str = column("The order's currency, as ISO 4217.", str_matches=r"^[A-Z]{3}$")
    payment_method: str = column("How it was paid.", isin=["card", "cash", "wallet", "invoice", "gift_card", "unknown"])
    card_id: str = column(
        "The payment card's token.", classification="restricted", personal="payment card", nullable=True
    )
    device_id: str = column(
        "The device that ordered.", classification="confidential", personal="device id", nullable=True
    )
    ip_country: str = column(
        "The country of the caller's address.", classification="confidential", personal="location", nullable=True
    )
    promotions: int = column("How many lines a promotion priced.", unit="lines", term="Promotion", ge=0)
    ingested_at: Timestamp = column("When the mesh knew the last of its lines.")

    net_is_gross_less_discount = row_rule("net_amount = gross_amount - discount_amount")


PRODUCT = DataProduct(name="orders", contract=Orders, version="1.0.0", mart="fct_orders", sources=("order_lines",))
