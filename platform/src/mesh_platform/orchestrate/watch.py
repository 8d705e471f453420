"""Who watches a run from outside the orchestrator: the command line's live display and its closing table."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reached:
    """A source or product reached a step."""

    name: str
    step: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A source or product failed, and why; `user` where the input is at fault and not the mesh."""

    name: str
    error: str
    user: bool


@dataclass(frozen=True, slots=True)
class Trained:
    """A model has a champion, newly trained or kept."""

    name: str
    what: str


@dataclass(frozen=True, slots=True)
class Untrained:
    """A model was not trained, or what was trained may not predict, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Alert:
    """A watched model drifts or decays."""

    name: str
    line: str


Listener = Callable[[object], None]
listeners: list[Listener] = []


def tell(event: object) -> None:
    """Tell every listener of this process."""
    for listener in listeners:
        listener(event)
