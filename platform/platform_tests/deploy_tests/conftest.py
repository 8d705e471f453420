"""A mesh with versions of the small model, made once; each test gets a registry of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mesh_platform.lake import Lake
from mesh_platform.ml.registry import Registry
from mesh_platform.settings import Settings
from platform_tests.deploy_tests import toy

_made: list[Path] = []


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a mesh in which every version is registered, version 2 predicts, and 1 did before."""
    if _made:  # another package of tests uses the same
        return _made[0]
    settings = toy.home(tmp_path_factory.mktemp("trained"), list(toy.VERSIONS))
    registry = Registry.open(settings)
    registry.promote(toy.NAME, toy.FIRST)
    registry.promote(toy.NAME, toy.CHAMPION)
    _made.append(settings.home)
    return settings.home


@pytest.fixture
def settings(trained: Path, tmp_path: Path) -> Settings:
    """A mesh of the test's own; the files of tables and versions stay where they were made."""
    for folder in ("models", "lake"):
        (tmp_path / folder).mkdir()
    shutil.copy2(trained / "models" / "registry.db", tmp_path / "models")
    shutil.copy2(trained / "lake" / "catalog.db", tmp_path / "lake")
    return Settings.load(tmp_path)


@pytest.fixture
def registry(settings: Settings) -> Registry:
    """Its registry."""
    return Registry.open(settings)


@pytest.fixture
def lake(settings: Settings) -> Lake:
    """Its lake."""
    return Lake.open(settings)
