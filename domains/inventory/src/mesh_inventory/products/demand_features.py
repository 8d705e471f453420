"""The product inventory.demand_features."""

from datetime import date

import polars as pl

from mesh_platform.contract import Contract, column
from mesh_platform.product import DataProduct, InputPort

RATE = "pieces per served day"
CURRENCY = "company currency"


class DemandFeatures(Contract):
    """What was known about the demand for each product at each location when each day ended: the forecast's features.

    Everything looks back at most 84 days and counts what was known by midnight: sales that were delivered later are
    left out for good. Rates are pieces per served day: sales over the share of demand that found stock, so that an
    empty shelf is no lack of demand. The web has the stock of its warehouses. Promotions are seen in the discounts that
    customers got. Stock is taken as the ledger tells it now, late movements included.
    Grain: one row per sku, location and day. Source: sales.daily_sales, sales.order_lines, inventory.stock_levels,
    marketing.campaigns, product master, stock ledger.
    """

    sku: str = column("The product.", term="SKU", key=True, sort=True)
    location_id: str = column("The store; 'web' for the web shop.", term="Location", key=True, sort=True)
    category: str = column("Its part of the assortment; empty where the master tells none.", term="Category")
    day: date = column("The UTC day at whose end this was known.", key=True, partition=True)
    units: pl.Float32 = column("Pieces sold, as known when the day ended.", unit="pieces", term="Demand", ge=0)
    served: pl.Float32 = column("Share of the day's demand that found stock.", ge=0, le=1)
    offered: pl.Float32 = column(
        "Pieces that could have been sold; missing where stock is unknown.", unit="pieces", nullable=True
    )
    rate_1: pl.Float32 = column("Sold this day.", unit=RATE, nullable=True, ge=0)
    rate_3: pl.Float32 = column("Sold in 3 days up to this one.", unit=RATE, nullable=True, ge=0)
    rate_7: pl.Float32 = column("Sold in 7 days up to this one.", unit=RATE, nullable=True, ge=0)
    rate_14: pl.Float32 = column("Sold in 14 days up to this one.", unit=RATE, nullable=True, ge=0)
    rate_28: pl.Float32 = column("Sold in 28 days up to this one.", unit=RATE, nullable=True, ge=0)
    rate_56: pl.Float32 = column("Sold in 56 days up to this one.", unit=RATE, nullable=True, ge=0)
    rate_84: pl.Float32 = column("Sold in 84 days up to this one.", unit=RATE, nullable=True, ge=0)
    deviation_28: pl.Float32 = column(
        "Standard deviation of daily sales in 28 days.", unit="pieces", nullable=True, ge=0
    )
    average_interval: pl.Float32 = column(
        "Average days between days with a sale (ADI); missing without a sale.", unit="days", nullable=True, ge=0
    )
    squared_variation: pl.Float32 = column(
        "Squared coefficient of variation of the sizes of sales (CV²).", nullable=True, ge=0
    )
    days_since_sale: pl.Float32 = column("Days since something was sold, 84 at most.", unit="days", ge=0, le=84)
    pooled_rate: pl.Float32 = column(
        "What the sku sells elsewhere, scaled to what the location sells of its category.", unit=RATE, gt=0
    )
    level: pl.Float32 = column(
        "What it sells here, by its own past and by pooled_rate where that is short.", unit=RATE, gt=0
    )
    location_weekday_1: pl.Float32 = column("The weekday 1 days later against the average day, at the location.", ge=0)
    weekday_rate_1: pl.Float32 = column("Sold on the weekday 1 days later.", unit=RATE, nullable=True, ge=0)
    location_weekday_2: pl.Float32 = column("The weekday 2 days later against the average day, at the location.", ge=0)
    weekday_rate_2: pl.Float32 = column("Sold on the weekday 2 days later.", unit=RATE, nullable=True, ge=0)
    location_weekday_3: pl.Float32 = column("The weekday 3 days later against the average day, at the location.", ge=0)
    weekday_rate_3: pl.Float32 = column("Sold on the weekday 3 days later.", unit=RATE, nullable=True, ge=0)
    location_weekday_4: pl.Float32 = column("The weekday 4 days later against the average day, at the location.", ge=0)
    weekday_rate_4: pl.Float32 = column("Sold on the weekday 4 days later.", unit=RATE, nullable=True, ge=0)
    location_weekday_5: pl.Float32 = column("The weekday 5 days later against the average day, at the location.", ge=0)
    weekday_rate_5: pl.Float32 = column("Sold on the weekday 5 days later.", unit=RATE, nullable=True, ge=0)
    location_weekday_6: pl.Float32 = column("The weekday 6 days later against the average day, at the location.", ge=0)
    weekday_rate_6: pl.Float32 = column("Sold on the weekday 6 days later.", unit=RATE, nullable=True, ge=0)
    location_weekday_7: pl.Float32 = column("The weekday 7 days later against the average day, at the location.", ge=0)
    weekday_rate_7: pl.Float32 = column("Sold on the weekday 7 days later.", unit=RATE, nullable=True, ge=0)
    sku_rate_7: pl.Float32 = column(
        "Sold in 7 days: the sku everywhere, by product and location.", unit=RATE, nullable=True, ge=0
    )
    sku_rate_28: pl.Float32 = column(
        "Sold in 28 days: the sku everywhere, by product and location.", unit=RATE, nullable=True, ge=0
    )
    sku_rate_56: pl.Float32 = column(
        "Sold in 56 days: the sku everywhere, by product and location.", unit=RATE, nullable=True, ge=0
    )
    location_rate_7: pl.Float32 = column(
        "Sold in 7 days: all products here, by product and location.", unit=RATE, nullable=True, ge=0
    )
    location_rate_28: pl.Float32 = column(
        "Sold in 28 days: all products here, by product and location.", unit=RATE, nullable=True, ge=0
    )
    location_rate_56: pl.Float32 = column(
        "Sold in 56 days: all products here, by product and location.", unit=RATE, nullable=True, ge=0
    )
    category_rate_7: pl.Float32 = column(
        "Sold in 7 days: the category everywhere, by product and location.", unit=RATE, nullable=True, ge=0
    )
    category_rate_28: pl.Float32 = column(
        "Sold in 28 days: the category everywhere, by product and location.", unit=RATE, nullable=True, ge=0
    )
    category_rate_56: pl.Float32 = column(
        "Sold in 56 days: the category everywhere, by product and location.", unit=RATE, nullable=True, ge=0
    )
    category_location_rate_7: pl.Float32 = column(
        "Sold in 7 days: the category here, by product and location.", unit=RATE, nullable=True, ge=0
    )
    category_location_rate_28: pl.Float32 = column(
        "Sold in 28 days: the category here, by product and location.", unit=RATE, nullable=True, ge=0
    )
    category_location_rate_56: pl.Float32 = column(
        "Sold in 56 days: the category here, by product and location.", unit=RATE, nullable=True, ge=0
    )
    is_web: pl.Float32 = column("1 for the web shop.", ge=0, le=1)
    discount_depth: pl.Float32 = column("Share taken off the price by a promotion that runs.", ge=0, le=1)
    discount_days: pl.Float32 = column("Days for which it has been seen.", unit="days", ge=0)
    discount_days_left: pl.Float32 = column(
        "Days for which it goes on, by the campaign that began with it, or a week in all.", unit="days", ge=0
    )
    regular_rate_28: pl.Float32 = column("Sold in 28 days on days without promotion.", unit=RATE, nullable=True, ge=0)
    list_price: pl.Float32 = column(
        "Price before promotions, as the master had told it.", unit=CURRENCY, nullable=True, ge=0
    )
    price_change_28: pl.Float32 = column("Its change in 28 days, as a share.", nullable=True)


_SOLD = ("sales.daily_sales.units_sold", "sales.order_lines.quantity")
_PACE = (
    *_SOLD,
    *("inventory.stock_levels.on_hand", "inventory.stock_levels.stock_out_minutes"),
    "inventory_raw.stock_movements.moved_at",  # the hours in which places sell tell what an empty shelf missed
)
_DISCOUNTS = ("sales.daily_sales.gross_amount", "sales.daily_sales.discount_amount")
_PLACES = ("sales.daily_sales.location_id", "inventory.stock_levels.location_id")

PRODUCT = DataProduct(
    name="demand_features",
    contract=DemandFeatures,
    version="1.0.0",
    program="mesh_inventory.ml.demand.product:demand_features",
    sources=("product_master", "locations", "stock_movements"),
    inputs=(
        InputPort(
            "sales.daily_sales",
            ("sku", "location_id", "sold_on", "units_sold", "gross_amount", "discount_amount"),
            "Demand, prices and promotions.",
        ),
        InputPort(
            "sales.order_lines",
            ("sku", "channel", "store_id", "ordered_on", "quantity", "ingested_at"),
            "Which sales were known only later.",
        ),
        InputPort(
            "inventory.stock_levels",
            ("sku", "location_id", "day", "on_hand", "stock_out_minutes"),
            "Demand of days without stock is not seen.",
        ),
        InputPort("marketing.campaigns", ("starts_on", "ends_on"), "How long a promotion that runs will last."),
    ),
    looks_back=True,
    origins={
        "sku": ("sales.daily_sales.sku", "inventory.stock_levels.sku"),
        **dict.fromkeys(("location_id", "is_web"), (*_PLACES, "inventory_raw.locations.location_id")),
        "day": (),
        "units": _SOLD,
        "offered": (*_SOLD, "inventory.stock_levels.on_hand"),
        **dict.fromkeys(("discount_depth", "discount_days"), _DISCOUNTS),
        "discount_days_left": (*_DISCOUNTS, "marketing.campaigns.starts_on", "marketing.campaigns.ends_on"),
        "regular_rate_28": (*_PACE, *_DISCOUNTS),
        **dict.fromkeys(("list_price", "price_change_28"), ("inventory_raw.product_master.list_price",)),
        "*": _PACE,
    },
)
