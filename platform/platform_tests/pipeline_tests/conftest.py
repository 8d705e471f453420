import sys
from collections.abc import Iterator
from importlib import invalidate_caches
from pathlib import Path

import pytest

from mesh_platform.lake import Lake
from mesh_platform.settings import Settings

from .kiosk import Mesh, write_checkout


@pytest.fixture(scope="package", autouse=True)
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The checkout of the kiosk and the café, whose packages can be imported."""
    root = write_checkout(tmp_path_factory.mktemp("checkout"))
    before = list(sys.path)
    sys.path.insert(0, str(root))  # Dagster takes the first place to be a script's folder and leaves it out
    sys.path.extend(str(root / domain / "src") for domain in ("kiosk", "cafe"))
    invalidate_caches()
    yield root
    sys.path[:] = before


@pytest.fixture
def mesh(tmp_path: Path) -> Mesh:
    """An empty mesh."""
    settings = Settings.load(tmp_path / "home")
    return Mesh(settings, Lake.open(settings))
