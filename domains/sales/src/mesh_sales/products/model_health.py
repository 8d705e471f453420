"""The product sales.model_health."""

from mesh_platform.ml.watch import ModelHealth
from mesh_platform.product import DataProduct, InputPort
from mesh_sales.products.order_features import OrderFeatures

SAID_BY_NOTHING = ("model", "model_version", "day", "signal", "feature", "measure", "rows")
"""Columns that no value of an input goes into: names, the day, counts."""

PRODUCT = DataProduct(
    name="model_health",
    contract=ModelHealth,
    version="1.1.0",
    program="mesh_sales.ml.health:model_health",
    sources=("fraud_reports",),
    inputs=(
        InputPort(
            "sales.fraud_scores",
            ("order_id", "ordered_on", "probability", "expected_loss", "model_version"),
            "how the scores are spread, and whether they were right",
        ),
        InputPort(
            "sales.order_features",
            tuple(OrderFeatures.to_schema().columns),
            "how the features are spread that the fraud model sees",
        ),
        InputPort(
            "customers.customers",
            ("customer_id", "valid_from", "signed_up_at", "loyalty_tier", "country", "ingested_at"),
            "the fraud model's features of the customer, and health by region",
        ),
    ),
    accumulates=True,
    origins={
        **dict.fromkeys(SAID_BY_NOTHING, ()),
        "segment": ("sales.order_features.channel", "customers.customers.country"),
    },
)
