"""A registry whose tables are made once, for making them takes seconds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mesh_platform.lake import Lake
from mesh_platform.ml.registry import Registry
from mesh_platform.settings import Settings


@pytest.fixture(scope="session")
def empty_registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a registry without models."""
    settings = Settings.load(tmp_path_factory.mktemp("registry"))
    Registry.open(settings).models()
    return settings.home / "models" / "registry.db"


@pytest.fixture
def settings(tmp_path: Path, empty_registry: Path) -> Settings:
    """The settings of an empty lake and an empty registry."""
    (tmp_path / "models").mkdir()
    shutil.copy2(empty_registry, tmp_path / "models" / "registry.db")
    return Settings.load(tmp_path)


@pytest.fixture
def lake(settings: Settings) -> Lake:
    """An empty lake."""
    return Lake.open(settings)


@pytest.fixture
def registry(settings: Settings) -> Registry:
    """An empty registry."""
    return Registry.open(settings)
