"""A process that executes one domain's run and tells its parent what happens."""

import os
import sys
import traceback
from dataclasses import dataclass
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path

from mesh_platform.orchestrate.watch import Failed, listeners

PRELOADED = [
    "mesh_platform.orchestrate.execute",
    "mesh_platform.orchestrate.storage",
    "mesh_platform.ingest.run",
    "mesh_platform.ingest.readers.registry",
    "mesh_platform.lake.publish",
    "mesh_platform.contract.audit",
    "mesh_platform.pipeline.recording",
    "mesh_platform.lineage.graph",
    "mesh_platform.lineage.events",
    "mesh_platform.lineage.sending",
    "openlineage.client.event_v2",
    "openlineage.client.facet_v2",
    "dateutil.parser",
    "pandera.backends.polars.register",
    "dagster._core.storage.legacy_storage",
    "dagster._core.storage.runs.sqlite.sqlite_run_storage",
    "dagster._core.storage.schedules.sqlite.sqlite_schedule_storage",
    "dagster._core.run_coordinator.default_run_coordinator",
    "dagster._daemon.controller",
    "alembic.command",
    "sqlalchemy.dialects.sqlite",
    "dbt.cli.main",
    "dbt.adapters.duckdb",
    "dbt.task.build",
    "mesh_platform.transform",
    "pyiceberg.catalog.sql",
    "pandera.backends.polars.components",
    "pandera.strategies.base_strategies",
]
"""What the fork server imports once, so that a worker starts in milliseconds instead of seconds."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a worker does.

    Args:
        domain: The domain's name.
        sources: Sources to ingest.
        models: Models to train before.
        products: Products to refresh.
        days: First and last day of delivery.
        changed_only: Leave what nothing changed.
        mesh_run: The mesh-wide run.
        log: Where the orchestrator's log goes.
    """

    domain: str
    sources: tuple[str, ...]
    models: tuple[str, ...]
    products: tuple[str, ...]
    days: tuple[date, date]
    changed_only: bool
    mesh_run: str
    log: Path

    @property
    def anything(self) -> bool:
        """Whether there is anything to do; the orchestrator takes an empty selection for all assets."""
        return bool(self.sources or self.models or self.products)


@dataclass(frozen=True, slots=True)
class Finished:
    """A worker came to its end."""

    domain: str
    success: bool


def work(task: Work, parent: Connection, environment: dict[str, str]) -> None:
    """Execute a domain's run; every event goes to the parent, the log to a file.

    Args:
        task: What to do.
        parent: Where events go.
        environment: The parent's variables; the fork server may have started before they were set.
    """
    os.environ.update(environment)
    _log_to(task.log)
    listeners.append(parent.send)
    try:
        parent.send(Finished(task.domain, _execute(task)))
    except Exception as error:
        parent.send(Failed(task.domain, f"{type(error).__name__}: {error}", user=False))
        traceback.print_exc()  # into the log; an exit code would be a second report


def _execute(task: Work) -> bool:
    from mesh_platform.orchestrate.describe import Descriptions
    from mesh_platform.orchestrate.execute import execute
    from mesh_platform.orchestrate.keys import model_key, product_key, source_key

    Descriptions.lineage = False
    keys = [source_key(task.domain, s) for s in task.sources]
    keys += [model_key(task.domain, model) for model in task.models]
    keys += [product_key(f"{task.domain}.{p}") for p in task.products]
    return execute(task.domain, keys, task.days, changed_only=task.changed_only, mesh_run=task.mesh_run)


def _log_to(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    with path.open("a") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
