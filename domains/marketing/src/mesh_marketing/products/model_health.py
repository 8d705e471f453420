"""The product marketing.model_health."""

from dataclasses import replace

from mesh_marketing.products.recommendations import PRODUCT as RECOMMENDATIONS
from mesh_platform.ml.watch import ModelHealth
from mesh_platform.product import DataProduct, InputPort

SAID_BY_NOTHING = ("model", "model_version", "day", "signal", "feature", "measure", "rows")
"""Columns that no value of an input goes into: names, the day, counts."""

PRODUCT = DataProduct(
    name="model_health",
    contract=ModelHealth,
    version="1.1.0",
    program="mesh_marketing.ml.health:model_health",
    sources=RECOMMENDATIONS.sources,
    inputs=(
        InputPort(
            "marketing.recommendations",
            ("customer_id", "as_of", "rank", "sku", "model_version"),
            "lists whose fortnight is over are held against what was bought in it",
        ),
        *(
            replace(port, purpose="how the features are spread that the ranker of recommendations sees")
            for port in RECOMMENDATIONS.inputs
        ),
    ),
    accumulates=True,
    origins={**dict.fromkeys(SAID_BY_NOTHING, ()), "segment": ()},
)
