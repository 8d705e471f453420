"""A domain's sources and products as Dagster assets."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from mesh_platform.contract import shape_of
from mesh_platform.errors import ContractBroken
from mesh_platform.lake import Lake
from mesh_platform.ml.watch.alerts import alerts
from mesh_platform.orchestrate.checks import broken_results, check_specs, older_result, older_spec, passed_results
from mesh_platform.orchestrate.describe import column_lineage, column_schema, owners, product_metadata
from mesh_platform.orchestrate.health import health_result, health_spec, is_health, latest_health
from mesh_platform.orchestrate.keys import model_key, product_key, source_key
from mesh_platform.orchestrate.runs import run_context, spoken
from mesh_platform.orchestrate.watch import Alert, Failed, tell
from mesh_platform.pipeline.context import RunContext
from mesh_platform.pipeline.models import recipe_of
from mesh_platform.pipeline.older import Behind, refresh_older_majors
from mesh_platform.pipeline.plan import awaited_products
from mesh_platform.pipeline.steps import ingest_source, refresh_product
from mesh_platform.product import DataProduct, Domain, Source
from mesh_platform.settings import Settings

Results = Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]


def source_asset(domain: Domain, source: Source, partitions: dg.PartitionsDefinition[Any]) -> dg.AssetsDefinition:
    """Make the asset that ingests a source.

    Args:
        domain: The source's domain.
        source: The source.
        partitions: The daily partitions; used where the source's rows have a day.
    """
    shape = shape_of(source.contract)
    masters = {target.rpartition(".")[0] for target in shape.references.values()}
    known = {f"{domain.name}.{s.name}": s.name for s in domain.sources}

    @dg.asset(
        key=source_key(domain.name, source.name),
        deps=[source_key(domain.name, known[m]) for m in sorted(masters) if m in known],
        description=f"{shape.description}\n\nFed by: {source.system}.",
        group_name=domain.name,
        owners=owners(domain.owner),
        kinds={source.format, "iceberg"},
        partitions_def=partitions if source.event_time else None,
        backfill_policy=dg.BackfillPolicy.single_run() if source.event_time else None,
        metadata={
            "dagster/column_schema": column_schema(shape),
            "dagster/table_name": f"{domain.name}_raw.{source.name}",
        },
        op_tags={"mesh/source": source.name},
    )
    def ingest(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
        name = f"{domain.name}/{source.name}"
        with spoken(name):
            done = ingest_source(domain, source, run_context(context))
        tell(done)
        return dg.MaterializeResult(
            metadata={
                "files": len(done.files),
                "rows read": done.read,
                "rows accepted": done.accepted,
                "rows quarantined": done.quarantined,
                "rows late": done.late,
            }
        )

    return ingest


def product_asset(
    domain: Domain, product: DataProduct, partitions: dg.PartitionsDefinition[Any]
) -> dg.AssetsDefinition:
    """Make the asset that transforms, audits and publishes a product.

    Args:
        domain: The product's domain.
        product: The product.
        partitions: The daily partitions; used where the product is partitioned by a day.
    """
    shape, name = shape_of(product.contract), domain.full_name(product)
    lineage = column_lineage(domain, product, Settings.load())
    partitioned = shape.partition is not None and shape.partition != "week"

    @dg.asset(
        key=product_key(name),
        deps=_upstream(domain, product),
        description=shape.description,
        group_name=domain.name,
        owners=owners(domain.owner),
        kinds=_kinds(product),
        partitions_def=partitions if partitioned else None,
        backfill_policy=dg.BackfillPolicy.single_run() if partitioned else None,
        check_specs=_check_specs(product, product_key(name)),
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=product.service_level.freshness),
        automation_condition=dg.AutomationCondition.eager(),
        tags={"data_product": "", "version": product.version, "status": product.status},
        metadata={
            **product_metadata(name, product),
            "dagster/column_schema": column_schema(shape, lineage),
            "dagster/column_lineage": lineage,
        },
    )
    def publish(context: dg.AssetExecutionContext) -> Results:
        with spoken(name):
            try:
                done = refresh_product(domain, product, run_context(context))
            except ContractBroken as broken:
                yield from broken_results(product_key(name), broken)
                raise
        tell(done)
        yield dg.MaterializeResult(
            metadata={
                "snapshot": str(done.snapshot.snapshot_id),
                "dagster/row_count": done.snapshot.rows,
                "made": done.why if done.changed else "unchanged",
            }
        )
        yield from passed_results(product_key(name), done.snapshot)
        if is_health(product):
            yield health_result(product_key(name), _alerts(name))
        if product.older:
            yield older_result(product_key(name), _behind(domain, product, run_context(context)))

    return publish


def _check_specs(product: DataProduct, asset: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    more = ([health_spec(asset)] if is_health(product) else []) + ([older_spec(asset)] if product.older else [])
    return check_specs(asset) + more


def _behind(domain: Domain, product: DataProduct, context: RunContext) -> list[Behind]:
    """Make the older major versions and tell the watchers; those that could not be made are the answer."""
    behind = []
    for done in refresh_older_majors(domain, product, context):
        tell(Failed(done.table, done.error, done.user) if isinstance(done, Behind) else done)
        if isinstance(done, Behind):
            behind.append(done)
    return behind


def _alerts(table: str) -> list[str]:
    """What the newest rows of a health product warn of; the watchers are told, too."""
    rows = latest_health(Lake.open(Settings.load()), table)
    lines = [] if rows is None else alerts(rows)
    for line in lines:
        tell(Alert(table, line))
    return lines


def _upstream(domain: Domain, product: DataProduct) -> list[dg.AssetKey]:
    tables = awaited_products(product) - {domain.full_name(product)}
    models = [model_key(domain.name, recipe_of(product).name)] if product.recipe else []
    return [source_key(domain.name, s) for s in product.sources] + [product_key(t) for t in sorted(tables)] + models


def _kinds(product: DataProduct) -> set[str]:
    made_by = {"dbt": product.mart, "duckdb": product.mart, "python": product.program, "scikitlearn": product.recipe}
    return {"iceberg", *(kind for kind, used in made_by.items() if used)}
