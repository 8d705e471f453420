"""An erasure that is killed before any of its steps goes on when it is called again."""

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mesh_platform.pipeline.lock import exclusive
from mesh_platform.privacy.erase import Eraser
from mesh_platform.privacy.journal import JOURNAL, listening

from .club import ANNA, Club, places
from .test_erasing import traces

STEPS = (
    "suppress",
    "landing club/visits",
    "table club_raw.members",
    "delete club_raw.members",
    "table club.booked",
    "ledgers",
    "warehouses",
    "prove",
    "close",
)


def erase_and_die(home: Path, at: str) -> None:
    """Erase Anna, and die as soon as a step is about to begin."""

    def pull_the_plug(step: str) -> None:
        if step == at:
            os.kill(os.getpid(), signal.SIGKILL)

    with listening(pull_the_plug):
        Club.at(home).eraser().erase(ANNA)


@pytest.mark.parametrize("at", STEPS)
def test_an_erasure_that_dies_goes_on(at: str, club: Club) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["mesh_platform.privacy.erase", "mesh_platform.lake.erase"])
    process = context.Process(target=erase_and_die, args=(club.settings.home, at))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    done = club.eraser().erase(ANNA)
    assert traces(club) == []
    assert done.removed["club.members"] == 1
    assert done.changed["club.booked"] == 4
    assert club.lake.scan("club.booked").collect()["cents"].sum() == 2000
    assert not list((club.settings.home / "privacy" / "erasures").glob(f"*/{JOURNAL}"))
    assert [club.ingest(source) for source in ("members", "visits", "purchases", "scans")] == [()] * 4


def test_an_erasure_waits_for_a_run_of_the_domain(club: Club) -> None:
    waiting = threading.Event()
    eraser = Eraser(club.settings, club.lake, places(), report=lambda step: waiting.set())
    before = club.lake.history("club.members")
    with ThreadPoolExecutor(1) as pool:
        with exclusive(club.settings.home / "locks" / "club.lock"):
            erasing = pool.submit(eraser.erase, ANNA)
            assert waiting.wait(30)
            with pytest.raises(TimeoutError):
                erasing.result(timeout=0.3)
            assert club.lake.history("club.members") == before
        assert erasing.result(timeout=60).removed["club.members"] == 1
