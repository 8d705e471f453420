import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from mesh_platform.errors import MissingSource, UnknownName
from mesh_platform.settings import Settings
from mesh_platform.transform import Input, check, read_mart, transform

from .toys import FIRST, PRICES, SECOND, THIRD, TOYS, land, three_days

pytestmark = pytest.mark.usefixtures("project")


def rows(settings: Settings) -> pl.DataFrame:
    return pl.concat(read_mart(TOYS, "fct_daily", settings, partition="day")).select("day", "toy", "pieces")


def test_a_run_makes_only_its_days(home: Settings, tmp_path: Path) -> None:
    made = transform(TOYS, ["fct_daily"], three_days(tmp_path), (SECOND, THIRD), home)
    assert rows(home).rows() == [(SECOND, "bear", 4), (THIRD, "car", 8)]
    assert made.rows("fct_daily") == 2


def test_a_run_without_days_makes_all_of_them(home: Settings, tmp_path: Path) -> None:
    transform(TOYS, ["fct_daily"], three_days(tmp_path), None, home)
    assert rows(home).rows() == [(FIRST, "bear", 2), (FIRST, "car", 1), (SECOND, "bear", 4), (THIRD, "car", 8)]


def test_a_run_reads_the_files_it_is_given_and_not_those_of_the_run_before(home: Settings, tmp_path: Path) -> None:
    transform(TOYS, ["fct_daily"], three_days(tmp_path), None, home)
    again = {"raw.sold": land(tmp_path / "b.parquet", [("9", FIRST, "kite", 7)]), "makers.prices": Input(schema=PRICES)}
    transform(TOYS, ["fct_daily"], again, None, home)
    assert rows(home).rows() == [(FIRST, "kite", 7)]


def test_a_relation_that_a_model_reads_and_the_run_was_not_given_is_refused(home: Settings, tmp_path: Path) -> None:
    inputs = three_days(tmp_path)
    transform(TOYS, ["fct_daily"], inputs, None, home)
    with pytest.raises(MissingSource, match=r"makers\.prices"):
        transform(TOYS, ["fct_daily"], {"raw.sold": inputs["raw.sold"]}, None, home)


def test_an_input_without_files_and_schema_is_refused(home: Settings, tmp_path: Path) -> None:
    with pytest.raises(MissingSource, match=r"makers\.prices has no files"):
        transform(TOYS, ["fct_daily"], {**three_days(tmp_path), "makers.prices": Input()}, None, home)


def test_an_unknown_mart_is_answered_with_those_that_exist(home: Settings, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="did you mean 'fct_daily'"):
        transform(TOYS, ["fct_dayly"], three_days(tmp_path), None, home)


def test_a_column_that_older_files_lack_is_null(home: Settings, tmp_path: Path) -> None:
    old, new = tmp_path / "old.parquet", tmp_path / "new.parquet"
    pl.DataFrame({"toy": ["bear"]}).write_parquet(old)
    pl.DataFrame({"price": [2.5], "toy": ["car"]}).write_parquet(new)
    for schema in (PRICES, None):
        prices = Input((str(old), str(new)), schema)
        transform(TOYS, ["fct_daily"], {**three_days(tmp_path), "makers.prices": prices}, (FIRST, FIRST), home)
        found = pl.concat(read_mart(TOYS, "fct_daily", home, partition="day"))
        assert found.select("toy", "price").rows() == [("bear", None), ("car", 2.5)]


def test_a_run_tests_totals_and_leaves_to_the_audit_what_the_audit_repeats(home: Settings, tmp_path: Path) -> None:
    made = transform(TOYS, ["fct_daily"], three_days(tmp_path), None, home)
    assert [run.name for run in made.models] == ["stg_sold", "fct_daily"]
    assert made.tests == 1


def test_a_check_runs_every_data_test_and_unit_test(home: Settings) -> None:
    assert check(TOYS, home, {"makers.prices": Input(schema=PRICES)}).tests == 3


def test_a_file_name_with_a_quote_is_only_a_name(home: Settings, tmp_path: Path) -> None:
    odd = land(tmp_path / "o'clock.parquet", [("1", FIRST, "bear", 2)])
    transform(TOYS, ["fct_daily"], {"raw.sold": odd, "makers.prices": Input(schema=PRICES)}, None, home)
    assert rows(home).rows() == [(FIRST, "bear", 2)]


def test_runs_leave_the_project_as_it_was(home: Settings, project: Path, tmp_path: Path) -> None:
    before = sorted(project.rglob("*"))
    transform(TOYS, ["fct_daily"], three_days(tmp_path), None, home)
    assert sorted(project.rglob("*")) == before


def test_dbt_is_not_imported_before_it_runs() -> None:
    told = "import sys, mesh_platform.transform; print('dbt' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told], check=True, capture_output=True).stdout == b"False\n"
