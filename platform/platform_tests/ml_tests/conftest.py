"""A registry whose tables are made once, for making them takes seconds; in a local file, and on an MLflow server."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from mesh_platform.lake import Lake
from mesh_platform.ml.registry import Registry
from mesh_platform.settings import Settings

STARTS_WITHIN_SECONDS = 90
SERVER = "MESH_TEST_MLFLOW"
"""Names the `mlflow` command of an environment with the full package, which the mesh itself does not need."""


@pytest.fixture(scope="session")
def empty_registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a registry without models."""
    settings = Settings.load(tmp_path_factory.mktemp("registry"))
    Registry.open(settings).models()
    return settings.home / "models" / "registry.db"


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an MLflow server of our own; without the package skipped loudly, and failed on CI."""
    command = os.environ.get(SERVER) or shutil.which("mlflow")
    if not command or not shutil.which(command):
        missing = f"no MLflow server: {SERVER} names no `mlflow` command (pip install mlflow in an environment apart)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    folder, port = tmp_path_factory.mktemp("mlflow"), _free_port()
    store = f"sqlite:///{folder}/registry.db"
    arguments = ["server", "--backend-store-uri", store, "--artifacts-destination", f"{folder}/artifacts"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [command, *arguments, "--port", str(port), "--workers", "1"],
            stdout=log, stderr=log, start_new_session=True,
            env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},  # seven processes that nobody asks
        )  # fmt: skip
    try:
        yield _answering(f"http://127.0.0.1:{port}", process, folder / "log")
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)


@pytest.fixture(params=["file", "server"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The settings of an empty lake and an empty registry."""
    settings = Settings.load(tmp_path)
    if request.param == "server":
        from mlflow.tracking import MlflowClient

        at = replace(settings, model_registry=request.getfixturevalue("mlflow_server"))
        for model in (client := MlflowClient(at.model_registry)).search_registered_models():
            client.delete_registered_model(model.name)
        return at
    (tmp_path / "models").mkdir()
    shutil.copy2(request.getfixturevalue("empty_registry"), tmp_path / "models" / "registry.db")
    return settings


@pytest.fixture
def lake(settings: Settings) -> Lake:
    """An empty lake."""
    return Lake.open(settings)


@pytest.fixture
def registry(settings: Settings) -> Registry:
    """An empty registry."""
    return Registry.open(settings)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answering(url: str, process: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urlopen(f"{url}/health", timeout=5):  # noqa: S310 - our own server
                return url
        except (URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"the MLflow server did not start: {log.read_text(errors='replace')[-2000:]}")
