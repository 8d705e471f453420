import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mesh_platform.serve.identity.keys import Keys
from mesh_platform.settings import Settings

from .asking import register, shop


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load(tmp_path / "home")


@pytest.fixture
def contracts(tmp_path: Path) -> Path:
    """A published shop of which a dashboard reads orders."""
    root = shop(tmp_path / "contracts")
    register(root)
    return root


@pytest.fixture
def keys(settings: Settings) -> Iterator[Keys]:
    opened = Keys.of(settings)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis on a port of its own."""
    server = shutil.which("redis-server")
    if server is None:
        missing = "no redis-server on the PATH: shared limits are not tested; apt-get install redis-server"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = str(tmp_path_factory.mktemp("redis"))
    asked = [server, "--port", str(port), "--save", "", "--dir", home, "--bind", "127.0.0.1"]
    with subprocess.Popen(asked, stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + 10
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert process.poll() is None, "redis-server ended"
            assert time.monotonic() < until, "redis-server does not answer"
            time.sleep(0.02)
        yield f"redis://127.0.0.1:{port}/0"
        process.terminate()
