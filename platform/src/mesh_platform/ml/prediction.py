"""The columns that every row of a model product has."""

from __future__ import annotations

from mesh_platform.contract import Contract, Timestamp, column


class Prediction(Contract):
    """What made a prediction; a model product's contract inherits it, and the platform fills it in."""

    prediction_id: str = column(
        "Names the prediction by model, version and key, for `mesh explain`.", term="Prediction", holds_key=True
    )
    model_version: int = column("The registered version of the model that made it.", term="Model version", ge=1)
    feature_snapshot: int = column("The snapshot of the feature table that it was made from.", term="Snapshot")
    predicted_from: Timestamp = column("Until when the mesh knew the world when it was made.")
