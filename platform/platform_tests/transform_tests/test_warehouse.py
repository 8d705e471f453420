import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from mesh_platform.errors import WarehouseBusy
from mesh_platform.settings import Settings
from mesh_platform.transform import Input, transform
from mesh_platform.transform.inputs import show
from mesh_platform.transform.warehouse import opened

from .toys import TOYS, three_days

HOLD = "import sys, duckdb; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"


def test_a_warehouse_that_another_process_has_open_is_busy_and_a_retry_helps(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path)
    path = settings.warehouse("toys")
    path.parent.mkdir()
    with subprocess.Popen([sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with (
            pytest.raises(WarehouseBusy, match=r"toys_warehouse\.duckdb is open in another process") as raised,
            opened("toys", settings),
        ):
            pass
        other.communicate()
    assert raised.value.retry_helps
    with opened("toys", settings) as connection:
        assert connection.execute("select 1").fetchall() == [(1,)]


@pytest.mark.usefixtures("project")
def test_a_run_leaves_the_warehouse_free_for_the_next_process(home: Settings, tmp_path: Path) -> None:
    transform(TOYS, ["fct_daily"], three_days(tmp_path), None, home)
    count = "import sys, duckdb; print(duckdb.connect(sys.argv[1]).execute('from fct_daily').fetchall())"
    told = subprocess.run([sys.executable, "-c", count, home.warehouse("toys")], check=True, capture_output=True)
    assert told.stdout.count(b"datetime.date") == 4


def test_a_warehouse_that_cannot_be_read_is_thrown_away(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path)
    path = settings.warehouse("toys")
    path.parent.mkdir()
    path.write_bytes(b"not a block of DuckDB" * 1000)
    with opened("toys", settings) as connection:
        assert connection.execute("select count(*) from duckdb_tables()").fetchall() == [(0,)]


def test_an_engine_keeps_to_the_memory_it_was_given_and_spills_under_the_home(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path)
    with opened("toys", settings) as connection:
        setting = (
            "select current_setting('memory_limit'), current_setting('temp_directory'), current_setting('TimeZone')"
        )
        [(memory, spill, zone)] = connection.execute(setting).fetchall()
    assert memory == "2.0 GiB"
    assert Path(spill).is_relative_to(tmp_path)
    assert zone == "UTC"


def test_a_domain_can_read_its_own_published_product_beside_its_tables(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path)
    path = tmp_path / "things.parquet"
    pl.DataFrame({"thing": ["ball", "kite"]}).write_parquet(path)
    with opened("toys", settings) as connection:
        show(connection, {"toys.things": Input((str(path),))})
        assert connection.execute("select count(*) from toys.things").fetchall() == [(2,)]
        assert connection.execute('select count(*) from "toys_warehouse"."toys"."things"').fetchall() == [(2,)]
