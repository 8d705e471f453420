"""A small project whose two products are published, and `mesh serve` over it as an operator starts it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from mesh_platform.client import Mesh
from mesh_platform.contract.export.documents import export
from mesh_platform.lake import Days, Lake, Made, TableLayout
from mesh_platform.settings import Settings

from .shop import DAY, domain, orders

ORDERS = 300_000
"""More than the buffers between server and client hold, so that a stream lasts as long as its reader wants."""
STARTS_WITHIN_S = ENDS_WITHIN_S = 90


@dataclass(frozen=True)
class Project:
    """A project with a published lake.

    Args:
        root: Its folder.
        settings: Where its state is.
    """

    root: Path
    settings: Settings

    def environment(self) -> dict[str, str]:
        """What a command is told by."""
        return {
            **os.environ,
            "MESH_ROOT": str(self.root),
            "MESH_HOME": str(self.settings.home),
            "PYTHONUNBUFFERED": "1",
        }


@dataclass(frozen=True)
class Served:
    """A service that runs.

    Args:
        process: The command.
        url: Where it listens.
        key: The development key that it printed.
        log: Its log.
    """

    process: "subprocess.Popen[str]"
    url: str
    key: str
    log: Path

    def mesh(self) -> Mesh:
        """A client of it."""
        return Mesh(self.url, self.key)

    def workers(self) -> set[int]:
        """The workers that wrote to the log."""
        return {
            line["worker"] for line in map(json.loads, self.log.read_text().splitlines()) if line["event"] == "request"
        }


@pytest.fixture(scope="package")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Published orders: many, all of one day."""
    root = tmp_path_factory.mktemp("project")
    (root / "workspace.yaml").touch()
    export([domain()], root / "contracts")
    (root / "contracts" / "consumers").mkdir()
    home = root / "home"
    settings = Settings(home, f"sqlite:///{home}/lake/catalog.db", f"file://{home}/lake/warehouse")
    rows, day = orders(ORDERS), Days(frozenset({DAY}))
    layout = TableLayout(rows.schema, partition="day", sort=("order_id",))
    made = Made("run", "abc", "1.2.0")
    Lake.open(settings).publish(
        "sales.orders", layout, partial(list, [rows]), replace=day, made=made, audit=lambda _: 7
    )
    return Project(root, settings)


@contextmanager
def serving(project: Project, *, workers: int) -> Iterator[Served]:
    """Run `mesh serve` until the end of the block."""
    log = project.root / f"log-{os.urandom(4).hex()}"
    command = [str(Path(sys.executable).with_name("mesh")), "serve", "--port", "0", "--workers", str(workers), "--json"]
    with log.open("w") as err:
        process = subprocess.Popen(
            command, cwd=project.root, env=project.environment(), stdout=subprocess.PIPE, stderr=err, text=True
        )
        try:
            assert process.stdout
            line = process.stdout.readline()
            assert line, log.read_text()
            said = json.loads(line)
            yield Served(process, said["url"], said["development_key"], log)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait(ENDS_WITHIN_S)
