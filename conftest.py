"""What every test of the project shares: one cache of parsed SQL, so that a hundred homes do not parse it again."""

import os
import shutil
import tempfile

import pytest

CACHE = "MESH_CACHE"


def pytest_configure(config: pytest.Config) -> None:
    """Set a cache of this run of the suite up, before workers are started; they inherit it."""
    if CACHE not in os.environ:
        os.environ[CACHE] = tempfile.mkdtemp(prefix="mesh-cache-")
        config.add_cleanup(_remove)


def _remove() -> None:
    shutil.rmtree(os.environ.pop(CACHE))
