"""Connections that do not get to a request: too much or too slowly said before one is whole.

The server's own parser keeps whatever comes until the headers end, for as long as it takes; many such connections
would fill memory and sockets.
"""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEADER_BYTES = 64 * 1024
"""Beyond the limit that is answered with a problem document (`Limits.header_bytes`); the connection is just closed."""


class GuardedProtocol(HttpToolsProtocol):
    """Uvicorn's protocol, with an end to headers.

    Args:
        headers_seconds: From the connection, or a request's first byte, to the end of its headers.
        given: What uvicorn gives its protocol.
    """

    def __init__(self, *, headers_seconds: float, **given: Any) -> None:
        super().__init__(**given)
        self._headers_seconds = headers_seconds
        self._unread = 0
        self._waiting: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        """Wait for a request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._heard()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes, as long as they are not endless headers."""
        if self._waiting:
            self._unread += len(data)
        super().data_received(data)
        if self._waiting and self._unread > MOST_HEADER_BYTES:
            self.transport.close()

    def on_message_begin(self) -> None:
        """Wait for the end of the headers of a request on a connection that is kept."""
        super().on_message_begin()
        if self._waiting is None:
            self._wait()

    def on_headers_complete(self) -> None:
        """The request is whole enough to be answered or refused."""
        self._heard()
        super().on_headers_complete()

    def _wait(self) -> None:
        self._unread = 0
        self._waiting = self.loop.call_later(self._headers_seconds, self._give_up)

    def _heard(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._waiting = None
        self.transport.close()
