"""One world for all tests that only read: small, with many bad records."""

from __future__ import annotations

import polars as pl
import pytest

from .landed import COMPLETE_DAYS, Landed


@pytest.fixture(scope="session")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Landed:
    return Landed(tmp_path_factory.mktemp("world")).make(COMPLETE_DAYS + 3, scale=0.15)


@pytest.fixture(scope="session")
def lines(landed: Landed) -> pl.DataFrame:
    numbers = {"quantity": pl.Int64, "unit_price": pl.Float64, "discount": pl.Float64}
    rows = landed.clean("sales/order_lines").with_columns(pl.col(name).cast(kind) for name, kind in numbers.items())
    return rows.with_columns(pl.col("ordered_at").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_zone="UTC"))


@pytest.fixture(scope="session")
def events(landed: Landed) -> pl.DataFrame:
    return landed.clean("marketing/web_events")


@pytest.fixture(scope="session")
def movements(landed: Landed) -> pl.DataFrame:
    return landed.clean("inventory/stock_movements")
