"""A domain's tables, kept small and quick by a job of their own, which also forgets what had its time."""

from datetime import UTC, datetime

import dagster as dg

from mesh_platform.contract.older import older_products
from mesh_platform.lake import Lake
from mesh_platform.pipeline.maintain import maintain
from mesh_platform.pipeline.models import registry_of
from mesh_platform.privacy.retention import learnt_snapshots, retained, told
from mesh_platform.product import Domain
from mesh_platform.settings import Settings


def maintenance_job(domain: Domain) -> dg.JobDefinition:
    """Make the job that expires old snapshots by policy, merges small files and drops what dead runs left.

    Args:
        domain: The domain.
    """

    def retention() -> dict[str, int]:
        today = datetime.now(UTC).date()
        served = [p for product in domain.products for p in (product, *older_products(domain, product, today))]
        return {domain.full_name(p): p.service_level.retention_days for p in served}

    @dg.op(name=f"maintain_{domain.name}", description="Expire by service level, compact and heal every table.")
    def maintain_tables(context: dg.OpExecutionContext) -> None:
        settings = Settings.load()
        lake = Lake.open(settings)
        for kept in retained(lake, retention(), learnt_snapshots(registry_of(settings)), domain=domain.name):
            if kept.expiring:
                context.log.info(told(kept))
        for done in maintain(lake, retention(), domain=domain.name):
            context.log.info(
                f"{done.table}: {'dropped, ' if done.dropped else ''}"
                f"{done.files_before} files became {done.files_after}, "
                f"{done.snapshots_expired} snapshots expired, {done.bytes_freed:,} bytes freed"
            )

    @dg.job(name="maintain", description=f"Keep the tables of {domain.name} small and quick.")
    def maintenance() -> None:
        maintain_tables()

    return maintenance
