"""One run of one job, told in events: START when it begins, COMPLETE, FAIL or ABORT when it ends.

Nothing in here fails a run: what goes wrong while telling is logged once a process.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mesh_platform.errors import (
    BadFile,
    ContractBroken,
    MissingFeature,
    MissingSource,
    ModelRefused,
    NoChampion,
    PublishConflict,
    TooFewExamples,
    TooManyBadRows,
    UnknownName,
    WarehouseBusy,
)
from mesh_platform.lineage.facts import RunFacts, RunRef
from mesh_platform.lineage.open_runs import OpenRuns
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.contract.audit.report import Breach
    from mesh_platform.lineage.events import State

OFF = "off"
"""As `MESH_LINEAGE_URL`: no event is made."""
SPEAK_OF_NAMES = (
    MissingFeature,
    MissingSource,
    ModelRefused,
    NoChampion,
    PublishConflict,
    TooFewExamples,
    TooManyBadRows,
    UnknownName,
    WarehouseBusy,
)
"""Errors whose message names tables, rules and counts; all others may quote a row, and with it a person."""

log = logging.getLogger("mesh.lineage")


class Recording:
    """Tells a run's events; use it as a context.

    Args:
        settings: Where events go.
        begins: What is known of the run when it begins.
        parent: The run that started it.
        run_id: Its UUID, where somebody else has given it one.
    """

    def __init__(
        self, settings: Settings, begins: Callable[[], RunFacts], parent: RunRef | None = None, run_id: str = ""
    ) -> None:
        self._settings, self._facts, self._parent = settings, begins, parent
        self._run_id, self._job, self._error = run_id, "", ""
        self._silent = settings.lineage_url == OFF

    @property
    def ref(self) -> RunRef | None:
        """How the runs that it starts name it; None where nothing is told."""
        if not self._run_id or self._silent:
            return self._parent
        root = self._parent.root or self._parent if self._parent else None
        return RunRef(self._run_id, self._job, root)

    def learn(self, facts: Callable[[], RunFacts]) -> None:
        """Say what is known of the run now; it is told when the run ends."""
        self._facts = facts

    def fail(self, error: str) -> None:
        """Say that the run has failed, where no exception says so."""
        self._error = error

    def __enter__(self) -> Self:
        self._tell("START")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._error = said_of(error)
        interrupted = error is not None and not isinstance(error, Exception)
        self._tell("ABORT" if interrupted else "FAIL" if self._error else "COMPLETE")

    def _tell(self, state: State) -> None:
        if self._silent:
            return
        try:
            self._post(state)
        except Exception as error:
            _log_once(error)

    def _post(self, state: State) -> None:
        from mesh_platform.lineage.events import new_run_id, run_event
        from mesh_platform.lineage.sending import post

        opened, facts = open_runs(self._settings), self._facts()
        self._run_id, self._job = self._run_id or new_run_id(), facts.job.name
        if state != "START":
            opened.end(self._run_id)
        ref, namespace = RunRef(self._run_id, self._job), self._settings.lineage_namespace
        event = run_event(state, ref, facts, namespace, self._parent, self._error)
        post(event, self._settings)
        if state == "START":
            opened.begin(self._run_id, event)


def open_runs(settings: Settings) -> OpenRuns:
    """The runs of a mesh that have not ended."""
    return OpenRuns(settings.home / "lineage" / "open")


def tell_abandoned(settings: Settings) -> None:
    """Tell of the runs whose process was killed that they are over."""
    if settings.lineage_url == OFF:
        return
    try:
        for start in open_runs(settings).abandoned():
            _abort(start, settings)
    except Exception as error:
        _log_once(error)


def _abort(start: bytes, settings: Settings) -> None:
    from mesh_platform.lineage.events import aborted
    from mesh_platform.lineage.sending import post

    post(aborted(start), settings)


_logged: set[str] = set()


def _log_once(error: Exception) -> None:
    said = type(error).__name__
    if said not in _logged:
        _logged.add(said)
        log.warning("lineage: an event could not be told (%s: %s); the run goes on", said, error)


def said_of(error: BaseException) -> str:
    """Say why a run failed without a word of the rows: rules, counts and names, no values.

    Args:
        error: What ended the run.
    """
    from mesh_platform.contract.audit import Breach

    kind = type(error).__name__
    if isinstance(error, ContractBroken):
        breaches = [breach for breach in error.breaches if isinstance(breach, Breach)]
        lines = [f"{b.rule} ({b.description}){_counted(b)}" for b in breaches]
        return f"{kind}: {'; '.join(lines) or 'the rows do not fit the layout'}; nothing was published"
    if isinstance(error, BadFile):
        return f"{kind}: {error.file} (rule: {error.rule})"
    if isinstance(error, SPEAK_OF_NAMES):
        return f"{kind}: {error}"
    return f"{kind}; the run's log has the details"


def _counted(breach: Breach) -> str:
    return f": {breach.broken:,} of {breach.rows:,} rows" if breach.broken else ""
