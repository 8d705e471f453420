"""What domains test with: rows by the names that people know, the rest as usual, and a slip of the pen is heard."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from mesh_platform.errors import UnknownName
from mesh_platform.settings import Settings
from mesh_platform.testing import Bench, at, end_of

from .toys import FIRST, PRICES, SECOND, TOYS

SALES = [
    {"sale_id": str(number), "toy": toy, "_day": day, "pieces": pieces}
    for number, (toy, day, pieces) in enumerate([("car", SECOND, 3), ("bear", SECOND, 2), ("bear", FIRST, 1)])
]


@pytest.fixture
def bench(home: Settings, project: Path, tmp_path: Path) -> Bench:
    return Bench(TOYS, home, tmp_path, {"makers.prices": PRICES}, {"ingested_at": end_of(SECOND)})


def test_a_product_is_made_by_the_domains_own_sql_sorted_by_its_key(bench: Bench) -> None:
    made = bench.made("daily", sold=SALES, prices=[{"toy": "bear", "price": 9.5}])
    assert made.rows() == [("bear", FIRST, 1, 9.5), ("bear", SECOND, 2, 9.5), ("car", SECOND, 3, None)]


def test_days_can_be_made_alone(bench: Bench) -> None:
    assert bench.made("daily", (FIRST, FIRST), sold=SALES).rows() == [("bear", FIRST, 1, None)]


def test_what_a_test_does_not_tell_is_as_usual_or_empty(bench: Bench) -> None:
    given = bench.inputs(sold=[{"sale_id": "a"}])
    row = pl.read_parquet(list(given["raw.sold"].files)).row(0, named=True)
    assert (row["sale_id"], row["ingested_at"], row["toy"], row["_file"]) == ("a", end_of(SECOND), None, "f")
    assert pl.read_parquet(list(given["makers.prices"].files)).is_empty()


def test_rows_of_what_the_domain_does_not_read_are_refused(bench: Bench) -> None:
    with pytest.raises(UnknownName, match=r"soled.*sold"):
        bench.inputs(soled=SALES)


def test_instants_are_of_utc_days() -> None:
    assert at(FIRST, "08:30") == datetime(2026, 1, 1, 8, 30, tzinfo=UTC)
    assert end_of(FIRST) == datetime(2026, 1, 2, tzinfo=UTC)
