"""The product customers.model_health."""

from dataclasses import replace

from mesh_customers.products.churn_risk import PRODUCT as CHURN_RISK
from mesh_platform.ml.watch import ModelHealth
from mesh_platform.product import DataProduct, InputPort

LEARNT_FROM = ("sales.orders", "marketing.sessions", "customers.customer_360", "customers.customers")

SAID_BY_NOTHING = ("model", "model_version", "day", "signal", "feature", "measure", "rows")
"""Columns that no value of an input goes into: names, the day, counts."""

PRODUCT = DataProduct(
    name="model_health",
    contract=ModelHealth,
    version="1.1.0",
    program="mesh_customers.ml.health:model_health",
    inputs=(
        InputPort(
            "customers.churn_risk",
            ("customer_id", "as_of", "churn_probability", "p_alive", "expected_purchases", "model_version"),
            "how the risks are spread, and whether they were right",
        ),
        *(
            replace(port, purpose="how the features are spread that the churn model sees, and who bought again")
            for port in CHURN_RISK.inputs
            if port.product in LEARNT_FROM
        ),
    ),
    accumulates=True,
    origins={**dict.fromkeys(SAID_BY_NOTHING, ()), "segment": ("customers.customers.country",)},
)
