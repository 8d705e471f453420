"""What a step of a Dagster run tells the pipeline, and what it tells its watchers when it fails."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from mesh_platform.errors import MeshError, UserError
from mesh_platform.lake import Lake
from mesh_platform.lineage.facts import RunRef
from mesh_platform.orchestrate.partitions import forced_days
from mesh_platform.orchestrate.recording import MESH_JOB, MESH_RUN_TAG, domain_job
from mesh_platform.orchestrate.watch import Failed, Reached, tell
from mesh_platform.pipeline.context import RunContext
from mesh_platform.settings import Settings


def run_context(context: dg.AssetExecutionContext) -> RunContext:
    """Tell the pipeline's steps what a Dagster run asks for.

    Args:
        context: The step's context.
    """
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
        parent=_parent(context),
    )


def _parent(context: dg.AssetExecutionContext) -> RunRef:
    """The Dagster run, and the run of the mesh that it belongs to, if any."""
    mesh_run = context.run.tags.get(MESH_RUN_TAG)
    root = RunRef(mesh_run, MESH_JOB) if mesh_run else None
    return RunRef(context.run_id, domain_job(context.asset_key.path[0]), root)


@contextmanager
def spoken(name: str) -> Iterator[None]:
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
