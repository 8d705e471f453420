"""What every step of a run is told: who runs, where state lives, which days were asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from mesh_platform.lineage.facts import RunRef
from mesh_platform.pipeline.days import Days
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.lake import Lake


class Report(Protocol):
    """Somebody who watches a run: a progress display, a log."""

    def __call__(self, name: str, step: str) -> None:
        """Hear that a source or product reached a step."""


def silent(name: str, step: str) -> None:
    """Watch nothing."""


@dataclass(frozen=True, slots=True)
class RunContext:
    """One run of the mesh.

    Args:
        run_id: Names the run in snapshots, ledgers and the orchestrator's history.
        settings: Where state lives.
        lake: The lake that the run reads and publishes to.
        forced: Days to make again even where nothing changed; None means everything.
        report: Told of every step.
        parent: The run that this one is part of, for the events of lineage.
    """

    run_id: str
    settings: Settings
    lake: "Lake"
    forced: Days | None = field(default_factory=frozenset)
    report: Report | Callable[[str, str], None] = silent
    parent: RunRef | None = None
