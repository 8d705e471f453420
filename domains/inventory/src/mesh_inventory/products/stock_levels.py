"""The product inventory.stock_levels."""

from datetime import date

from mesh_platform.contract import Contract, Money, column
from mesh_platform.product import DataProduct, InputPort


class StockLevels(Contract):
    """What was on hand at the end of each day, how long the shelf was empty, and for how many days the stock lasts.

    A product is here at a location from its first movement there; a day without a movement carries the stock of the day
    before. Demand is what customers bought in the 28 days up to the day; what the web sold is shared equally among the
    warehouses that held the product by then, because warehouses serve the web. Stock on order is not here: the ledger
    tells of goods when they arrive, not when they are ordered. The newest day is the current stock.
    Grain: one row per sku, location and day. Source: stock ledger, sales.daily_sales.
    """

    sku: str = column("The product.", term="SKU", key=True, sort=True)
    location_id: str = column("The store or warehouse.", term="Location", key=True, sort=True)
    day: date = column("The UTC day.", key=True, partition=True)
    on_hand: int = column("Pieces at the end of the day.", unit="pieces", term="Stock on hand", ge=0)
    received: int = column("Pieces received from suppliers.", unit="pieces")
    sold: int = column("Pieces that left with customers, by the ledger.", unit="pieces")
    returned: int = column("Pieces that customers brought back, by the ledger.", unit="pieces")
    transferred: int = column("Pieces from other locations, less pieces to them.", unit="pieces")
    adjusted: int = column("Pieces found or lost when counting.", unit="pieces")
    stock_out_minutes: float = column(
        "Minutes of the day without a piece on hand; unknown before the first movement and counted as none.",
        unit="minutes",
        term="Stock-out",
        ge=0,
        le=1440,
    )
    demand_28d: Money = column("Pieces bought in the 28 days up to this one.", unit="pieces", term="Demand", ge=0)
    days_of_cover: float = column(
        "Days that the stock lasts at the average demand of those 28 days, or of the days since the first movement "
        "where they are fewer. Missing where there was no demand.",
        unit="days",
        term="Days of cover",
        nullable=True,
        ge=0,
    )


PRODUCT = DataProduct(
    name="stock_levels",
    contract=StockLevels,
    version="1.0.0",
    mart="fct_stock_levels",
    sources=("stock_movements", "locations"),
    inputs=(
        InputPort(
            "sales.daily_sales",
            ("sku", "location_id", "sold_on", "units_sold"),
            "Days of cover need the demand at each location.",
        ),
    ),
    looks_back=True,
)
