"""What is done again changes no answer: files delivered twice, days made again, backfills from the orchestrator."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mesh_platform.settings import Settings
from tests.conftest import ROOT, Mesh
from tests.reliability.worlds import DAYS, day, differing, readable, snapshots

BACKFILL = f"""
from datetime import date
from mesh_platform.discover import installed_domain
from mesh_platform.lake import Lake
from mesh_platform.orchestrate.keys import product_key, source_key
from mesh_platform.orchestrate.execute import execute
from mesh_platform.orchestrate.home import prepare_home
from mesh_platform.settings import Settings

prepare_home(Settings.load())
domain, lake = installed_domain("sales"), Lake.open(Settings.load())
keys = [source_key("sales", s.name) for s in domain.sources]
keys += [product_key(domain.full_name(p)) for p in domain.products if p.mart and lake.current(domain.full_name(p))]
days = date.fromisoformat("{day(2)}"), date.fromisoformat("{day(DAYS)}")
raise SystemExit(not execute("sales", keys, days, changed_only=False, mesh_run="backfill"))
"""
RUNS = """
import dagster as dg
from mesh_platform.orchestrate.home import prepare_home
from mesh_platform.settings import Settings

prepare_home(Settings.load())
with dg.DagsterInstance.get() as instance:
    print(*(run.run_id for run in instance.get_runs(filters=dg.RunsFilter(tags={"mesh/run": "backfill"}))))
"""


def python(mesh: Mesh, program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "MESH_HOME": str(mesh.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def files(mesh: Mesh) -> list[Path]:
    return [path for path in Settings.load(mesh.home).landing.glob("*/*/*") if day(4).isoformat() in path.name]


def test_a_file_delivered_again_with_equal_bytes_changes_nothing(undisturbed: Mesh) -> None:
    before, rows = snapshots(undisturbed), readable(undisturbed)
    assert files(undisturbed)
    for path in files(undisturbed):
        path.write_bytes(path.read_bytes())
    assert "nothing new" in undisturbed("run").out
    assert snapshots(undisturbed) == before
    assert differing(readable(undisturbed), rows) == {}


def test_a_day_ingested_and_made_again_changes_no_answer(undisturbed: Mesh) -> None:
    before, rows = snapshots(undisturbed), readable(undisturbed)
    undisturbed("run", "--day", day(4).isoformat())
    assert set(snapshots(undisturbed).values()).isdisjoint(before.values()), "every product was really made again"
    assert differing(readable(undisturbed), rows) == {}


def test_a_backfill_by_the_orchestrator_gives_the_same_rows_and_is_in_the_same_history(undisturbed: Mesh) -> None:
    rows = readable(undisturbed)
    python(undisturbed, BACKFILL)
    assert differing(readable(undisturbed), rows) == {}
    [run_id] = python(undisturbed, RUNS).split()
    for product in ("sales.orders", "sales.daily_sales"):
        history = undisturbed("history", product, "--json").json
        assert history[0]["run"] == run_id
        assert history[-1]["run"] != run_id, "the first run is in it too"


@pytest.mark.parametrize("product", ["sales.orders", "inventory.stock_levels"])
def test_old_answers_stay_readable_after_everything_was_made_again(undisturbed: Mesh, product: str) -> None:
    first = undisturbed("history", product, "--json").json[-1]
    then = undisturbed.rows(product, "--as-of", str(first["snapshot"]))
    assert sorted(map(str, then)) == sorted(map(str, undisturbed.rows(product)))
