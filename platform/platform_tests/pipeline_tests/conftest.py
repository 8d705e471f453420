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
    paths = [str(root / domain / "src") for domain in ("kiosk", "cafe")]
    sys.path.extend(paths)  # not before others: Dagster takes the first place to be a script's folder and leaves it out
    invalidate_caches()
    yield root
    for path in paths:
        sys.path.remove(path)


@pytest.fixture
def mesh(tmp_path: Path) -> Mesh:
    """An empty mesh."""
    settings = Settings.load(tmp_path / "home")
    return Mesh(settings, Lake.open(settings))
