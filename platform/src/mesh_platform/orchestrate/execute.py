"""Execute one domain's run in this process, recorded as if it had been launched from the UI."""

from collections.abc import Collection
from datetime import date

import dagster as dg
from dagster._core.definitions.reconstruct import ReconstructableRepository
from dagster._core.execution.api import execute_run
from dagster._core.remote_origin import RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.workspace.load import location_origin_from_module_name

from mesh_platform.orchestrate.definitions import JOB
from mesh_platform.orchestrate.partitions import CHANGED_ONLY_TAG, END_TAG, START_TAG
from mesh_platform.orchestrate.recording import MESH_RUN_TAG, domain_recording
from mesh_platform.pipeline.lock import exclusive
from mesh_platform.settings import Settings


def execute(
    domain: str,
    assets: Collection[dg.AssetKey],
    days: tuple[date, date],
    *,
    changed_only: bool,
    mesh_run: str,
) -> bool:
    """Run some assets of a domain over a range of days.

    Args:
        domain: The domain's name.
        assets: What to materialise.
        days: The first and last day of delivery.
        changed_only: Leave products that nothing changed as they are.
        mesh_run: Names the mesh-wide run that this run belongs to.

    Returns:
        Whether every step succeeded.
    """
    module = f"mesh_{domain}.definitions"
    repository = ReconstructableRepository.for_module(module, "defs")
    job = repository.get_reconstructable_job(JOB).get_subset(asset_selection=frozenset(assets))
    location = location_origin_from_module_name(module, None, None, location_name=domain)
    tags = {START_TAG: days[0].isoformat(), END_TAG: days[1].isoformat(), MESH_RUN_TAG: mesh_run}
    with instance() as dagster:
        run = dagster.create_run_for_job(
            job_def=job.get_definition(),
            tags=tags | ({CHANGED_ONLY_TAG: "true"} if changed_only else {}),
            asset_selection=frozenset(assets),
            remote_job_origin=RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), JOB),
            job_code_origin=job.get_python_origin(),
        )
        with domain_recording(Settings.load(), run.run_id, mesh_run, domain, days) as told:
            done = execute_run(job, run, dagster).success
            if not done:
                told.fail("a step failed; its own event says why")
        return done


def instance() -> dg.DagsterInstance:
    """Open Dagster's home; its first opening makes tables, which two processes must not do at once."""
    with exclusive(Settings.load().home / "locks" / "dagster.lock"):
        return dg.DagsterInstance.get()
