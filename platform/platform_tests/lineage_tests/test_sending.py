"""A receiver that is down, slow or unwilling costs a run nothing, and misses nothing once it is back."""

import json
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mesh_platform.cli.lineage_send import send
from mesh_platform.lineage.facts import JobFacts, RunFacts, RunRef
from mesh_platform.lineage.outbox import Outbox
from mesh_platform.lineage.recording import Recording
from mesh_platform.lineage.sending import Sender, deliver, outbox_of, post, send_waiting, sender_of
from mesh_platform.lineage.transport import HttpReceiver, Unavailable
from mesh_platform.orchestrate.recording import MeshRecording
from mesh_platform.settings import Settings

from .receiver import Receiver
from .spec import Specification, events_in

EVENTS = 30


def event(number: int) -> bytes:
    return json.dumps({"number": number}).encode()


def numbers(receiver: Receiver) -> list[int]:
    return [taken["number"] for taken in receiver.taken]


def eventually(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Wait for something that happens in the background, at most so long."""
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)
    return holds()


def senders() -> int:
    return sum(thread.name == "lineage" for thread in threading.enumerate())


@pytest.fixture
def receiver() -> Receiver:
    """One that is down, whose port is known."""
    found = Receiver()
    with found.listening():
        pass
    return found


@pytest.fixture
def settings(tmp_path: Path, receiver: Receiver) -> Settings:
    return replace(Settings.load(tmp_path), lineage_url=receiver.url)


def test_a_receiver_that_comes_back_gets_all_in_order_from_the_same_process(
    tmp_path: Path, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    outbox = Outbox(tmp_path)
    sender = Sender(outbox, lambda: HttpReceiver(receiver.url, timeout_seconds=1), first_pause_seconds=0.02)
    with caplog.at_level(logging.WARNING):
        for number in range(EVENTS):
            outbox.append(event(number))
            sender.wake()
        assert not sender.flush(10), "it failed, which ends the waiting"
    assert caplog.text.count("can't be reached") == 1, "said once"
    assert "mesh lineage send" in caplog.text
    with receiver.listening():
        assert eventually(lambda: len(receiver.taken) == EVENTS)
        outbox.append(event(EVENTS))
        sender.wake()
        assert eventually(lambda: len(receiver.taken) == EVENTS + 1)
    assert numbers(receiver) == list(range(EVENTS + 1))


def test_a_receiver_that_failed_is_tried_again_without_another_event(tmp_path: Path, receiver: Receiver) -> None:
    outbox = Outbox(tmp_path)
    sender = Sender(outbox, lambda: HttpReceiver(receiver.url), first_pause_seconds=0.02)
    outbox.append(event(0))
    sender.wake()
    assert not sender.flush(10)
    with receiver.listening():
        assert eventually(lambda: numbers(receiver) == [0])
        assert eventually(lambda: sender.flush(10))


def test_what_a_run_could_not_send_the_next_one_sends_first(settings: Settings, receiver: Receiver) -> None:
    for number in range(EVENTS):
        outbox_of(settings).append(event(number))
    with receiver.listening():
        post(event(EVENTS), settings)
        assert sender_of(outbox_of(settings), settings).flush(10)
    assert numbers(receiver) == list(range(EVENTS + 1))


def test_posting_takes_no_longer_for_a_receiver_that_is_slow(settings: Settings, receiver: Receiver) -> None:
    receiver.seconds = 0.2
    with receiver.listening():
        started = time.perf_counter()
        for number in range(EVENTS):
            post(event(number), settings)
        assert time.perf_counter() - started < EVENTS * receiver.seconds / 4
        assert not sender_of(outbox_of(settings), settings).flush(0.05), "the end of a run does not wait for it, either"
        receiver.seconds = 0
        assert eventually(lambda: len(receiver.taken) == EVENTS)
    assert numbers(receiver) == list(range(EVENTS))


@pytest.mark.parametrize("status", [401, 500])
def test_a_receiver_that_refuses_access_or_is_broken_gets_all_later(
    settings: Settings, receiver: Receiver, status: int
) -> None:
    receiver.answers = [201, status]
    for number in range(EVENTS):
        outbox_of(settings).append(event(number))
    with receiver.listening():
        with pytest.raises(Unavailable, match=str(status)):
            send_waiting(settings)
        assert numbers(receiver) == [0], "nothing overtakes the one that was not taken"
        done = send_waiting(settings)
    assert (done.sent, done.refused, done.left) == (EVENTS - 1, 0, 0)
    assert numbers(receiver) == list(range(EVENTS))


def test_an_event_that_will_never_be_taken_is_kept_aside_and_holds_up_no_other(
    settings: Settings, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answers = [201, 422]
    for number in range(4):
        outbox_of(settings).append(event(number))
    with receiver.listening(), caplog.at_level(logging.WARNING):
        done = send_waiting(settings)
    assert (done.sent, done.refused, done.left) == (3, 1, 0)
    assert numbers(receiver) == [0, 2, 3]
    [kept] = (outbox_of(settings).folder / "refused.jsonl").read_text().splitlines()
    assert json.loads(json.loads(kept)["event"]) == {"number": 1}
    assert "422" in caplog.text


def test_two_that_send_at_once_send_everything_once(settings: Settings, receiver: Receiver) -> None:
    outbox = outbox_of(settings)
    for number in range(EVENTS):
        outbox.append(event(number))
    with receiver.listening():
        threads = [threading.Thread(target=deliver, args=(outbox, HttpReceiver(receiver.url))) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert numbers(receiver) == list(range(EVENTS))


def test_the_command_sends_what_waits_and_says_how_much(
    settings: Settings, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MESH_HOME", str(settings.home))
    monkeypatch.setenv("MESH_LINEAGE_URL", receiver.url)
    outbox_of(settings).append(event(1))
    with pytest.raises(Unavailable, match="can't be reached"):
        send()
    with receiver.listening():
        send()
        outbox_of(settings).append(event(2))
        send(as_json=True)
        send()
    assert numbers(receiver) == [1, 2]
    said = capsys.readouterr().out
    assert said.startswith("1 event sent\n")
    assert json.loads(said.removeprefix("1 event sent\n").removesuffix("no event waits\n")) == {
        "sent": 1,
        "refused": 0,
        "waiting": 0,
    }


def test_the_background_leaves_no_thread_behind(settings: Settings, receiver: Receiver) -> None:
    before = senders()
    with receiver.listening():
        for number in range(3):
            post(event(number), settings)
            assert sender_of(outbox_of(settings), settings).flush(10)
        assert numbers(receiver) == [0, 1, 2]
    assert eventually(lambda: senders() <= before)


def test_a_mesh_that_never_ran_has_nothing_to_send(settings: Settings) -> None:
    assert send_waiting(settings).sent == 0
    assert not outbox_of(settings).folder.exists()


DAYS = (date(2026, 1, 5), date(2026, 1, 5))
FACTS = RunFacts(JobFacts("sales.orders", "REFRESH", "Makes orders."))


def test_a_run_goes_on_where_nothing_can_be_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings.load(tmp_path)
    (tmp_path / "lineage").write_text("a file where the folder of events would be")

    def broken() -> RunFacts:
        raise RuntimeError("no facts")

    with caplog.at_level(logging.WARNING):
        with Recording(settings, lambda: FACTS) as told, Recording(settings, broken, told.ref):
            done = True
        with Recording(settings, lambda: FACTS):
            pass
    assert done
    assert caplog.text.count("the run goes on") == 2, "each kind of trouble once a process"


def first_deliveries(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    told: dict[tuple[str, str], dict[str, Any]] = {}
    for found in events:
        told.setdefault((found["run"]["runId"], found["eventType"]), found)
    return list(told.values())


def _killed(settings: Settings) -> None:
    with Recording(settings, lambda: FACTS) as told, Recording(settings, lambda: FACTS, told.ref):
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_run_whose_process_was_killed_is_told_as_aborted_by_the_next(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path)
    process = multiprocessing.get_context("fork").Process(target=_killed, args=(settings,))
    process.start()
    process.join()
    with Recording(settings, lambda: FACTS):
        with MeshRecording(settings, "0b6f0f2e-3c1d-4a51-9a54-6f0c6a3f6a01", ["sales"], DAYS):
            pass
        assert sender_of(outbox_of(settings), settings).flush(10)
        # Delivery is at least once: a sender killed before it noted an answer leaves its event to be sent again.
        events = first_deliveries(events_in(tmp_path / "lineage" / "events.jsonl"))
    killed = [e for e in events if e["run"]["runId"] in {events[0]["run"]["runId"], events[1]["run"]["runId"]}]
    assert [e["eventType"] for e in killed] == ["START", "START", "ABORT", "ABORT"]
    assert killed[0]["run"]["runId"] == killed[3]["run"]["runId"], "the inner one ends first"
    assert "ended before" in killed[2]["run"]["facets"]["errorMessage"]["message"]
    own = [e["eventType"] for e in events if e not in killed]
    assert own == ["START", "START", "COMPLETE"], "runs that are alive are left alone"
    assert Specification.read().errors(killed[2]) == []


def test_events_are_off_where_the_settings_say_so(tmp_path: Path) -> None:
    parent = RunRef("1c6d3d5c-0000-4000-8000-000000000000", "mesh.run")
    with Recording(replace(Settings.load(tmp_path), lineage_url="off"), lambda: FACTS, parent) as told:
        assert told.ref == parent
    assert not list(tmp_path.iterdir())
