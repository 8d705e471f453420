"""Whether the receiver of events answers is found out in seconds, and nothing is sent to it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.machinery import ModuleSpec
from pathlib import Path
from time import monotonic

import pytest

from mesh_platform.errors import UserError
from mesh_platform.lineage import reach as reaching
from mesh_platform.lineage.reach import reach
from mesh_platform.lineage.transport import Unavailable
from mesh_platform.settings import Settings

GIVEN = "s3cret"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, "", "")


@contextmanager
def answering(status: int, token: str = "") -> Iterator[str]:
    """A server that answers every question so; without the right token, with 401."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers.get("Authorization", "") == (f"Bearer {token}" if token else "")
            self.send_response(status if known else 401)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def listening() -> Iterator[int]:
    """A port that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as port:
        yield port.getsockname()[1]


def test_a_file_that_can_be_written_answers_and_is_not_made(settings: Settings) -> None:
    assert reach(settings) == f"file://{settings.home}/lineage/events.jsonl"
    assert list(settings.home.iterdir()) == []
    with pytest.raises(Unavailable, match="can't be written"):
        reach(replace(settings, lineage_url=f"file://{settings.home}"))


@pytest.mark.parametrize("status", [200, 404, 405, 501])
def test_any_answer_but_a_failure_will_do(settings: Settings, status: int) -> None:
    with answering(status) as url:
        assert reach(replace(settings, lineage_url=url)) == f"{url} answers {status}"


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_a_server_that_fails_or_refuses_the_token_would_take_nothing(settings: Settings, status: int) -> None:
    with answering(status) as url, pytest.raises(Unavailable, match=f"answers {status}"):
        reach(replace(settings, lineage_url=url))


def test_the_token_is_shown_to_the_server_and_to_nobody_else(settings: Settings) -> None:
    with answering(200, token=GIVEN) as url:
        assert reach(replace(settings, lineage_url=url, lineage_token=GIVEN)).endswith("answers 200")
    with pytest.raises(Unavailable) as raised:
        reach(replace(settings, lineage_url=f"http://me:{GIVEN}@127.0.0.1:1/x?key={GIVEN}", lineage_token=GIVEN))
    assert str(raised.value) == "http://127.0.0.1:1/x can't be reached (ConnectError)"


def test_a_server_that_never_answers_is_given_up(settings: Settings) -> None:
    began = monotonic()
    with listening() as port, pytest.raises(Unavailable, match="ReadTimeout"):
        reach(replace(settings, lineage_url=f"http://127.0.0.1:{port}"), limit_s=0.2)
    assert monotonic() - began < 2


def test_one_broker_that_takes_connections_is_enough(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching, "find_spec", lambda name: ModuleSpec(name, None))
    with listening() as port:
        url = f"kafka://127.0.0.1:1,127.0.0.1:{port}/lineage"
        assert reach(replace(settings, lineage_url=url)) == f"{url}: 127.0.0.1:{port} answers"
    with pytest.raises(Unavailable, match=r"no broker of 127\.0\.0\.1:1 takes a connection"):
        reach(replace(settings, lineage_url="kafka://127.0.0.1:1/lineage"))


def test_off_and_wrong_urls_are_told(settings: Settings) -> None:
    assert reach(replace(settings, lineage_url="off")) == "off: no event is made"
    with pytest.raises(UserError, match="names no receiver"):
        reach(replace(settings, lineage_url="ftp://host/x"))
