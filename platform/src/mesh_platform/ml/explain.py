"""Why a published prediction is what it is: its row, the features at their snapshot, the version, its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mesh_platform.contract import shape_of
from mesh_platform.errors import UnknownName, UserError
from mesh_platform.lake import Pinned
from mesh_platform.ml.predict import PART

if TYPE_CHECKING:
    from mesh_platform.contract import Contract
    from mesh_platform.lake import Lake, Snapshot
    from mesh_platform.ml.recipe import Explanation, Recipe
    from mesh_platform.ml.registry import Registry
from mesh_platform.ml.versions import ModelVersion


@dataclass(frozen=True, slots=True)
class PredictionId:
    """A prediction's id taken apart: `<model>:<version>:<key>`."""

    model: str
    version: int
    key: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> PredictionId:
        """Take an id apart.

        Raises:
            UserError: Where it is none.
        """
        model, _, rest = text.partition(":")
        version, _, key = rest.partition(":")
        if not (model and version.isdigit() and key):
            raise UserError(f"'{text}' is no prediction id (rule: <model>:<version>:<key>); see a row's prediction_id")
        return cls(model, int(version), tuple(key.split(PART)))


@dataclass(frozen=True, slots=True)
class Explained:
    """A prediction and what led to it.

    Args:
        product: The product that holds it.
        snapshot: The product's snapshot that it was found in.
        row: The published row.
        version: The model's version.
        explanation: Features and reasons.
    """

    product: str
    snapshot: int
    row: Mapping[str, Any]
    version: ModelVersion
    explanation: Explanation


def explain(
    wanted: PredictionId, product: str, contract: type[Contract], recipe: Recipe, lake: Lake, registry: Registry
) -> Explained:
    """Explain a prediction that is, or was, published.

    Args:
        wanted: The prediction.
        product: The model product.
        contract: Its contract.
        recipe: Its recipe.
        lake: Holds the product and the features.
        registry: Holds the model.

    Raises:
        UnknownName: Where no readable snapshot holds the prediction, or the version is unknown.
    """
    version = registry.version(wanted.model, wanted.version)
    for snapshot in lake.history(product):
        row = _find(lake, snapshot, contract, wanted)
        if row is not None:
            pins = {**snapshot.inputs, recipe.feature_table: int(row["feature_snapshot"])}
            reasons = recipe.explain(registry.load(version, recipe.trusted), Pinned(lake, pins), row)
            return Explained(product, snapshot.snapshot_id, row, version, reasons)
    raise UnknownName(
        f"{product} holds no prediction of version {wanted.version} for {PART.join(wanted.key)} in any readable "
        f"snapshot; `mesh show {product}` lists ids"
    )


def _find(lake: Lake, snapshot: Snapshot, contract: type[Contract], wanted: PredictionId) -> dict[str, Any] | None:
    shape = shape_of(contract)
    if len(wanted.key) != len(shape.key):
        raise UserError(f"prediction id's key '{PART.join(wanted.key)}' has not the parts {', '.join(shape.key)}")
    table = Pinned(lake, {snapshot.table: snapshot.snapshot_id})
    condition = " and ".join(
        f"cast({name} as varchar) = '{value.replace(chr(39), chr(39) * 2)}'"
        for name, value in zip(shape.key, wanted.key, strict=True)
    )
    rows = table.sql(f"select * from {snapshot.table} where model_version = {wanted.version} and {condition}")
    return rows.row(0, named=True) if rows.height else None
