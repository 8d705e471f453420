"""A run that is killed at any moment leaves old or new snapshots, whole; the next run ends as if nothing had been."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT, Mesh
from tests.reliability.worlds import DAYS, assert_whole, differing, land, readable

LOOK_EVERY_S, GIVE_UP_S = 0.005, 200
Moment = Callable[[Path, list[str]], bool]


def said(words: str) -> Moment:
    """The moment at which the command says something."""
    return lambda home, lines: any(words in line for line in lines)


def logged(words: str) -> Moment:
    """The moment at which a worker's log says something."""
    return lambda home, lines: any(words in path.read_text() for path in (home / "logs").glob("*.log"))


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Mesh:
    return Mesh(tmp_path_factory.mktemp("crashes") / "home")


def kill_at(mesh: Mesh, moment: Moment) -> int:
    """Run the mesh and kill it with all its workers at a moment; how it ended."""
    for log in (mesh.home / "logs").glob("*.log"):
        log.unlink()
    with subprocess.Popen(
        [Path(sys.executable).with_name("mesh"), "run"],
        cwd=ROOT,
        env={**os.environ, "MESH_HOME": str(mesh.home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        lines: list[str] = []
        reader = threading.Thread(target=lines.extend, args=(process.stderr,))
        reader.start()
        give_up, clock = time.monotonic() + GIVE_UP_S, threading.Event()
        while process.poll() is None and not moment(mesh.home, lines) and time.monotonic() < give_up:
            clock.wait(LOOK_EVERY_S)
        os.killpg(process.pid, signal.SIGKILL)
        reader.join()
        return process.wait()


@pytest.mark.parametrize(
    ("through", "moment"),
    [
        pytest.param(5, said("rows accepted"), id="a first run, when the first source is ingested"),
        pytest.param(7, logged("marketing.sessions: auditing"), id="auditing"),
        pytest.param(DAYS, said("sales.daily_sales: "), id="between one product and the next"),
    ],
)
def test_a_killed_run_leaves_whole_snapshots_and_the_next_run_ends_well(
    mesh: Mesh, undisturbed: Mesh, through: int, moment: Moment
) -> None:
    land(undisturbed, mesh, through)
    old = readable(mesh)
    assert kill_at(mesh, moment) == -signal.SIGKILL, "it was still at work"
    left = readable(mesh)
    assert_whole(mesh)
    mesh("run")
    new = readable(mesh)
    assert {name for name, rows in left.items() if rows not in (old.get(name), new[name])} == set()
    assert left != new, "the run was killed before its end"
    assert_whole(mesh)


def test_after_all_crashes_the_rows_are_those_of_a_run_that_nothing_disturbed(mesh: Mesh, undisturbed: Mesh) -> None:
    assert differing(readable(mesh), readable(undisturbed)) == {}
    assert mesh("quarantine", "--json").json == undisturbed("quarantine", "--json").json
