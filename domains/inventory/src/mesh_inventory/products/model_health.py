"""The product inventory.model_health."""

from mesh_inventory.ml.demand.design import NEEDED
from mesh_inventory.ml.demand.distribution import QUANTILES
from mesh_platform.ml.watch import ModelHealth
from mesh_platform.product import DataProduct, InputPort

SAID_BY_NOTHING = ("model", "model_version", "day", "signal", "feature", "measure", "rows")
"""Columns that no value of an input goes into: names, the day, counts."""

PRODUCT = DataProduct(
    name="model_health",
    contract=ModelHealth,
    version="1.1.0",
    program="mesh_inventory.ml.health:model_health",
    inputs=(
        InputPort(
            "inventory.demand_forecast",
            (
                "forecast_on",
                "sku",
                "location_id",
                "day",
                "mean",
                "standard_deviation",
                *QUANTILES,
                "model_version",
            ),
            "how the forecasts are spread, and whether they were right",
        ),
        InputPort(
            "inventory.demand_features",
            ("sku", "location_id", "day", "units", "served", "offered", *NEEDED),
            "how the features are spread that the model sees, and what was sold",
        ),
    ),
    accumulates=True,
    origins={**dict.fromkeys(SAID_BY_NOTHING, ()), "segment": ()},
)
