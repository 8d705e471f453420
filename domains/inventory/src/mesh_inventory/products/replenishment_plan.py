"""The product inventory.replenishment_plan."""

from datetime import date

from mesh_platform.contract import Contract, column, row_rule
from mesh_platform.product import DataProduct, InputPort

PIECES = "pieces"
CURRENCY = "company currency"


class ReplenishmentPlan(Contract):
    """What each store and warehouse should order after each day, and what that leads to.

    Stock on hand and on order that is not above the reorder point is brought to the order-up-to level, in whole packs.
    The reorder point is the demand of the protection interval (lead time and review period) that is not exceeded with
    the critical ratio, by the day's demand forecast; there, one piece more costs as much to hold as it saves in lost
    sales. Stores get no more than the warehouses hold, the most urgent first, and in single pieces. Warehouses answer
    for the web and for all stores. On order is an estimate: the ledger tells of goods only when they arrive.
    Holding a piece for a year is taken to cost a quarter of its cost; a missed sale its margin.
    The columns `simulated_*` replay the last 42 days under this policy, and `current_*` are what really happened in
    them, with missed sales estimated; both are of the whole location and daily. Missing while the history is too short.
    Grain: one row per day of planning, sku and location. Source: inventory.demand_forecast, inventory.stock_levels.
    """

    planned_on: date = column(
        "The newest day that was known; the order is for the next morning.", key=True, partition=True
    )
    sku: str = column("The product.", term="SKU", key=True, sort=True, references="inventory.products.sku")
    location_id: str = column("The store or warehouse.", term="Location", key=True, sort=True)
    supplied_by: str = column("Where the order goes.", isin=["supplier", "warehouse"])
    lead_time_days: int = column("Days from ordering to receiving.", unit="days", term="Lead time", ge=0)
    protection_days: int = column("Lead time and review period: days that an order must last.", unit="days", ge=1)
    pack_size: int = column("Orders are multiples of it.", unit=PIECES, ge=1)
    on_hand: int = column("In stock in the evening.", unit=PIECES, term="Stock on hand", ge=0)
    on_order: int = column("On their way, by estimate.", unit=PIECES, ge=0)
    expected_demand: float = column("Expected demand in the protection interval.", unit=PIECES, term="Demand", ge=0)
    demand_deviation: float = column("Its standard deviation, the forecast's own error included.", unit=PIECES, ge=0)
    critical_ratio: float = column("The chance with which demand should be met until the next delivery.", ge=0, le=1)
    reorder_point: int = column("An order is due at or below it.", unit=PIECES, ge=0)
    order_up_to: int = column("Up to where it is ordered.", unit=PIECES, ge=0)
    order_quantity: int = column("What to order; 0 where nothing is due.", unit=PIECES, ge=0)
    stock_out_probability: float = column(
        "Chance that demand exceeds the stock in the interval, with this order.", ge=0, le=1
    )
    stock_out_probability_unordered: float = column("The same without this order.", ge=0, le=1)
    expected_stock_out_cost: float = column(
        "Margin expected to be missed in the interval.", classification="confidential", unit=CURRENCY, ge=0
    )
    expected_holding_cost: float = column(
        "Expected cost of holding stock in it.", classification="confidential", unit=CURRENCY, ge=0
    )
    simulated_fill_rate: float = column(
        "Share of the location's demand met, under this policy.", nullable=True, ge=0, le=1
    )
    current_fill_rate: float = column("Share of it that was met.", nullable=True, ge=0, le=1)
    simulated_stock_out_rate: float = column(
        "Share of its products without stock in the evening, under this policy.", nullable=True, ge=0, le=1
    )
    current_stock_out_rate: float = column("Share of them that had none.", nullable=True, ge=0, le=1)
    simulated_cost: float = column(
        "Its holding, missed margin and handling a day, under this policy.",
        classification="confidential",
        unit=CURRENCY,
        nullable=True,
        ge=0,
    )
    current_cost: float = column("What these were.", classification="confidential", unit=CURRENCY, nullable=True, ge=0)

    orders_are_whole_packs = row_rule("order_quantity % pack_size = 0")
    the_level_is_not_below_the_reorder_point = row_rule("order_up_to >= reorder_point")


PRODUCT = DataProduct(
    name="replenishment_plan",
    contract=ReplenishmentPlan,
    version="1.0.0",
    program="mesh_inventory.ml.replenish:replenishment_plan",
    sources=("locations",),
    inputs=(
        InputPort(
            "inventory.demand_forecast",
            ("sku", "location_id", "forecast_on", "day", "mean", "standard_deviation"),
            "The demand that orders must last for.",
        ),
        InputPort(
            "inventory.demand_features",
            ("sku", "location_id", "day", "units", "served", "level"),
            "The past that the policy is replayed on.",
        ),
        InputPort(
            "inventory.stock_levels",
            ("sku", "location_id", "day", "on_hand", "received", "transferred"),
            "Stock on hand, and how places are supplied.",
        ),
        InputPort(
            "inventory.products",
            ("sku", "cost", "list_price", "pack_size", "lead_time_days"),
            "Costs, packs and lead times.",
        ),
    ),
    accumulates=True,
    origins={
        "planned_on": (),
        "sku": ("inventory.stock_levels.sku",),
        "location_id": ("inventory.stock_levels.location_id",),
        "supplied_by": ("inventory_raw.locations.location_id", "inventory_raw.locations.kind"),
        "lead_time_days": ("inventory.products.lead_time_days", "inventory.stock_levels.transferred"),
    },
)
