"""What a single request may cost: lengths, sizes and seconds; beyond them it is refused, not served slowly.

The time limit covers the time until an answer begins, and then each of its chunks: a stream of any size may take as
long as it moves on. What is cut off in the middle is a broken transfer, never a short but whole-looking answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mesh_platform.serve.problems import Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ANY_HOST = "*"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request may cost.

    Args:
        url_bytes: Of path and query together; every filter of a wide product fits.
        header_bytes: Of all headers together; a signed token has 1 to 4 thousand.
        body_bytes: Of a body; a batch of 1,000 requests to a model fits.
        headers_seconds: From a request's first byte to the end of its headers; then the connection is closed.
        seconds: Until the answer begins, and between two of its chunks.
        linger_seconds: What requests that run may still take when the service stops.
        stuck_seconds: Without a turn of a worker's event loop; then it is ended and another started. As long as an
            answer may take to begin, so nobody who asked it can still be waiting for an answer in time.
    """

    url_bytes: int = 8 * 1024
    header_bytes: int = 32 * 1024
    body_bytes: int = 4 * 1024 * 1024
    headers_seconds: float = 10.0
    seconds: float = 30.0
    linger_seconds: float = 30.0
    stuck_seconds: float = 30.0


class Limited:
    """Refuse what is too long or too large or asks for another host, and end what takes too long.

    Args:
        app: The application.
        limits: What a request may cost.
        hosts: The names by which the service may be asked; "*" for any.
    """

    def __init__(self, app: ASGIApp, limits: Limits, hosts: Sequence[str] = (ANY_HOST,)) -> None:
        self._app, self._limits = app, limits
        self._hosts = frozenset(name.lower() for name in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, within the limits.

        Raises:
            Problem: Where it is beyond one and no answer has begun.
            TimeoutError: Where the answer had begun; the connection is cut.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._measure(scope)
        clock, limit, begun, received = asyncio.get_running_loop(), self._limits, False, 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit.body_bytes:
                raise _too_large(limit.body_bytes)
            return message

        async def timed(message: Message) -> None:
            nonlocal begun
            begun = True
            deadline.reschedule(clock.time() + limit.seconds)
            await send(message)
            if message.get("more_body"):
                deadline.reschedule(clock.time() + limit.seconds)

        try:
            async with asyncio.timeout(limit.seconds) as deadline:
                await self._app(scope, counted, timed)
        except TimeoutError:
            if begun or not deadline.expired():
                raise
            raise _too_slow(limit.seconds) from None

    def _measure(self, scope: Scope) -> None:
        limit, host = self._limits, _host(scope)
        if ANY_HOST not in self._hosts and host not in self._hosts:
            raise Problem(
                400, "unknown-host", "ask by a name that the service was started with", "host", rule="a known name"
            )
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > limit.url_bytes:
            raise Problem(
                414,
                "address-too-long",
                "ask for fewer columns or values at a time",
                "url",
                rule=_at_most(limit.url_bytes),
            )
        if sum(len(name) + len(value) for name, value in scope["headers"]) > limit.header_bytes:
            raise Problem(
                431, "headers-too-large", "send fewer or shorter headers", "headers", rule=_at_most(limit.header_bytes)
            )
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if not declared.isdigit() or int(declared) > limit.body_bytes:
            raise _too_large(limit.body_bytes)


def _host(scope: Scope) -> str:
    """The name that was asked for, without the port."""
    sent = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1").lower()
    return sent[1:].partition("]")[0] if sent.startswith("[") else sent.partition(":")[0]


def _at_most(count: int) -> str:
    return f"at most {count:,} bytes"


def _too_large(most: int) -> Problem:
    return Problem(413, "body-too-large", "send it in several requests", "body", rule=_at_most(most))


def _too_slow(seconds: float) -> Problem:
    return Problem(
        503,
        "took-too-long",
        f"no answer began within {seconds:g} s; ask for less at a time or try again later",
        rule=f"an answer begins within {seconds:g} s",
        headers={"Retry-After": "5"},
    )
