"""Sites to look at, through a client and through a real browser."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from mesh_platform.catalog.page.app import catalog_app
from mesh_platform.catalog.page.evidence import Evidence
from mesh_platform.catalog.page.metadata import metadata_of
from mesh_platform.catalog.page.site import CurrentSite, Site
from mesh_platform.contract.export.documents import export
from mesh_platform.lake import Days, Lake, Made, TableLayout
from mesh_platform.settings import Settings
from platform_tests.cli_tests.commands import Mesh
from platform_tests.contract_tests import samples

from .proposals import large_mesh, small_mesh, write

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = Path("/usr/bin/chromium")
HOSTS = ["testserver", "127.0.0.1"]


@pytest.fixture(scope="session")
def site() -> Site:
    """The small mesh."""
    return Site(metadata_of(small_mesh()))


@pytest.fixture(scope="session")
def contracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Published documents: sales.orders with a confidential e-mail address, and a registered consumer of it."""
    root = tmp_path_factory.mktemp("documents") / "contracts"
    export([samples.shop()], root)
    (root / "consumers").mkdir()
    (root / "consumers" / "finance.yaml").write_text(
        "name: finance\nowner: finance@omnishop.example\nkind: dashboard\npurpose: the daily close\n"
        "uses: [{product: sales.orders, major: 1, columns: [order_id, net_amount], expires: 2027-06-30}]\n"
    )
    return root


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A lake in which sales.orders was published twice."""
    home = tmp_path_factory.mktemp("home")
    found = Settings(home, f"sqlite:///{home}/lake/catalog.db", f"file://{home}/lake/warehouse")
    lake = Lake.open(found)
    layout = TableLayout(samples.orders([]).schema, partition="day", sort=("order_id",))
    for run, count in enumerate((4, 6)):
        rows = samples.orders([samples.order(number) for number in range(count)])
        made = Made(f"run-{run}", "abc", "1.2.0")
        day = Days(frozenset({samples.NEWEST}))
        lake.publish("sales.orders", layout, partial(list, [rows]), replace=day, made=made, audit=None)
    return found


@pytest.fixture(scope="session")
def evidence(settings: Settings, contracts: Path) -> Evidence:
    return Evidence(settings, contracts)


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory, evidence: Evidence) -> FastAPI:
    """The pages of the small mesh."""
    file = write(tmp_path_factory.mktemp("site") / "metadata.json", small_mesh())
    return catalog_app(CurrentSite(file), evidence, HOSTS)


@pytest.fixture(scope="session")
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


@pytest.fixture(scope="session")
def address(app: FastAPI) -> Iterator[str]:
    """The pages of the small mesh on a port."""
    with served(app) as found:
        yield found


@pytest.fixture(scope="session")
def wide_address(tmp_path_factory: pytest.TempPathFactory, evidence: Evidence) -> Iterator[str]:
    """The pages of 220 products that read each other."""
    file = write(tmp_path_factory.mktemp("wide") / "metadata.json", large_mesh(220, 3, domains=6))
    with served(catalog_app(CurrentSite(file), evidence, HOSTS)) as found:
        yield found


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Serve an application on a free port until the end of the block."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    ready = threading.Event()
    started = server.startup

    async def startup(sockets: object = None) -> None:
        await started()
        ready.set()

    server.startup = startup  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert ready.wait(30), "the server did not start"
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")  # it leaves a loop running in its thread, which others must not find
def browser() -> "Iterator[Browser]":
    """Debian's Chromium: playwright's own browsers can't be downloaded everywhere."""
    if not CHROMIUM.exists():
        missing = f"no {CHROMIUM}: the pages were not looked at in a real browser; apt-get install chromium"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as engine:
        found = engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def mesh(tmp_path: Path) -> Mesh:
    """A home where nothing has happened yet."""
    return Mesh(tmp_path / "home")
