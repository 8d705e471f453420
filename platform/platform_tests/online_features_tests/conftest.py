"""Both online stores, each as a user has it: a file, and a real Redis server on a port of its own."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from mesh_platform.features.online.store import OnlineStore, open_store

from .bank import Bank

SERVER = "redis-server"


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis server that keeps nothing; absent: a loud skip, and a failure where CI promises it."""
    program = shutil.which(SERVER)
    if program is None:
        said = f"{SERVER} is not on the PATH; Debian's package has it: apt-get install redis-server"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        client = redis.Redis(port=port, retry=redis.retry.Retry(redis.backoff.ConstantBackoff(0.02), 500))
        try:
            client.ping()
            client.close()
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()


@pytest.fixture(params=["sqlite", "redis"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/online/features.db"
    url = str(request.getfixturevalue("redis_url"))
    client = redis.Redis.from_url(url)
    client.flushall()
    client.close()
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[OnlineStore]:
    """An empty store of each kind, opened."""
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    """A bank that has published nothing."""
    return Bank(tmp_path / "home")
