"""The small model, served."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from mesh_platform.lake import Lake
from mesh_platform.serve.models.serving import Serving
from mesh_platform.settings import Settings
from platform_tests.deploy_tests import toy
from platform_tests.deploy_tests.conftest import lake, registry, settings, trained

__all__ = ["lake", "registry", "settings", "trained"]


class Figures:
    """Metrics that can be looked at."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, str, str, int]] = []
        self.gauges: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}

    def observe(self, kind: str, name: str, route: str, version: str, status: int, seconds: float) -> None:
        assert (kind, seconds >= 0) == ("model", True)
        self.answers.append((name, route, version, status))

    def gauge(self, name: str, labels: Mapping[str, str], value: float) -> None:
        self.gauges[name, frozenset(labels.items())] = value


@pytest.fixture
def figures() -> Figures:
    """What is counted."""
    return Figures()


@pytest.fixture
def online() -> toy.Regulars:
    """The online store."""
    return toy.Regulars()


@pytest.fixture
def serving(
    settings: Settings, lake: Lake, figures: Figures, online: toy.Regulars, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Serving]:
    """The served model, its versions loaded; the keeper looks only when a test says so."""
    monkeypatch.setenv("PYTHONPATH", str(Path(toy.__file__).parents[2]))  # for the shadows' process
    found = Serving(settings, lake, figures, online, toy.MODELS)
    found.log.start()
    found.keeper.look()
    yield found
    found.close()
