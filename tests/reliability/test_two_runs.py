"""Two people who start a run at the same moment get what one of them would have got."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT, Mesh
from tests.reliability.worlds import PRIVATE, assert_whole, differing, lake_of, land, readable


def start(mesh: Mesh) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [Path(sys.executable).with_name("mesh"), "run"],
        cwd=ROOT,
        env={**os.environ, "MESH_HOME": str(mesh.home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_two_runs_at_once_both_end_well_and_lose_or_double_nothing(mesh: Mesh, undisturbed: Mesh) -> None:
    land(undisturbed, mesh)
    runs = [start(mesh), start(mesh)]
    for run in runs:
        out, _ = run.communicate(timeout=280)
        assert run.returncode == 0, out
    assert differing(readable(mesh), readable(undisturbed)) == {}
    assert_whole(mesh)
    assert held(mesh) == held(undisturbed)


def held(mesh: Mesh) -> dict[str, int]:
    """Count the rows of every private table: accepted, in quarantine, and files in the ledgers."""
    lake = lake_of(mesh)
    current = {table: lake.current(table) for table in lake.tables() if any(part in table for part in PRIVATE)}
    return {table: snapshot.rows for table, snapshot in current.items() if snapshot and snapshot.rows}
