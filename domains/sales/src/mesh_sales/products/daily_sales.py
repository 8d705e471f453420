"""The product sales.daily_sales."""

from datetime import date

from mesh_platform.contract import Contract, Money, column, row_rule
from mesh_platform.product import DataProduct

CURRENCY = "currency of the location"


class DailySales(Contract):
    """What each product sold and got back at each store, and on the web, day by day: the demand signal.

    Days without a sale or a return have no row. A location is taken to sell in one currency: amounts are
    added as they are.
    Grain: one row per sku, location and day. Source: point of sale and web shop.
    """

    sku: str = column("The product.", term="SKU", key=True, sort=True)
    location_id: str = column(
        "The store; 'web' for the web shop; 'unknown' for a store order that names no store.",
        term="Location",
        key=True,
        sort=True,
    )
    sold_on: date = column("The UTC day.", key=True, partition=True)
    units_sold: int = column("Pieces sold.", unit="pieces", term="Demand", ge=0)
    units_returned: int = column("Pieces brought back.", unit="pieces", ge=0)
    net_units: int = column("Pieces sold less pieces brought back.", unit="pieces")
    orders: int = column("Orders that bought it.", unit="orders", term="Order", ge=0)
    gross_amount: Money = column("Quantity times unit price.", unit=CURRENCY, term="Gross amount")
    discount_amount: Money = column("Discounts.", unit=CURRENCY, term="Discount", ge=0)
    net_amount: Money = column("Gross less discount.", unit=CURRENCY, term="Net amount")

    net_is_sold_less_returned = row_rule("net_units = units_sold - units_returned")
    net_is_gross_less_discount = row_rule("net_amount = gross_amount - discount_amount")


PRODUCT = DataProduct(
    name="daily_sales", contract=DailySales, version="1.0.0", mart="fct_daily_sales", sources=("order_lines",)
)
