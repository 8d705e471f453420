"""The misbehaving application over a lake with one product, and its log."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from mesh_platform.contract.export.documents import export
from mesh_platform.lake import Days, Lake, Made, TableLayout
from mesh_platform.serve.app import Plan
from mesh_platform.serve.operation.limits import Limits
from mesh_platform.serve.operation.logs import Lines
from mesh_platform.settings import Settings
from platform_tests.contract_tests import samples

from .parts import misbehaving, read_lines

LIMITS = Limits(url_bytes=500, header_bytes=2_000, body_bytes=1_000, seconds=30, linger_seconds=10)
HASTY_S = 0.6
"""A limit of time that tests can wait for."""


@dataclass
class Served:
    """The application, asked in this process.

    Args:
        client: Asks.
        lines: Its log.
        log: Where the log is.
    """

    client: TestClient
    lines: Lines
    log: Path

    def logged(self) -> list[dict[str, object]]:
        """End the log and read it."""
        self.lines.close()
        return read_lines(self.log)


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Published documents and a lake in which sales.orders was published."""
    home = tmp_path_factory.mktemp("home")
    export([samples.shop()], home / "contracts")
    settings = Settings(home, f"sqlite:///{home}/lake/catalog.db", f"file://{home}/lake/warehouse")
    rows = samples.orders([samples.order(number) for number in range(4)])
    layout = TableLayout(rows.schema, partition="day", sort=("order_id",))
    day = Days(frozenset({samples.NEWEST}))
    Lake.open(settings).publish(
        "sales.orders", layout, partial(list, [rows]), replace=day, made=Made("run", "abc", "1.2.0"), audit=lambda _: 7
    )
    return Plan(settings, home / "contracts", ("testserver", "127.0.0.1"), LIMITS)


@pytest.fixture
def served(plan: Plan, tmp_path: Path) -> Iterator[Served]:
    """The application, asked in this process."""
    with _serving(plan, tmp_path / "log") as found:
        yield found


@pytest.fixture
def hasty(plan: Plan, tmp_path: Path) -> Iterator[Served]:
    """The application with a short limit of time."""
    with _serving(replace(plan, limits=replace(LIMITS, seconds=HASTY_S)), tmp_path / "log") as found:
        yield found


@contextmanager
def _serving(plan: Plan, log: Path) -> Iterator[Served]:
    descriptor = os.open(log, os.O_CREAT | os.O_WRONLY)
    lines = Lines(descriptor)
    with TestClient(misbehaving(plan, lines=lines), raise_server_exceptions=False) as client:
        yield Served(client, lines, log)
    os.close(descriptor)
