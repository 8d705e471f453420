"""The product sales.order_lines."""

from datetime import date

from mesh_platform.contract import Contract, Money, Timestamp, column, row_rule
from mesh_platform.product import DataProduct

CURRENCY = "currency of the order"


class OrderLines(Contract):
    """Lines of orders with their amounts: what was bought or brought back, at which price, under which promotion.

    The lines of an order add up to its totals in sales.orders. A return is a line with a negative quantity.
    Grain: one row per order and line. Source: point of sale and web shop.
    """

    order_id: str = column("The order.", term="Order", key=True, sort=True, references="sales.orders.order_id")
    line_no: int = column("The line's number within its order.", key=True, sort=True)
    ordered_on: date = column("The UTC day of the order.", partition=True)
    ordered_at: Timestamp = column("When the order was placed.")
    customer_id: str = column(
        "The customer, where known.",
        classification="confidential",
        personal="customer id",
        term="Customer",
        nullable=True,
    )
    channel: str = column("Where the order was placed.", term="Channel", isin=["store", "web"])
    store_id: str = column("The store, for orders in a store.", term="Store", nullable=True)
    sku: str = column("The product sold.", term="SKU")
    quantity: int = column("How many; a return is negative.", unit="pieces", ne=0)
    unit_price: Money = column("The price of one, before discount.", unit=CURRENCY, ge=0)
    discount_amount: Money = column("The amount taken off the line.", unit=CURRENCY, term="Discount", ge=0)
    net_amount: Money = column("Quantity times unit price, less discount.", unit=CURRENCY, term="Net amount")
    promotion_id: str = column("The promotion that gave the discount.", term="Promotion", nullable=True)
    currency: str = column("The order's currency, as ISO 4217.", str_matches=r"^[A-Z]{3}$")
    ingested_at: Timestamp = column("When the mesh knew the line.")

    net_is_quantity_times_price_less_discount = row_rule("net_amount = quantity * unit_price - discount_amount")


PRODUCT = DataProduct(
    name="order_lines", contract=OrderLines, version="1.0.0", mart="fct_order_lines", sources=("order_lines",)
)
