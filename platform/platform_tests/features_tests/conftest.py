"""A small lake with one feature table: balances of accounts, some of which are corrected or arrive late."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from mesh_platform.features import FeatureView
from mesh_platform.lake import Lake, Made, Pinned, TableLayout, WholeTable
from mesh_platform.settings import Settings

INSTANT = pl.Datetime("us", "UTC")
TABLE = "bank.balances"
SCHEMA = pl.Schema({"account": pl.String(), "happened_at": INSTANT, "balance": pl.Int64(), "ingested_at": INSTANT})
VIEW = FeatureView("balances", ("account",), TABLE, "happened_at", ("balance",))

Row = tuple[str | None, datetime | None, int | None, datetime | None]


@pytest.fixture
def pinned(tmp_path: Path) -> Callable[[list[Row]], Pinned]:
    """Publish rows (account, happened, balance, known) to a lake and pin them."""

    def publish(rows: list[Row]) -> Pinned:
        lake = Lake.open(Settings.load(tmp_path))
        frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
        made = Made("run-1", "abc123", "1.0.0", {})
        lake.publish(TABLE, TableLayout(SCHEMA), lambda: [frame], replace=WholeTable(), made=made, audit=None)
        return Pinned.current(lake, [TABLE])

    return publish
