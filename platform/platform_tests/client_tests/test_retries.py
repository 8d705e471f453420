"""What is tried again, how long is waited, and what is told when it doesn't help."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from mesh_platform.client import Mesh, NotAnswered, Refused
from mesh_platform.client import wire as wires
from mesh_platform.errors import UserError

Answer = httpx.Response | Exception


class Service:
    """Gives one answer after the other, the last one for ever, and counts.

    Args:
        answers: The answers.
    """

    def __init__(self, *answers: Callable[[], Answer]) -> None:
        self.answers, self.asked, self.pauses = list(answers), list[httpx.Request](), list[float]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        made = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        answer = made()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def mesh(self) -> Mesh:
        """A client that notes its pauses instead of making them."""
        mesh = Mesh("http://127.0.0.1", "key", transport=httpx.MockTransport(self))
        mesh._wire._pause = self.pauses.append
        return mesh


def _good() -> httpx.Response:
    return httpx.Response(200, json={"products": [{"name": "sales.orders"}], "score": 0.5})


def _busy(seconds: str = "3") -> httpx.Response:
    return httpx.Response(
        503, json={"type": "x/not-available", "detail": "try again"}, headers={"Retry-After": seconds}
    )


def _often() -> httpx.Response:
    return httpx.Response(429, json={"type": "x/too-many-requests", "detail": "wait"}, headers={"Retry-After": "1"})


def _cut() -> httpx.Response:
    def pieces() -> Iterator[bytes]:
        yield b'{"products": [{"na'
        raise httpx.RemoteProtocolError("peer closed connection")

    return httpx.Response(200, content=pieces())


def _no_connection() -> Exception:
    return httpx.ConnectError("refused")


@pytest.mark.parametrize("trouble", [_busy, _often, _cut, _no_connection])
def test_a_question_that_only_reads_is_asked_again(trouble: Callable[[], Answer]) -> None:
    service = Service(trouble, trouble, _good)
    assert service.mesh().products() == [{"name": "sales.orders"}]
    assert len(service.asked) == 3


def test_the_service_says_how_long_to_wait() -> None:
    service = Service(_busy, _often, _good)
    service.mesh().products()
    assert [pause >= told for pause, told in zip(service.pauses, (3, 1), strict=True)] == [True, True]


def test_pauses_grow_and_are_not_the_same_for_everybody() -> None:
    services = [Service(_no_connection) for _ in range(5)]
    for service in services:
        with pytest.raises(NotAnswered, match="tried 5 times"):
            service.mesh().products()
        low = [wires.FIRST_PAUSE_S * 2.0**number / 2 for number in range(4)]
        assert all(least <= pause <= least * 2 for least, pause in zip(low, service.pauses, strict=True))
    assert len({tuple(service.pauses) for service in services}) == 5


def test_a_quota_that_is_used_up_until_tomorrow_is_not_waited_for() -> None:
    service = Service(lambda: _busy("40000"))
    with pytest.raises(Refused, match="not-available"):
        service.mesh().products()
    assert service.pauses == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 500])
def test_a_refusal_that_another_try_does_not_change_is_told_at_once(status: int) -> None:
    service = Service(lambda: httpx.Response(status, json={"type": "x/y", "detail": "no", "field": "limit"}))
    with pytest.raises(Refused) as refused:
        service.mesh().products()
    assert (refused.value.status, refused.value.kind, refused.value.field) == (status, "y", "limit")
    assert len(service.asked) == 1


def test_a_prediction_that_may_have_arrived_is_never_sent_twice() -> None:
    service = Service(_cut, _good)
    with pytest.raises(NotAnswered, match="tried once"):
        service.mesh().model("fraud").predict({"order_id": "o1"})
    assert len(service.asked) == 1


@pytest.mark.parametrize("trouble", [_busy, _often, _no_connection])
def test_a_prediction_that_certainly_did_not_arrive_is_sent_again(trouble: Callable[[], Answer]) -> None:
    service = Service(trouble, _good)
    assert service.mesh().model("fraud").predict({"order_id": "o1"})["score"] == 0.5


def test_a_stream_that_breaks_off_is_an_error_and_not_a_short_answer() -> None:
    service = Service(_cut)
    with pytest.raises(NotAnswered):
        list(service.mesh().product("sales.orders").rows())


def test_an_answer_of_something_in_between_is_told_too() -> None:
    service = Service(lambda: httpx.Response(502, text="<html>bad gateway"))
    with pytest.raises(Refused, match="502"):
        service.mesh().products()


def test_the_token_goes_along_and_never_unencrypted_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(_good)
    service.mesh().products()
    assert service.asked[0].headers["authorization"] == "Bearer key"
    with pytest.raises(UserError, match="unencrypted"):
        Mesh("http://mesh.example", "key")
    monkeypatch.delenv("MESH_TOKEN", raising=False)
    with pytest.raises(UserError, match="MESH_TOKEN"):
        Mesh("https://mesh.example")
    monkeypatch.setenv("MESH_TOKEN", "other")
    Mesh("https://mesh.example").close()


@pytest.mark.parametrize("address", ["mesh.example:8080", "ftp://mesh.example", "https://"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(UserError, match="is no address"):
        Mesh(address, "key")
