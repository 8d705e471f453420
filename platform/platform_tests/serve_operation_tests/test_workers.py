"""Real workers: one that dies takes only its own requests with it, and a service that stops finishes what it began."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from mesh_platform.serve.app import Plan

from .service import ENDS_WITHIN_S, Service, running

STREAMS = 16
"""Streams at a time; each of two workers has some of them, but for once in 32,000 times."""

STUCK_AFTER_S = 1.6
"""A limit that tests can wait for."""


@pytest.fixture(scope="module")
def service(plan: Plan) -> Iterator[Service]:
    """A service of two workers."""
    with running(plan.settings.home, headers_seconds=0.5) as found:
        yield found


def _until(true: Callable[[], bool]) -> None:
    last = time.monotonic() + ENDS_WITHIN_S
    while not true():
        assert time.monotonic() < last, "it does not come true"
        time.sleep(0.05)  # between two looks at another process


def _streamed(url: str) -> tuple[int, bool]:
    """Read a stream; returns the worker, and whether the stream came to its end."""
    with httpx.stream("GET", f"{url}/stream?chunks=12&pause_ms=150", timeout=ENDS_WITHIN_S) as answer:
        try:
            return int(answer.headers["x-worker"]), answer.read().endswith(b"11\n")
        except httpx.RemoteProtocolError:
            return int(answer.headers["x-worker"]), False


def test_figures_of_all_workers_are_summed(service: Service) -> None:
    assert len(service.workers()) == 2
    count = 'mesh_request_seconds_count{method="GET",route="/worker",status="200"} 40.0'
    assert all(count in httpx.get(f"{service.url}/metrics").text for _ in range(4)), "whichever worker answers"


def test_an_answer_that_breaks_off_is_a_broken_transfer(service: Service) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{service.url}/stream?breaks=true")


def test_headers_that_never_end_close_the_connection(service: Service) -> None:
    port = int(service.url.rpartition(":")[2])
    for sent in (b"", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n", b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000):
        with socket.create_connection(("127.0.0.1", port), timeout=ENDS_WITHIN_S) as connection:
            connection.sendall(sent)
            try:
                assert connection.recv(1) == b""
            except ConnectionResetError:
                assert len(sent) > 1_000, "closed before all of it was read"


def test_traces_cost_nothing_where_nobody_wants_them(service: Service) -> None:
    assert httpx.get(f"{service.url}/imported/opentelemetry.sdk").text == "False"


def test_only_requests_of_a_killed_worker_fail_and_another_takes_its_place(service: Service) -> None:
    before = service.workers()
    killed = min(before)
    with ThreadPoolExecutor(STREAMS) as pool:
        streams = [pool.submit(_streamed, service.url) for _ in range(STREAMS)]
        _until(lambda: _open_streams(service) == STREAMS)
        os.kill(killed, signal.SIGKILL)
        asked = [httpx.get(f"{service.url}/healthz").status_code for _ in range(20)]
        ends = [stream.result() for stream in streams]
    assert asked == [200] * 20
    assert {worker for worker, _ in ends} == before
    assert all(whole == (worker != killed) for worker, whole in ends)
    _until(lambda: len(service.workers() - before) == 1)


def _open_streams(service: Service) -> int:
    return len(list((service.log.parent / "streams").iterdir()))


def test_a_service_that_stops_finishes_what_it_began_and_ends_well(service: Service) -> None:
    with ThreadPoolExecutor(1) as pool:
        before = _open_streams(service)  # those of the killed worker were never closed
        stream = pool.submit(_streamed, service.url)
        _until(lambda: _open_streams(service) == before + 1)
        assert service.end() == 0
        assert stream.result()[1]
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{service.url}/healthz")
    assert any(line.get("route") == "/stream" and line["status"] == 200 for line in service.logged()[-3:])


def test_a_worker_that_hangs_is_ended_and_another_takes_its_place_but_a_slow_one_is_left_alone(plan: Plan) -> None:
    with (
        running(plan.settings.home, workers=1, stuck_seconds=STUCK_AFTER_S) as service,
        httpx.Client(timeout=ENDS_WITHIN_S) as asking,
    ):
        (worker,) = service.workers()
        slow = [asking.get(f"{service.url}/spin?seconds={STUCK_AFTER_S / 2}").text for _ in range(2)]
        assert set(map(int, slow)) == {worker}
        with pytest.raises(httpx.RemoteProtocolError):
            asking.get(f"{service.url}/spin?seconds=3600")
        assert int(asking.get(f"{service.url}/worker").text) != worker
        assert [(line["worker"], line["level"]) for line in _stuck(service)] == [(worker, "error")]
        assert 'mesh_workers_ended_total{how="stuck"} 1.0' in asking.get(f"{service.url}/metrics").text


def _stuck(service: Service) -> list[dict[str, object]]:
    return [line for line in service.logged() if line["event"] == "worker-stuck"]


def test_workers_end_when_the_process_that_keeps_them_is_gone(plan: Plan) -> None:
    with running(plan.settings.home, workers=1) as service:
        (worker,) = service.workers()
        service.end(signal.SIGKILL)
        _until(lambda: not Path(f"/proc/{worker}").exists())


def test_a_service_that_can_not_start_ends_with_its_error(plan: Plan) -> None:
    with (
        pytest.raises(AssertionError, match="the keys' issuer is not set"),
        running(plan.settings.home, make="unstartable"),
    ):
        pass
