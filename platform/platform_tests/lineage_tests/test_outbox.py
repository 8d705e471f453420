"""What is in the outbox arrives in order, at least once, whoever dies and however long the receiver is away."""

import json
import logging
import multiprocessing
from pathlib import Path

import pytest

from mesh_platform.lineage.outbox import Outbox


def line(number: int, writer: str = "") -> bytes:
    return json.dumps({"writer": writer, "number": number, "filling": "x" * 80}).encode()


def numbers(outbox: Outbox) -> list[int]:
    return [json.loads(waiting.line)["number"] for waiting in outbox.waiting()]


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox", segment_bytes=300)


def test_events_wait_in_the_order_in_which_they_came_over_many_segments(outbox: Outbox) -> None:
    for number in range(20):
        outbox.append(line(number))
    assert len(list(outbox.folder.glob("0*.jsonl"))) > 3
    assert numbers(Outbox(outbox.folder)) == list(range(20)), "another process sees the same"


def test_what_was_sent_is_not_sent_again_and_takes_no_disk(outbox: Outbox) -> None:
    for number in range(10):
        outbox.append(line(number))
    with outbox.sending():
        for waiting in list(outbox.waiting())[:7]:
            outbox.sent(waiting)
    assert numbers(outbox) == [7, 8, 9]
    outbox.append(line(10))
    with outbox.sending():
        for waiting in list(outbox.waiting()):
            outbox.sent(waiting)
    assert outbox.count() == 0
    assert not list(outbox.folder.glob("0*.jsonl"))
    outbox.append(line(11))
    assert numbers(outbox) == [11], "a new segment never takes the name of one that was sent"


def test_a_sender_that_dies_before_it_noted_the_arrival_sends_again(outbox: Outbox) -> None:
    outbox.append(line(1))
    assert len(list(outbox.waiting())) == 1
    assert numbers(Outbox(outbox.folder)) == [1]
    (outbox.folder / "place.json").write_text("")  # what a power cut leaves
    assert numbers(outbox) == [1]


def test_a_writer_that_dies_within_a_line_takes_no_other_event_with_it(outbox: Outbox) -> None:
    outbox.append(line(1))
    [segment] = outbox.folder.glob("0*.jsonl")
    with segment.open("ab") as file:
        file.write(line(2)[:40])
    assert numbers(outbox) == [1]
    outbox.append(line(3))
    assert numbers(outbox) == [1, 3]


def test_the_oldest_events_go_where_more_waits_than_may(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    outbox = Outbox(tmp_path, max_bytes=2000, segment_bytes=300)
    with caplog.at_level(logging.WARNING):
        for number in range(100):
            outbox.append(line(number))
    assert sum(path.stat().st_size for path in tmp_path.glob("0*.jsonl")) <= 2000
    kept = numbers(outbox)
    assert kept == list(range(kept[0], 100))
    assert "the oldest" in caplog.text
    assert "mesh lineage send" in caplog.text


def test_a_sender_whose_segment_was_dropped_goes_on_with_the_next(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, max_bytes=1000, segment_bytes=300)
    for number in range(8):
        outbox.append(line(number))
    with outbox.sending():
        waiting = outbox.waiting()
        outbox.sent(next(waiting))
        for number in range(8, 40):
            outbox.append(line(number))
        list(waiting)
    kept = numbers(outbox)
    assert kept == list(range(kept[0], 40))


def _write(folder: Path, writer: str) -> None:
    for number in range(50):
        Outbox(folder, segment_bytes=2000).append(line(number, writer))


def test_processes_that_write_at_once_lose_and_mix_up_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write, args=(tmp_path, name)) for name in "ab"]
    for process in writers:
        process.start()
    for process in writers:
        process.join()
    found = [json.loads(waiting.line) for waiting in Outbox(tmp_path).waiting()]
    assert len(found) == 100
    for name in "ab":
        assert [event["number"] for event in found if event["writer"] == name] == list(range(50))
