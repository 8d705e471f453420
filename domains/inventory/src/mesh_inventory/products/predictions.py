"""The product inventory.predictions: what the domain's live models answered."""

from datetime import timedelta

from mesh_platform.ml.served import ServedPrediction
from mesh_platform.product import DataProduct, ServiceLevel

PRODUCT = DataProduct(
    name="predictions",
    contract=ServedPrediction,
    version="1.0.0",
    mart="fct_predictions",
    sources=("predictions",),
    service_level=ServiceLevel(
        freshness=timedelta(days=30),  # what a process that died had written comes when the next one starts
        min_rows=0,
    ),
)
