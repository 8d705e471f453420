from pathlib import Path

import pytest

from platform_tests.cli_tests.commands import Mesh


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Mesh:
    """A small world with what marketing publishes of it; nobody leaves a change in it."""
    mesh = Mesh(tmp_path_factory.mktemp("cli") / "home")
    mesh("run", "--days", "3", "--scale", "0.02", "--domain", "marketing")
    return mesh


@pytest.fixture
def mesh(tmp_path: Path) -> Mesh:
    """A home where nothing has happened yet."""
    return Mesh(tmp_path / "home")
