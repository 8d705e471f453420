"""Receivers by URL: a file, an endpoint, a topic; what each does with an event, and what it says where it can't."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from mesh_platform.errors import UserError
from mesh_platform.lineage.transport import (
    FILES_KEPT,
    FileReceiver,
    HttpReceiver,
    Refused,
    Unavailable,
    receiver_of,
)
from mesh_platform.settings import Settings

from .receiver import Receiver

GIVEN = "s3cret"
EVENT = json.dumps({"run": {"runId": "child", "facets": {"parent": {"root": {"run": {"runId": "root"}}}}}}).encode()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load(tmp_path)


def test_events_go_to_a_file_under_the_home_by_default(settings: Settings) -> None:
    receiver_of(settings).send(EVENT)
    receiver_of(settings).send(EVENT)
    assert (settings.home / "lineage" / "events.jsonl").read_bytes() == (EVENT + b"\n") * 2


def test_a_full_file_is_set_aside_and_the_disk_stays_bounded(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    receiver = FileReceiver(file, max_bytes=35)
    for number in range(40):
        receiver.send(b'{"number":%2d}' % number)
    names = [file.name, *(f"{file.name}.{n}" for n in range(1, FILES_KEPT))]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    numbers = [json.loads(line)["number"] for name in reversed(names) for line in (tmp_path / name).open()]
    assert numbers == list(range(40 - len(numbers), 40)), "the newest, without a gap"


def test_a_file_that_cannot_be_written_keeps_events_waiting(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").mkdir()
    with pytest.raises(Unavailable, match=r"events\.jsonl: Is a directory"):
        FileReceiver(tmp_path / "events.jsonl").send(EVENT)


def test_an_endpoint_gets_events_where_the_url_says_and_the_token_with_them(settings: Settings) -> None:
    receiver = Receiver()
    with receiver.listening():
        receiver_of(replace(settings, lineage_url=receiver.url)).send(EVENT)
        url = f"{receiver.url}/openapi/openlineage/api/v1/lineage"
        receiver_of(replace(settings, lineage_url=url, lineage_token=GIVEN)).send(EVENT)
    assert receiver.requests == [
        ("/api/v1/lineage", ""),
        ("/openapi/openlineage/api/v1/lineage", f"Bearer {GIVEN}"),
    ]
    assert receiver.taken == [json.loads(EVENT)] * 2


@pytest.mark.parametrize(("status", "error"), [(400, Refused), (422, Refused), (401, Unavailable), (503, Unavailable)])
def test_an_answer_tells_whether_the_event_or_the_receiver_is_at_fault(status: int, error: type[Exception]) -> None:
    receiver = Receiver([status])
    with receiver.listening(), pytest.raises(error, match=rf"answered {status}"):
        HttpReceiver(receiver.url).send(EVENT)
    assert len(receiver.requests) == 1, "the outbox tries again, not the client"


def test_a_slow_endpoint_is_given_up(settings: Settings) -> None:
    receiver = Receiver(seconds=0.5)
    with receiver.listening(), pytest.raises(Unavailable, match=r"can't be reached .*Timeout"):
        HttpReceiver(receiver.url, timeout_seconds=0.1).send(EVENT)


def test_a_password_in_the_url_is_never_told() -> None:
    with pytest.raises(Unavailable) as said:
        HttpReceiver("http://user:secret@127.0.0.1:9/lineage?key=secret").send(EVENT)
    assert "secret" not in str(said.value)
    assert "127.0.0.1:9/lineage" in str(said.value)


@pytest.mark.parametrize("url", ["off", "htp://host", "http://", "kafka://host", "/plain/path", "file://"])
def test_a_url_that_names_no_receiver_is_refused_with_those_that_do(settings: Settings, url: str) -> None:
    with pytest.raises(UserError, match=r"MESH_LINEAGE_URL .*names no receiver .*kafka://host:port/topic"):
        receiver_of(replace(settings, lineage_url=url))


def test_kafka_without_its_package_says_what_to_install(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    with pytest.raises(UserError, match="pip install confluent-kafka"):
        receiver_of(replace(settings, lineage_url="kafka://localhost:9092/lineage"))


class Producer:
    """Kafka's producer, as far as it is used: delivers on flush, or says why not."""

    produced: list[tuple[str, bytes, bytes]]
    error: str | None = None

    def __init__(self, configuration: dict[str, object]) -> None:
        self.configuration, self._told = configuration, list[Callable[[object, object], None]]()

    def produce(self, topic: str, value: bytes, key: bytes, on_delivery: Callable[[object, object], None]) -> None:
        if self.error is None:
            self.produced.append((topic, key, value))
        self._told.append(on_delivery)

    def flush(self, _seconds: float) -> int:
        for tell in self._told:
            tell(self.error, None)
        self._told.clear()
        return 0


def test_a_topic_gets_the_events_of_a_run_under_one_key_and_failures_are_known(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("confluent_kafka")
    monkeypatch.setattr(module, "Producer", Producer, raising=False)
    monkeypatch.setitem(sys.modules, "confluent_kafka", module)
    monkeypatch.setattr(Producer, "produced", [], raising=False)
    receiver = receiver_of(replace(settings, lineage_url="kafka://localhost:9092/lineage"))
    receiver.send(EVENT)
    root = json.dumps({"run": {"runId": "root"}}).encode()
    receiver.send(root)
    assert Producer.produced == [("lineage", b"root", EVENT), ("lineage", b"root", root)]
    monkeypatch.setattr(Producer, "error", "broker is down")
    with pytest.raises(Unavailable, match="kafka://localhost:9092/lineage: broker is down"):
        receiver.send(EVENT)
