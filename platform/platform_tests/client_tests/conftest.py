"""A lake with a small product, published twice, served in this process, and a client of it."""

from collections.abc import Iterator
from functools import partial

import pytest

from mesh_platform.client import Mesh
from mesh_platform.contract.export.documents import export
from mesh_platform.lake import Days, Lake, Made, TableLayout
from mesh_platform.serve.app import Plan, create_app
from mesh_platform.serve.rooms import products
from mesh_platform.settings import Settings
from platform_tests.catalog_tests.page_tests.conftest import served
from platform_tests.contract_tests import samples
from platform_tests.serve_operation_tests.parts import KeptAccesses, OpenDoor


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """sales.orders, first with orders 0 to 3, then without order 0, with order 1 changed and with order 4."""
    home = tmp_path_factory.mktemp("home")
    export([samples.shop()], home / "contracts")
    settings = Settings(home, f"sqlite:///{home}/lake/catalog.db", f"file://{home}/lake/warehouse")
    lake, day = Lake.open(settings), Days(frozenset({samples.NEWEST}))
    first = [samples.order(number, channel="web" if number % 2 else "store") for number in range(4)]
    second = [{**first[1], "lines": 9}, *first[2:], samples.order(4, sku=None)]
    for run, orders in enumerate((first, second)):
        rows = samples.orders(orders)
        layout = TableLayout(rows.schema, partition="day", sort=("order_id",))
        made = Made(f"run-{run}", "abc", "1.2.0")
        lake.publish("sales.orders", layout, partial(list, [rows]), replace=day, made=made, audit=lambda _: 7)
    return Plan(settings, home / "contracts", ("127.0.0.1",))


@pytest.fixture(scope="session")
def mesh(plan: Plan) -> Iterator[Mesh]:
    """A client."""
    app = create_app(plan, gate=OpenDoor(), accesses=KeptAccesses(), rooms=(products,))
    with served(app) as address, Mesh(address, "key") as found:
        yield found


@pytest.fixture(scope="session")
def snapshots(plan: Plan) -> list[int]:
    """The published snapshots, the oldest first."""
    return [snapshot.snapshot_id for snapshot in Lake.open(plan.settings).history("sales.orders")][::-1]
