"""The operational feeds of inventory: product master, locations, stock ledger."""

from datetime import date

from mesh_platform.contract import Contract, Money, Timestamp, column
from mesh_platform.ml.served import SOURCE as LOGGED
from mesh_platform.ml.served import LoggedPrediction
from mesh_platform.product import Source

CURRENCY = "company currency"


class ProductVersion(Contract):
    """A product as it is known from a moment on: its first entry in the master, or a change.

    Grain: one row per product and change. Source: product master.
    """

    sku: str = column("The product.", term="SKU", key=True)
    changed_at: Timestamp = column("From when on this holds.", key=True)
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


class LocationVersion(Contract):
    """A store or warehouse as it is known from a moment on.

    Grain: one row per location and change. Source: product master.
    """

    location_id: str = column("The store or warehouse.", term="Location", key=True)
    changed_at: Timestamp = column("From when on this holds.", key=True)
    kind: str = column("What it is; warehouses serve the web shop.", isin=["store", "warehouse"])
    city: str = column("Where it is.", classification="public")
    opened_on: date = column("Its first day.", classification="public")


class StockMovement(Contract):
    """A movement of stock, and what was on hand after it.

    Grain: one row per movement. Source: stock ledger.
    """

    movement_id: str = column("The movement.", key=True)
    moved_at: Timestamp = column("When it happened.")
    location_id: str = column("Where.", term="Location", references="inventory.locations.location_id")
    sku: str = column("Of which product.", term="SKU", references="inventory.product_master.sku")
    kind: str = column("Why.", isin=["receipt", "sale", "return", "transfer_in", "transfer_out", "adjustment"])
    quantity: int = column("Pieces added; taken away where negative.", unit="pieces", ne=0)
    on_hand_after: int = column("Pieces there after it.", unit="pieces", term="Stock on hand", ge=0)


SOURCES = (
    Source("product_master", ProductVersion, "csv", "product master"),
    Source("locations", LocationVersion, "csv", "product master"),
    Source("stock_movements", StockMovement, "parquet", "stock ledger", event_time="moved_at"),
    Source(LOGGED, LoggedPrediction, "jsonl", "live models", event_time="predicted_at", may_be_empty=True),
)
