"""Requests to the service: tried again where that is safe and helps, refusals turned into errors.

Tried again: 429 and 503, as the service says when; a connection that could not be made; and, of questions that only
read, one that was cut. A prediction is written down by the service, so one that may have arrived is not sent twice.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from mesh_platform.client.refused import NotAnswered, Refused
from mesh_platform.client.trust import Trust

TRIES = 5
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 20.0
"""The first pause before another try, doubled each time up to the longest, each drawn between half of it and all:
callers that were refused together do not come back together."""
TOO_OFTEN, NOT_AVAILABLE = 429, 503
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
CUT = (httpx.TransportError,)
Query = Sequence[tuple[str, str]]
T = TypeVar("T")


@dataclass(slots=True)
class Asking:
    """One question.

    Args:
        method: The HTTP method.
        path: The address, quoted.
        query: The parameters.
        accept: The media type that is wanted.
        body: What is sent as JSON; None for nothing.
        only_reads: Whether it may be asked twice.
        headers: Further headers.
    """

    method: str
    path: str
    query: Query = ()
    accept: str = "application/json"
    body: Any = None
    only_reads: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)


class Wire:
    """A connection to the service; it may be used by several threads.

    Args:
        client: Sends requests; it knows the address and the token.
        pause: Waits some seconds.
    """

    def __init__(self, client: httpx.Client, pause: Callable[[float], None] = time.sleep) -> None:
        self._client, self._pause = client, pause

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def ask(self, asking: Asking, read: Callable[[httpx.Response], T]) -> tuple[T, Trust]:
        """Ask, and read the whole answer; a try that is cut in the middle of the answer begins anew.

        Args:
            asking: The question.
            read: Reads an answer; called again at another try.

        Raises:
            Refused: Where the service says no.
            NotAnswered: Where it says nothing, as often as it was tried.
        """

        def once() -> tuple[T, Trust]:
            with self._sent(asking) as answer:
                return read(answer), Trust.of(answer.headers)

        return self._tried(asking, once)

    @contextmanager
    def stream(self, asking: Asking) -> Iterator[tuple[httpx.Response, Trust]]:
        """Ask for an answer that is read piece by piece; only its beginning is tried again.

        Raises:
            Refused: Where the service says no.
            NotAnswered: Where it says nothing, or breaks off.
        """

        def once() -> Any:
            opened = self._sent(asking)
            return opened, opened.__enter__()

        opened, answer = self._tried(asking, once)
        try:
            yield answer, Trust.of(answer.headers)
        except CUT as error:
            raise NotAnswered(f"the answer broke off ({type(error).__name__}); ask again") from error
        finally:
            opened.__exit__(None, None, None)

    @contextmanager
    def _sent(self, asking: Asking) -> Iterator[httpx.Response]:
        headers = {"Accept": asking.accept, **asking.headers}
        request = {"params": list(asking.query), "headers": headers, "json": asking.body}
        with self._client.stream(asking.method, asking.path, **request) as answer:
            if answer.is_error:
                raise _refusal(answer)
            yield answer

    def _tried(self, asking: Asking, once: Callable[[], T]) -> T:
        for number in range(1, TRIES + 1):
            try:
                return once()
            except Refused as refused:
                if number == TRIES or refused.status not in (TOO_OFTEN, NOT_AVAILABLE) or _hopeless(refused):
                    raise
                self._pause(_pause_s(number, refused))
            except CUT as error:
                if number == TRIES or not (asking.only_reads or isinstance(error, NEVER_SENT)):
                    raise NotAnswered(_unanswered(self._client, number, error)) from error
                self._pause(_pause_s(number))
        raise AssertionError("the last try ends the loop")


def read_json(answer: httpx.Response) -> Any:
    """Read an answer in JSON."""
    answer.read()
    return answer.json()


def _refusal(answer: httpx.Response) -> Refused:
    answer.read()
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    said = problem if isinstance(problem, dict) else {}
    return Refused(answer.status_code, said, _seconds(answer.headers.get("retry-after")))


def _hopeless(refused: Refused) -> bool:
    """Whether the service asks for more patience than a caller has, such as until tomorrow's quota."""
    return refused.retry_after_s is not None and refused.retry_after_s > LONGEST_PAUSE_S


def _pause_s(number: int, refused: Refused | None = None) -> float:
    own = min(FIRST_PAUSE_S * 2.0 ** (number - 1), LONGEST_PAUSE_S) * random.uniform(0.5, 1)  # noqa: S311 - no secret
    return max(own, refused.retry_after_s or 0.0) if refused else own


def _seconds(said: str | None) -> float | None:
    return float(said) if said and said.isdigit() else None


def _unanswered(client: httpx.Client, tries: int, error: Exception) -> str:
    where = f"{client.base_url.scheme}://{client.base_url.netloc.decode()}"
    times = "once" if tries == 1 else f"{tries} times"
    return f"{where} did not answer ({type(error).__name__}, tried {times}); is `mesh serve` running there?"
