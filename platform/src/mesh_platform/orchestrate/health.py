"""Models that are watched: a check that warns of drift and decay, and a sensor that starts a training."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from mesh_platform.lake import Lake
from mesh_platform.ml.recipe import Recipe
from mesh_platform.ml.watch.contract import ModelHealth
from mesh_platform.orchestrate.keys import model_key
from mesh_platform.orchestrate.models import RETRAIN_TAG
from mesh_platform.pipeline.models import recipe_of, registry_of
from mesh_platform.product import DataProduct, Domain
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    import polars as pl

CHECK = "no_drift_no_decay"
REASON_TAG = "mesh/reason"
EVERY_SECONDS = 600
"""How often the sensor looks; the rows that it looks at change with a run, which is once a day."""
DAYS_TOLD = 30
"""How many days an alert looks back to say since when it is so."""
TAG_LENGTH = 250
"""What fits into a run's tag."""


def is_health(product: DataProduct) -> bool:
    """Whether a product holds the health of models."""
    return issubclass(product.contract, ModelHealth)


def health_spec(asset: dg.AssetKey) -> dg.AssetCheckSpec:
    """Declare the check that warns of drift and decay; it blocks nothing, for the rows themselves are right."""
    return dg.AssetCheckSpec(CHECK, asset=asset, description="No model drifts or decays.", blocking=False)


def health_result(asset: dg.AssetKey, lines: list[str]) -> dg.AssetCheckResult:
    """Say what the newest rows warn of.

    Args:
        asset: The health product's asset.
        lines: The alerts.
    """
    return dg.AssetCheckResult(
        passed=not lines,
        asset_key=asset,
        check_name=CHECK,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"alerts": "\n".join(lines) or "none"},
    )


def latest_health(lake: Lake, table: str) -> "pl.DataFrame | None":
    """The newest days' rows of a health product; None where it has no snapshot.

    Args:
        lake: Where it lives.
        table: Its full name.
    """
    if lake.current(table) is None:
        return None
    days = sorted({file.day for file in lake.files(table) if file.day is not None})
    return lake.scan(table, days=days[-DAYS_TOLD:]).collect()


def retraining(domain: Domain) -> list[tuple[UnresolvedAssetJobDefinition, dg.SensorDefinition]]:
    """Make, for each of a domain's models, the job that trains it and the sensor that starts the job.

    Args:
        domain: The domain.
    """
    tables = [domain.full_name(product) for product in domain.products if is_health(product)]
    recipes = [recipe_of(product) for product in domain.products if product.recipe]
    return [_watched(domain.name, recipe, table) for table in tables for recipe in recipes]


def _watched(domain: str, recipe: Recipe, table: str) -> tuple[UnresolvedAssetJobDefinition, dg.SensorDefinition]:
    job = dg.define_asset_job(
        f"retrain_{recipe.name}",
        selection=dg.AssetSelection.assets(model_key(domain, recipe.name)),
        description=f"Train the next version of {recipe.name}; the gate decides whether it predicts.",
        tags={RETRAIN_TAG: "true"},
    )

    @dg.sensor(
        name=f"watch_{recipe.name}",
        job=job,
        minimum_interval_seconds=EVERY_SECONDS,
        description=f"Trains {recipe.name} again on drift or decay, at most every {recipe.cooldown_days} days.",
    )
    def watch() -> dg.RunRequest | dg.SkipReason:
        settings = Settings.load()
        lake = Lake.open(settings)
        reason = retraining_reason(recipe, lake, table, settings, datetime.now(UTC))
        snapshot = lake.current(table)
        if reason is None or snapshot is None:
            return dg.SkipReason(f"{recipe.name} neither drifts nor decays, or was trained lately")
        return dg.RunRequest(
            run_key=f"{recipe.name}-{snapshot.snapshot_id}", tags={RETRAIN_TAG: "true", REASON_TAG: reason[:TAG_LENGTH]}
        )

    return job, watch


def retraining_reason(recipe: Recipe, lake: Lake, table: str, settings: Settings, now: datetime) -> str | None:
    """Say why a model should be trained again, or None.

    Args:
        recipe: The model's.
        lake: Holds the health product.
        table: The health product.
        settings: Where the registry is.
        now: The time.
    """
    import polars as pl

    from mesh_platform.ml.watch.retraining import needs_retraining

    rows, registry = latest_health(lake, table), registry_of(settings)
    if rows is None or registry is None:
        return None
    versions = registry.versions(recipe.name)
    trained_at = versions[0].trained_at if versions else None
    return needs_retraining(rows.filter(pl.col("model") == recipe.name), trained_at, now, recipe.cooldown_days)
