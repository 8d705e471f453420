"""Where events go: a file, an HTTP endpoint of OpenLineage, a Kafka topic; chosen by the URL of the settings.

A receiver takes one event at a time and answers by returning, or says whether to try again: `Unavailable` keeps the
event and all after it for later, `Refused` means that this very event will never be taken.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from mesh_platform.errors import MeshFailure, UserError
from mesh_platform.settings import Settings, without_secret

TIMEOUT_SECONDS = 5.0
"""How long a receiver may take to connect, and to answer; it is the sender that waits, never a run."""
FILE_BYTES = 32 << 20
"""When the file of events is set aside for a new one."""
FILES_KEPT = 4
NEVER_TAKEN = frozenset({400, 409, 413, 422})
"""Answers about the event itself. Others are about the receiver (429, 5xx) or the access to it (401, 403, 404)."""
SCHEMES = "file:///…, http(s)://… or kafka://host:port/topic"


class Unavailable(MeshFailure):
    """The receiver can't be reached or doesn't take events now; they wait."""

    retry_helps = True


class Refused(MeshFailure):
    """The receiver will never take this event."""


class Receiver(Protocol):
    """Takes events."""

    def send(self, event: bytes) -> None:
        """Hand over an event.

        Raises:
            Unavailable: Where it has to wait.
            Refused: Where it will never be taken.
        """


def receiver_url(settings: Settings) -> str:
    """Where events go: where the settings say, or to a file under the home."""
    return settings.lineage_url or f"file://{settings.home}/lineage/events.jsonl"


def receiver_of(settings: Settings) -> Receiver:
    """The receiver that the settings name.

    Raises:
        UserError: Where the URL names none, or what it needs is not installed.
    """
    url = receiver_url(settings)
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.path:
        return FileReceiver(Path(unquote(parts.path)))
    if parts.scheme in {"http", "https"} and parts.netloc:
        return HttpReceiver(url, settings.lineage_token)
    if parts.scheme == "kafka" and parts.netloc and parts.path.strip("/"):
        return KafkaReceiver(parts.netloc, parts.path.strip("/"))
    raise UserError(f"MESH_LINEAGE_URL '{without_secret(url)}' names no receiver (rule: {SCHEMES}); correct it")


class FileReceiver:
    """Appends events to a file; a full one is set aside as `<name>.1`, and so on.

    Args:
        path: The file.
        max_bytes: When it is full.
    """

    def __init__(self, path: Path, max_bytes: int = FILE_BYTES) -> None:
        self._path, self._max_bytes = path, max_bytes

    def send(self, event: bytes) -> None:
        """Append an event as a line."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._path.exists() and self._path.stat().st_size + len(event) > self._max_bytes:
                self._set_aside()
            with self._path.open("ab") as file:
                file.write(event + b"\n")
        except OSError as error:
            raise Unavailable(f"{self._path}: {error.strerror or error}") from error

    def _set_aside(self) -> None:
        names = [self._path, *(self._path.with_name(f"{self._path.name}.{n}") for n in range(1, FILES_KEPT))]
        for older, newer in zip(reversed(names), reversed(names[:-1]), strict=False):
            if newer.exists():
                newer.replace(older)


class HttpReceiver:
    """Posts events through OpenLineage's own client.

    Args:
        url: Where; without a path, OpenLineage's usual one.
        token: Sent as a bearer token, where there is one.
        timeout_seconds: How long to wait for a connection, and for an answer.
    """

    def __init__(self, url: str, token: str = "", timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        from openlineage.client.transport.http import (
            ApiKeyTokenProvider,
            HttpConfig,
            HttpTransport,
            TokenProvider,
        )

        parts = urlsplit(url)
        endpoint = url[url.index(parts.netloc) + len(parts.netloc) :].lstrip("/") or "api/v1/lineage"
        self._where = without_secret(url)
        self._transport = HttpTransport(
            HttpConfig(
                url=f"{parts.scheme}://{parts.netloc}/",
                endpoint=endpoint,
                timeout=timeout_seconds,
                auth=ApiKeyTokenProvider({"api_key": token}) if token else TokenProvider({}),
                retry={"total": 0},  # the outbox tries again, in order and for days
            )
        )

    def send(self, event: bytes) -> None:
        """Post an event."""
        from requests import RequestException

        content: Any = json.loads(event)
        try:
            self._transport.emit(content)
        except RequestException as error:
            answer = error.response
            if answer is None:
                raise Unavailable(f"{self._where} can't be reached ({type(error).__name__})") from error
            said = f"{self._where} answered {answer.status_code} {answer.reason}"
            raise (Refused if answer.status_code in NEVER_TAKEN else Unavailable)(said) from error


class KafkaReceiver:
    """Produces events to a topic, and waits until the brokers have each.

    OpenLineage's own Kafka transport only logs what was not delivered; here that must be known.

    Args:
        brokers: "host:port", several with commas.
        topic: The topic.
    """

    def __init__(self, brokers: str, topic: str) -> None:
        try:
            producer = import_module("confluent_kafka").Producer
        except ImportError as error:
            raise UserError(
                "MESH_LINEAGE_URL names a Kafka topic, and confluent-kafka is not installed (rule: kafka:// needs it); "
                "install it (`pip install confluent-kafka`) or name a file:// or http:// receiver"
            ) from error
        self._topic, self._brokers = topic, brokers
        milliseconds = int(TIMEOUT_SECONDS * 1000)
        self._producer = producer(
            {"bootstrap.servers": brokers, "enable.idempotence": True, "message.timeout.ms": milliseconds}
        )

    def send(self, event: bytes) -> None:
        """Produce an event; those of one run of the mesh share a key, and so a partition and their order."""
        failures: list[str] = []

        def delivered(error: object, _message: object) -> None:
            if error is not None:
                failures.append(str(error))

        try:
            self._producer.produce(self._topic, value=event, key=_key(event), on_delivery=delivered)
            left = self._producer.flush(TIMEOUT_SECONDS * 2)
        except Exception as error:  # its errors have no base class that can be imported without it
            raise Unavailable(f"kafka://{self._brokers}/{self._topic}: {error}") from error
        if failures or left:
            reason = failures[0] if failures else "no answer"
            raise Unavailable(f"kafka://{self._brokers}/{self._topic}: {reason}")


def _key(event: bytes) -> bytes:
    """The run that started it all."""
    run: dict[str, Any] = json.loads(event)["run"]
    parent = run.get("facets", {}).get("parent", {})
    return str(parent.get("root", {}).get("run", run)["runId"]).encode()
