"""A domain's tables, kept small and quick by a job of their own."""

import dagster as dg

from mesh_platform.lake import Lake
from mesh_platform.pipeline.maintain import maintain
from mesh_platform.product import Domain
from mesh_platform.settings import Settings


def maintenance_job(domain: Domain) -> dg.JobDefinition:
    """Make the job that expires old snapshots by policy, merges small files and drops what dead runs left.

    Args:
        domain: The domain.
    """
    retention = {domain.full_name(p): p.service_level.retention_days for p in domain.products}

    @dg.op(name=f"maintain_{domain.name}", description="Expire, compact and heal every table of the domain.")
    def maintain_tables(context: dg.OpExecutionContext) -> None:
        for done in maintain(Lake.open(Settings.load()), retention, domain=domain.name):
            context.log.info(
                f"{done.table}: {done.files_before} files became {done.files_after}, "
                f"{done.snapshots_expired} snapshots expired, {done.bytes_freed:,} bytes freed"
            )

    @dg.job(name="maintain", description=f"Keep the tables of {domain.name} small and quick.")
    def maintenance() -> None:
        maintain_tables()

    return maintenance
