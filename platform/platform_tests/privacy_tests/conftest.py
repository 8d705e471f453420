import shutil
from pathlib import Path

import pytest

from .club import Club


@pytest.fixture(scope="package")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled club that nobody changes."""
    home = tmp_path_factory.mktemp("filled") / "home"
    Club.at(home).fill()
    kept = home.with_name("kept")
    shutil.copytree(home, kept)
    return home


@pytest.fixture
def club(filled: Path) -> Club:
    """A filled club for one test; always in the same folder, for a lake knows where it lies."""
    shutil.rmtree(filled)
    shutil.copytree(filled.with_name("kept"), filled)
    return Club.at(filled)
