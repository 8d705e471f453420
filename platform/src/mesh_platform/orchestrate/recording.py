"""What the runs around the steps tell OpenLineage: the run of the whole mesh, and the run of one domain in it.

Imports no Dagster, so that the command that starts the workers stays light.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from types import TracebackType
from typing import Self

from mesh_platform.lineage.facts import JobFacts, RunFacts, RunRef
from mesh_platform.lineage.recording import Recording, tell_abandoned
from mesh_platform.settings import Settings

MESH_RUN_TAG = "mesh/run"
"""On a domain's Dagster run: the run of the mesh that it belongs to."""
MESH_JOB = "mesh.run"


def domain_job(domain: str) -> str:
    """Name the job of a domain's Dagster runs."""
    return f"{domain}.run"


class MeshRecording(Recording):
    """Tells of a run of the whole mesh, and of the runs within it whose process was killed.

    Args:
        settings: Where events go.
        mesh_run: The run's UUID.
        domains: The domains that have something to do.
        days: The first and last day of delivery.
    """

    def __init__(self, settings: Settings, mesh_run: str, domains: Collection[str], days: tuple[date, date]) -> None:
        said = f"Publishes every product that something changed for: {', '.join(sorted(domains))}."
        job = JobFacts(MESH_JOB, "RUN", said)
        super().__init__(settings, lambda: RunFacts(job, days=days), run_id=mesh_run)

    def __enter__(self) -> Self:
        tell_abandoned(self._settings)
        return super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tell_abandoned(self._settings)
        super().__exit__(kind, error, trace)


def domain_recording(settings: Settings, run_id: str, mesh_run: str, domain: str, days: tuple[date, date]) -> Recording:
    """Tell of one domain's Dagster run.

    Args:
        settings: Where events go.
        run_id: Dagster's id of the run, which is a UUID.
        mesh_run: The mesh-wide run that it belongs to.
        domain: The domain.
        days: The first and last day of delivery.
    """
    job = JobFacts(domain_job(domain), "RUN", f"Ingests, trains and publishes what the run asks of {domain}.")
    return Recording(settings, lambda: RunFacts(job, days=days), RunRef(mesh_run, MESH_JOB), run_id)
