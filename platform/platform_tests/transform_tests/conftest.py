import sys
from collections.abc import Iterator
from importlib import invalidate_caches
from pathlib import Path

import pytest

from mesh_platform.settings import Settings

from .toys import write_project


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The state of a mesh, shared by a module's tests, as successive runs share it."""
    return Settings.load(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The dbt project of the toys domain, whose package can be imported."""
    root = tmp_path_factory.mktemp("toys")
    folder = write_project(root)
    sys.path.insert(0, str(root / "src"))
    invalidate_caches()
    yield folder
    sys.path.remove(str(root / "src"))
