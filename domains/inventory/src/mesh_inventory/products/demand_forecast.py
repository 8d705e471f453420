"""The product inventory.demand_forecast."""

from datetime import date

from mesh_inventory.ml.demand.design import NEEDED
from mesh_platform.contract import column, row_rule
from mesh_platform.ml.prediction import Prediction
from mesh_platform.product import DataProduct, InputPort, ServiceLevel

PIECES = "pieces"


class DemandForecast(Prediction):
    """What customers will ask for in the 28 days after each day, as it was foreseen on that day.

    Demand, not sales: what would be sold if there were always stock. Quantiles are whole pieces, because sales are: on
    most days most products sell nothing somewhere, so that an interval covers more often than it promises. Days do not
    add up by their quantiles; for a sum over days add means, and variances as a lower bound. A product is here at a
    location from its first piece of stock or its first sale there. Older forecasts stay as they were made.
    Grain: one row per day of forecast, sku, location and day ahead. Source: the model 'demand' on
    inventory.demand_features.
    """

    forecast_on: date = column("The newest day that was known when it was made.", key=True, partition=True)
    sku: str = column("The product.", term="SKU", key=True, sort=True, references="inventory.products.sku")
    location_id: str = column(
        "The store; 'web' for the web shop, whichever warehouse serves it.", term="Location", key=True, sort=True
    )
    day: date = column("The UTC day that is forecast.", key=True, sort=True)
    horizon_days: int = column("Days from forecast_on to the day.", unit="days", term="Horizon", ge=1, le=28)
    mean: float = column("Expected demand.", unit=PIECES, term="Demand", ge=0)
    standard_deviation: float = column("How far demand will be from it, as a root mean square.", unit=PIECES, ge=0)
    q05: float = column("Demand exceeds it with 95% at most.", unit=PIECES, ge=0)
    q10: float = column("Demand exceeds it with 90% at most.", unit=PIECES, ge=0)
    q25: float = column("Demand exceeds it with 75% at most.", unit=PIECES, ge=0)
    q50: float = column("Demand exceeds it with 50% at most.", unit=PIECES, ge=0)
    q75: float = column("Demand exceeds it with 25% at most.", unit=PIECES, ge=0)
    q90: float = column("Demand exceeds it with 10% at most.", unit=PIECES, ge=0)
    q95: float = column("Demand exceeds it with 5% at most.", unit=PIECES, ge=0)

    quantiles_never_fall = row_rule(
        "q05 <= q10 and q10 <= q25 and q25 <= q50 and q50 <= q75 and q75 <= q90 and q90 <= q95"
    )
    it_looks_ahead = row_rule("day > forecast_on")


PRODUCT = DataProduct(
    name="demand_forecast",
    contract=DemandForecast,
    version="1.0.0",
    recipe="mesh_inventory.ml.demand.recipe:RECIPE",
    inputs=(
        InputPort(
            "inventory.demand_features",
            ("sku", "location_id", "day", *NEEDED),
            "The features that the model was fitted with.",
        ),
    ),
    service_level=ServiceLevel(retention_days=90),
    accumulates=True,
    origins={"forecast_on": ("inventory.demand_features.day",), "horizon_days": ()},
)
