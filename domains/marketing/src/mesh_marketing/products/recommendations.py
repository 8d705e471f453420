"""The product marketing.recommendations."""

from datetime import date

from mesh_marketing.ml.recommend.reasons import SOURCES
from mesh_platform.contract import column
from mesh_platform.ml.prediction import Prediction
from mesh_platform.product import DataProduct, InputPort, ServiceLevel

PLACES = 20


class Recommendations(Prediction):
    """Twenty products for each customer, the most likely to be bought first, made for the day after the newest data.

    Only customers who consent to profiling have a list, and only products in stock are in it: in a warehouse that
    serves the web, or in the store where the customer buys most. A list of a customer with little history leans on
    what is popular. At most eight of the first places go to one category. Products bought before are in it when they
    are likely to be bought again. A partition says what was recommended on its day and stays as it is: read the newest.
    Grain: one row per customer, day and rank. Source: order lines of sales, the web events of marketing, consents of
    customers, products and stock of inventory.
    """

    customer_id: str = column(
        "The customer.",
        classification="confidential",
        personal="customer id",
        term="Customer",
        key=True,
        sort=True,
        references="customers.customers.customer_id",
    )
    as_of: date = column("The UTC day at whose end the list was made.", key=True, partition=True)
    rank: int = column("Place in the list, 1 is first.", unit="rank", key=True, sort=True, ge=1, le=PLACES)
    sku: str = column("The product recommended.", term="SKU", references="inventory.products.sku")
    score: float = column(
        "The ranker's chance that a purchase of the next two weeks includes it; compares within a list."
    )
    source: str = column("What brought it into the list.", isin=list(SOURCES))
    because_sku: str = column(
        "The product of the customer's history that speaks most for it; missing where none does.",
        classification="confidential",
        personal="purchase",
        term="SKU",
        nullable=True,
    )
    reason: str = column(
        "Why, in words that can be shown to the customer.", classification="confidential", personal="purchase"
    )


PRODUCT = DataProduct(
    name="recommendations",
    contract=Recommendations,
    version="1.0.0",
    recipe="mesh_marketing.ml.recommendations:RECIPE",
    sources=("web_events", "promotions"),
    inputs=(
        InputPort(
            "sales.order_lines",
            (
                "order_id", "customer_id", "sku", "quantity", "unit_price", "store_id", "ordered_at", "ingested_at",
            ),
            "What was bought tells what will be bought.",
        ),
        InputPort(
            "customers.customers",
            ("customer_id", "valid_from", "consent_profiling", "ingested_at"),
            "Nobody is profiled without consent.",
        ),
        InputPort(
            "inventory.products",
            ("sku", "name", "category", "brand", "list_price"),
            "Products like those bought are recommended.",
        ),
        InputPort(
            "inventory.stock_levels",
            ("sku", "location_id", "day", "on_hand"),
            "What is out of stock is not recommended.",
        ),
    ),
    service_level=ServiceLevel(max_shrink=0.3),
    accumulates=True,
    origins={"as_of": (), "sku": ("model", "inventory.products.sku")},
)  # fmt: skip
