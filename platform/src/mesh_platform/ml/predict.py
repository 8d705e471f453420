"""Predictions for a model product: the champion's scores, with the columns that say what made them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesh_platform.contract import shape_of
from mesh_platform.errors import MeshFailure, NoChampion

if TYPE_CHECKING:
    import polars as pl

    from mesh_platform.contract import Contract
    from mesh_platform.ml.making import Making
    from mesh_platform.ml.recipe import Recipe
    from mesh_platform.ml.registry import Registry
from mesh_platform.ml.versions import ModelVersion

PART = "/"
"""Stands between the parts of a key in a prediction's id."""


def predict(
    recipe: Recipe, contract: type[Contract], registry: Registry, champion: ModelVersion, making: Making
) -> pl.DataFrame:
    """Make a model product's rows.

    Args:
        recipe: How the model scores.
        contract: The product's contract: its key names the prediction.
        registry: Where the model is loaded from.
        champion: The version that predicts.
        making: The pinned inputs.
    """
    import polars as pl

    rows = recipe.score(registry.load(champion, recipe.trusted), making)
    key = shape_of(contract).key
    if absent := [name for name in key if name not in rows.columns]:
        raise MeshFailure(f"model '{recipe.name}' made rows without their key {', '.join(absent)}: {rows.columns}")
    prefix = f"{champion.model}:{champion.version}:"
    return rows.with_columns(
        pl.format(
            "{}{}", pl.lit(prefix), pl.concat_str([pl.col(k).cast(pl.String) for k in key], separator=PART)
        ).alias("prediction_id"),
        pl.lit(champion.version, pl.Int64).alias("model_version"),
        pl.lit(making.tables.snapshot_of(recipe.feature_table), pl.Int64).alias("feature_snapshot"),
        pl.lit(making.known_until, pl.Datetime("us", "UTC")).alias("predicted_from"),
    )


def require_champion(recipe: Recipe, registry: Registry | None) -> ModelVersion:
    """Name the version that predicts.

    Raises:
        NoChampion: Where no version has passed the gate yet.
    """
    champion = None if registry is None else registry.champion(recipe.name)
    if champion is None:
        raise NoChampion(f"model '{recipe.name}' has no champion; `mesh train {recipe.name}` trains one")
    return champion
