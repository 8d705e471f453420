"""A domain's sources and products as Dagster assets."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg

from mesh_platform.contract import shape_of
from mesh_platform.errors import ContractBroken, MeshError, UserError
from mesh_platform.lake import Lake
from mesh_platform.orchestrate.checks import broken_results, check_specs, passed_results
from mesh_platform.orchestrate.describe import column_lineage, column_schema, owners, product_metadata
from mesh_platform.orchestrate.partitions import forced_days
from mesh_platform.orchestrate.watch import Failed, Reached, tell
from mesh_platform.pipeline.context import RunContext
from mesh_platform.pipeline.steps import ingest_source, refresh_product
from mesh_platform.product import DataProduct, Domain, Source
from mesh_platform.settings import Settings

Results = Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]


def source_key(domain: str, source: str) -> dg.AssetKey:
    """The asset of a source's accepted rows."""
    return dg.AssetKey([domain, "raw", source])


def product_key(product: str) -> dg.AssetKey:
    """The asset of a product, from its full name."""
    return dg.AssetKey(product.split("."))


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
        with _spoken(name):
            done = ingest_source(domain, source, _run(context))
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
        kinds={"dbt", "duckdb", "iceberg"},
        partitions_def=partitions if partitioned else None,
        backfill_policy=dg.BackfillPolicy.single_run() if partitioned else None,
        check_specs=check_specs(product_key(name)),
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
        with _spoken(name):
            try:
                done = refresh_product(domain, product, _run(context))
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

    return publish


def _upstream(domain: Domain, product: DataProduct) -> list[dg.AssetKey]:
    references = {t.rpartition(".")[0] for t in shape_of(product.contract).references.values()}
    tables = {port.product for port in product.inputs} | references - {domain.full_name(product)}
    return [source_key(domain.name, s) for s in product.sources] + [product_key(t) for t in sorted(tables)]


def _run(context: dg.AssetExecutionContext) -> RunContext:
    settings = Settings.load()

    def report(name: str, step: str) -> None:
        context.log.info(f"{name}: {step}")
        tell(Reached(name, step))

    return RunContext(
        run_id=context.run_id,
        settings=settings,
        lake=Lake.open(settings),
        forced=forced_days(dict(context.run.tags)),
        report=report,
    )


@contextmanager
def _spoken(name: str) -> Iterator[None]:
    """Say what failed, in one line, to the watchers and to the orchestrator; a mistake in the input is not retried."""
    try:
        yield
    except MeshError as error:
        tell(Failed(name, str(error), isinstance(error, UserError)))
        raise dg.Failure(description=str(error), allow_retries=error.retry_helps) from error
    except Exception as error:
        reason = str(error).strip().partition("\n")[0]
        tell(Failed(name, f"{type(error).__name__}: {reason}; the run's log has it all", user=False))
        raise
