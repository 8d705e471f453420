"""Models as Dagster assets: a materialization is a training, with its figures and the gate's verdict."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg

from mesh_platform.errors import TooFewExamples
from mesh_platform.orchestrate.describe import owners
from mesh_platform.orchestrate.keys import model_key, product_key, source_key
from mesh_platform.orchestrate.runs import run_context, spoken
from mesh_platform.orchestrate.watch import Trained, Untrained, tell
from mesh_platform.pipeline.models import champion_of, recipe_of, train_model
from mesh_platform.pipeline.plan import RAW, input_tables
from mesh_platform.product import DataProduct, Domain

if TYPE_CHECKING:
    from mesh_platform.ml.versions import ModelVersion

RETRAIN_TAG = "mesh/retrain"
"""On runs that train whether or not there is a champion."""


def model_asset(domain: Domain, product: DataProduct) -> dg.AssetsDefinition:
    """Make the asset that trains a product's model.

    A run of the whole domain trains only where there is no champion; materialising the asset by itself, or the job
    `retrain`, always trains. Without a champion the product's step is skipped.

    Args:
        domain: The product's domain.
        product: The model product.
    """
    recipe = recipe_of(product)
    tables = [t for t in input_tables(domain, product) if t in recipe.tables]

    @dg.asset(
        key=model_key(domain.name, recipe.name),
        deps=[_key(domain, table) for table in tables],
        description=f"{recipe.purpose}\n\nGate: {recipe.metric.name} on the hold-out, beside baselines and champion.",
        group_name=domain.name,
        owners=owners(domain.owner),
        kinds={"scikitlearn", "mlflow"},
        output_required=False,
        op_tags={"mesh/model": recipe.name},
    )
    def learn(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        run = run_context(context)
        name = f"{domain.name}/model {recipe.name}"
        champion = None if context.run.tags.get(RETRAIN_TAG) else champion_of(product, run.settings)
        with spoken(name):
            try:
                version, why = (champion, "kept") if champion else _trained(domain, product, run)
            except TooFewExamples as error:
                tell(Untrained(name, str(error)))
                context.log.warning(str(error))
                return
        if version:
            tell(Trained(name, f"version {version.version} {why}"))
            yield dg.MaterializeResult(metadata=version_metadata(version))

    return learn


def _trained(domain: Domain, product: DataProduct, run: Any) -> "tuple[ModelVersion | None, str]":
    done = train_model(domain, product, run)
    if done.promoted:
        return done.version, "trained and promoted"
    name, refusal = (
        f"{domain.name}/model {done.version.model}",
        f"version {done.version.version}: {done.verdict.summary}",
    )
    tell(Untrained(name, refusal))
    return champion_of(product, run.settings), "kept: the challenger did not pass the gate"


def version_metadata(version: "ModelVersion") -> dict[str, Any]:
    """What people see of a version in the Dagster UI."""
    return {
        "version": version.version,
        "as of": dg.MetadataValue.timestamp(version.as_of),
        "trained": dg.MetadataValue.timestamp(version.trained_at),
        "verdict": version.verdict,
        "code version": version.code_version,
        "snapshots": dg.MetadataValue.json({table: str(s) for table, s in version.snapshots.items()}),
        **{name: float(figure) for name, figure in version.metrics.items()},
    }


def _key(domain: Domain, table: str) -> dg.AssetKey:
    schema, name = table.split(".")
    return source_key(domain.name, name) if schema == domain.name + RAW else product_key(table)


def record_training(domain: str, version: "ModelVersion") -> None:
    """Tell Dagster of a training that ran outside of it, so that the UI shows it.

    Args:
        domain: The model's domain.
        version: What was trained.
    """
    from mesh_platform.orchestrate.execute import instance

    with instance() as dagster:
        dagster.report_runless_asset_event(
            dg.AssetMaterialization(
                model_key(domain, version.model),
                description=f"trained by `mesh train` at {datetime.now(UTC):%Y-%m-%d %H:%M}",
                metadata=version_metadata(version),
            )
        )
