from datetime import timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from mesh_platform.contract import shape_of
from mesh_platform.errors import ContractBroken, MeshFailure
from mesh_platform.settings import Settings
from mesh_platform.transform import read_mart

from .toys import FIRST, SECOND, THIRD, TOYS, DailyToys


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """A warehouse with a mart of three days: 3, 2 and 1 rows, written in no order."""
    settings = Settings.load(tmp_path)
    path = settings.warehouse("toys")
    path.parent.mkdir(parents=True)
    with duckdb.connect(path) as connection:
        connection.execute("create table fct_daily (toy text, day date, pieces bigint, price double)")
        for toy, day in (("c", FIRST), ("a", THIRD), ("b", FIRST), ("b", SECOND), ("a", SECOND), ("a", FIRST)):
            connection.execute("insert into fct_daily values (?, ?, 1, 0.5)", [toy, day])
    return settings


def test_a_batch_holds_whole_days_in_the_contracts_order(home: Settings) -> None:
    batches = [b.select("day", "toy").rows() for b in read_mart(TOYS, "fct_daily", home, partition="day", batch_rows=3)]
    assert batches == [[(FIRST, "a"), (FIRST, "b"), (FIRST, "c")], [(SECOND, "a"), (SECOND, "b"), (THIRD, "a")]]


def test_a_day_larger_than_a_batch_stays_whole(home: Settings) -> None:
    assert [b.height for b in read_mart(TOYS, "fct_daily", home, partition="day", batch_rows=1)] == [3, 2, 1]


def test_only_the_asked_days_are_read(home: Settings) -> None:
    asked = {FIRST, THIRD, THIRD + timedelta(days=1)}
    assert [b["day"].unique().to_list() for b in read_mart(TOYS, "fct_daily", home, days=asked, partition="day")] == [
        [FIRST, THIRD]
    ]


def test_rows_have_the_types_of_the_contract(home: Settings) -> None:
    [rows] = read_mart(TOYS, "fct_daily", home, partition="day")
    assert rows.schema == shape_of(DailyToys).schema


def test_a_mart_without_days_comes_in_order_and_in_batches(home: Settings) -> None:
    batches = list(read_mart(TOYS, "fct_daily", home, batch_rows=4))
    assert [batch.height for batch in batches] == [4, 2]
    assert pl.concat(batches)["toy"].to_list() == ["a", "a", "a", "b", "b", "c"]


def test_a_row_without_a_day_is_refused(home: Settings) -> None:
    with duckdb.connect(home.warehouse("toys")) as connection:
        connection.execute("insert into fct_daily values ('x', null, 1, null)")
    with pytest.raises(ContractBroken, match="1 rows have no day"):
        list(read_mart(TOYS, "fct_daily", home, partition="day"))


def test_a_mart_that_was_not_built_is_a_failure(home: Settings) -> None:
    with pytest.raises(MeshFailure, match=r"toys\.fct_weekly is not in the warehouse"):
        list(read_mart(TOYS, "fct_weekly", home))
