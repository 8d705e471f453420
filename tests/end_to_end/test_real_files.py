"""The real Online Retail file through the whole mesh, row by row accounted for."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb

from tests.conftest import Mesh


def test_online_retail_is_published_to_the_row_and_to_the_penny(mesh: Mesh, real_data: Callable[[str], Path]) -> None:
    file = real_data("uci-online-retail/online_retail.parquet")
    mesh("ingest", "online-retail", str(file))
    said = mesh("run")
    amount = "cast(Quantity as decimal(18, 4)) * cast(UnitPrice as decimal(18, 4))"
    [(read, total)] = duckdb.read_parquet(str(file)).aggregate(f"count(*), sum({amount})").fetchall()
    counted = mesh("quarantine", "sales/order_lines", "--json").json
    lines = mesh.products()["sales.order_lines"]["rows"]
    assert lines + len(counted) == read
    assert all(row["reason"] for row in counted)
    lost = sum(_amount(row["record"]) for row in counted)
    assert _published(mesh, "sales.order_lines") == _published(mesh, "sales.orders") == total - lost
    assert "marketing.sessions lacks source marketing/web_events" in said.out


def _published(mesh: Mesh, product: str) -> object:
    from mesh_platform.lake import Lake
    from mesh_platform.settings import Settings

    files = [f.path for f in Lake.open(Settings.load(mesh.home)).files(product)]
    return duckdb.read_parquet(files).aggregate("sum(net_amount)").fetchall()[0][0]


def _amount(record: str) -> Decimal:
    fields = record.split(",")
    return Decimal(fields[7]) * Decimal(fields[8])
