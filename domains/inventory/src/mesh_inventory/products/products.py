"""The product inventory.products."""

from mesh_platform.contract import Contract, Money, Timestamp, column
from mesh_platform.product import DataProduct

CURRENCY = "company currency"


class Products(Contract):
    """The assortment as it is now: what each product is, costs, and how it is supplied. The master that everyone joins.

    Holds the newest version of each product that the master told; older ones are in older snapshots.
    Grain: one row per sku. Source: product master.
    """

    sku: str = column("The product.", term="SKU", key=True, sort=True)
    name: str = column("What it is called.", classification="public")
    category: str = column("The part of the assortment.", classification="public", term="Category")
    brand: str = column("The brand.", classification="public", nullable=True)
    cost: Money = column("What one costs OmniShop.", classification="confidential", unit=CURRENCY, nullable=True, ge=0)
    list_price: Money = column(
        "What one costs a customer before promotions.", classification="public", unit=CURRENCY, nullable=True, ge=0
    )
    pack_size: int = column("How many come in a pack from the supplier.", unit="pieces", nullable=True, ge=1)
    supplier_id: str = column("The supplier.", classification="confidential", term="Supplier", nullable=True)
    lead_time_days: int = column(
        "Days from ordering at the supplier to receiving.", unit="days", term="Lead time", nullable=True, ge=0
    )
    shelf_life_days: int = column("Days it keeps; missing where it does not spoil.", unit="days", nullable=True, ge=1)
    valid_from: Timestamp = column("From when on this holds.")


PRODUCT = DataProduct(
    name="products", contract=Products, version="1.0.0", mart="dim_products", sources=("product_master",)
)
