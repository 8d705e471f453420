"""Whether the receiver of events answers; it is sent none."""

from __future__ import annotations

import os
import socket
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mesh_platform.lineage.recording import OFF
from mesh_platform.lineage.transport import Unavailable, receiver_of, receiver_url
from mesh_platform.settings import Settings, without_secret

LIMIT_S = 2.0
"""How long an answer may take: somebody waits for it."""
KAFKA_PORT = 9092
NO_ACCESS = frozenset({401, 403})
ONLY_POST = 501
"""What a server answers that knows no other method than the one that events are sent by."""


def reach(settings: Settings, limit_s: float = LIMIT_S) -> str:
    """Ask the receiver of the settings for an answer.

    Args:
        settings: Name it.
        limit_s: How long to wait for a connection, and for an answer.

    Returns:
        What was found, in words.

    Raises:
        Unavailable: Where it would not take events now.
        UserError: Where the settings name none, or what it needs is not installed.
    """
    if settings.lineage_url == OFF:
        return "off: no event is made"
    url = receiver_url(settings)
    parts, told = urlsplit(url), without_secret(url)
    if parts.scheme in {"http", "https"} and parts.netloc:
        return f"{told} answers {_asked(url, settings.lineage_token, limit_s)}"
    if parts.scheme == "kafka" and find_spec("confluent_kafka"):
        return f"{told}: {_broker(parts.netloc.rpartition('@')[2], limit_s)} answers"
    receiver_of(settings)  # says what is wrong with the URL
    _demand_writable(Path(unquote(parts.path)))
    return told


def _asked(url: str, token: str, limit_s: float) -> str:
    """The status of the answer; any but an error of the server or of access will do, for events are posted."""
    import httpx

    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with httpx.stream("GET", url, headers=headers, timeout=limit_s) as answer:
            status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable(f"{without_secret(url)} can't be reached ({type(error).__name__})") from error
    if (status >= 500 and status != ONLY_POST) or status in NO_ACCESS:
        raise Unavailable(f"{without_secret(url)} answers {status}")
    return str(status)


def _broker(brokers: str, limit_s: float) -> str:
    """The first broker that takes a connection."""
    named = brokers.split(",")
    for broker in named:
        host, _, port = broker.rpartition(":") if ":" in broker else (broker, "", str(KAFKA_PORT))
        try:
            with socket.create_connection((host, int(port)), timeout=limit_s / len(named)):
                return broker
        except (OSError, ValueError):
            continue
    raise Unavailable(f"no broker of {brokers} takes a connection")


def _demand_writable(file: Path) -> None:
    place = next(p for p in (file, *file.parents) if p.exists())
    if file.is_dir() or not os.access(place, os.W_OK):
        raise Unavailable(f"{file} can't be written")
