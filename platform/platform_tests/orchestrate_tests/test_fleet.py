"""Workers are processes: one that dies is reported, the others go on."""

import multiprocessing
import os
import signal
import struct

import pytest

from mesh_platform.ingest import Ingested
from mesh_platform.orchestrate.fleet import Fleet
from mesh_platform.orchestrate.home import prepare_home
from mesh_platform.orchestrate.watch import Failed, Reached
from mesh_platform.orchestrate.worker import Finished, Work
from platform_tests.pipeline_tests.kiosk import MONDAY, TUESDAY, Mesh, write


def task(mesh: Mesh, domain: str, source: str) -> Work:
    log = mesh.settings.home / "logs" / f"{domain}.log"
    return Work(domain, (source,), (), (), (MONDAY, TUESDAY), changed_only=True, mesh_run="run", log=log)


@pytest.fixture
def mesh(mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> Mesh:
    """The mesh of this process's environment, which workers inherit, with files for two domains."""
    monkeypatch.setenv("MESH_HOME", str(mesh.settings.home))
    prepare_home(mesh.settings)
    mesh.land(MONDAY, ("1", MONDAY, "tea", 2))
    write(mesh.settings.landing / "cafe" / "goods" / f"goods_{MONDAY}.csv", "item,price\ntea,100")
    return mesh


def pid_of(domain: str) -> int:
    [process] = [p for p in multiprocessing.active_children() if p.name == domain]
    assert process.pid is not None
    return process.pid


def test_a_worker_that_is_killed_is_reported_as_failed_and_the_others_finish(mesh: Mesh) -> None:
    heard: list[object] = []

    def listen(event: object) -> None:
        heard.append(event)
        if event == Reached("kiosk/sold", "ingesting"):
            os.kill(pid_of("kiosk"), signal.SIGKILL)

    Fleet([]).run([task(mesh, "kiosk", "sold"), task(mesh, "cafe", "goods")], listen)
    [failed] = [event for event in heard if isinstance(event, Failed)]
    assert (failed.name, failed.user) == ("kiosk", False)
    assert f"ended with -{signal.SIGKILL.value}; see {mesh.settings.home}/logs/kiosk.log" in failed.error
    assert [event for event in heard if isinstance(event, Finished)] == [Finished("cafe", success=True)]
    assert [event.source for event in heard if isinstance(event, Ingested)] == ["cafe.goods"]


def test_more_workers_than_fit_at_once_all_come_to_their_turn(mesh: Mesh) -> None:
    heard: list[object] = []
    tasks = [task(mesh, "kiosk", "sold"), task(mesh, "cafe", "goods"), task(mesh, "kiosk", "goods")]
    Fleet([]).run(tasks, heard.append)
    assert sorted(e.domain for e in heard if isinstance(e, Finished) and e.success) == ["cafe", "kiosk", "kiosk"]


def test_a_worker_that_fails_on_its_own_says_why_once_and_its_log_has_the_rest(mesh: Mesh) -> None:
    heard: list[object] = []
    Fleet([]).run([task(mesh, "nowhere", "goods")], heard.append)
    [failed] = [event for event in heard if isinstance(event, Failed)]
    assert "mesh_nowhere" in failed.error
    assert not failed.user
    assert "Traceback" in (mesh.settings.home / "logs" / "nowhere.log").read_text()


def test_a_worker_that_dies_within_a_word_is_reported_too(mesh: Mesh) -> None:
    fleet, heard = Fleet([]), list[object]()
    receiver, sender = multiprocessing.Pipe(duplex=False)
    os.write(sender.fileno(), struct.pack("!i", 100) + b"half of a wo")
    sender.close()
    process = fleet._context.Process(target=os._exit, args=(9,))
    process.start()
    running = {receiver: (task(mesh, "kiosk", "sold"), process)}
    fleet._hear(receiver, running, heard.append)
    assert running == {}
    assert isinstance(heard[0], Failed)
