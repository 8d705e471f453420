"""A request that costs too much is refused or ended."""

from collections.abc import Iterator

import pytest

from .conftest import HASTY_S, LIMITS, Served


def test_an_address_a_header_or_a_body_that_is_too_long_is_refused(served: Served) -> None:
    ask = served.client
    too_long = "x" * LIMITS.header_bytes
    assert ask.get("/healthz", params={"q": "x" * LIMITS.url_bytes}).status_code == 414
    assert ask.get("/healthz", headers={"X-More": too_long}).status_code == 431
    assert ask.post("/people", json={"email": "x" * LIMITS.body_bytes, "age": 1}).status_code == 413


def test_a_body_that_does_not_say_its_length_is_counted(served: Served) -> None:
    def body() -> Iterator[bytes]:
        yield b'{"age": 1, "email": "'
        yield b"x" * LIMITS.body_bytes

    answer = served.client.post("/people", content=body(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["field"]) == (413, "body")


def test_a_body_within_the_limit_is_taken(served: Served) -> None:
    email = "x" * (LIMITS.body_bytes - 100)
    assert served.client.post("/people", json={"email": email, "age": 1}).text == email


def test_an_answer_that_does_not_begin_in_time_is_a_problem(hasty: Served) -> None:
    answer = hasty.client.get("/hang")
    assert answer.status_code == 503
    assert answer.json()["rule"] == "an answer begins within 0.6 s"
    assert answer.headers["retry-after"]


def test_a_stream_may_take_longer_than_the_limit_as_long_as_it_moves_on(hasty: Served) -> None:
    answer = hasty.client.get("/stream", params={"chunks": 5, "pause_ms": HASTY_S * 1000 / 3})
    assert answer.text == "0\n1\n2\n3\n4\n"


def test_a_stream_that_stops_moving_is_cut(hasty: Served) -> None:
    hasty.client.get("/stream?chunks=2&pause_ms=3000")
    assert [line["status"] for line in hasty.logged() if line["event"] == "request"] == [499]


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "", "evil.example:80"])
def test_another_host_name_is_refused(served: Served, host: str) -> None:
    answer = served.client.get("/healthz", headers={"Host": host})
    assert (answer.status_code, answer.json()["field"]) == (400, "host")


@pytest.mark.parametrize("host", ["testserver:8080", "TESTSERVER", "127.0.0.1"])
def test_a_known_host_name_is_answered_whatever_its_port_and_case(served: Served, host: str) -> None:
    assert served.client.get("/healthz", headers={"Host": host}).status_code == 200
