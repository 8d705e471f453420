"""The outermost layer: gives each request its id, each answer its headers, and writes down how it went.

Whatever goes wrong inside becomes a problem document here, or, where the answer had begun, a cut connection; nothing
of the inside is told to the caller.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from mesh_platform.serve.operation.headers import REQUEST_ID, secured
from mesh_platform.serve.operation.logs import Lines, failure
from mesh_platform.serve.operation.metrics import PrometheusMetrics
from mesh_platform.serve.operation.refusals import answered, problem_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SANE = re.compile(rb"[A-Za-z0-9._-]{1,64}")
"""Ids that callers may choose: they come back in headers, logs and the audit log."""
BROKE_OFF = 499
"""The status of an answer that did not reach its end, in logs and figures: nginx's number for it."""


@dataclass(slots=True)
class _Course:
    """How a request goes."""

    request_id: str
    started: float = field(default_factory=perf_counter)
    status: int = 0
    sent: int = 0
    ended: bool = False


class Recorded:
    """Write down every request.

    Args:
        app: The application.
        lines: The log.
        metrics: The figures.
    """

    def __init__(self, app: ASGIApp, lines: Lines, metrics: PrometheusMetrics) -> None:
        self._app, self._lines, self._metrics = app, lines, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and write down how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        course = _Course(_request_id(scope))
        scope.setdefault("state", {})["request_id"] = course.request_id

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                course.status = message["status"]
                message["headers"] = secured(message.get("headers", ()), course.request_id)
            elif message["type"] == "http.response.body":
                course.sent += len(message.get("body", b""))
                course.ended = not message.get("more_body", False)
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            self._tell(error, course)
            if course.status:
                raise  # the server cuts the connection: a broken transfer can't be taken for a whole one
            await answered(problem_of(error), course.request_id)(scope, receive, watched)
        finally:
            self._write(scope, course)

    def _tell(self, error: Exception, course: _Course) -> None:
        if course.status or problem_of(error).status == 500:
            self._lines.write("error", "failure", request_id=course.request_id, **failure(error))

    def _write(self, scope: Scope, course: _Course) -> None:
        seconds = perf_counter() - course.started
        status = course.status if course.ended else BROKE_OFF
        route = template(scope)
        self._metrics.request(_method(scope), route, status, seconds)
        state = cast("dict[str, Any]", scope["state"])
        self._lines.write(
            "error" if status >= 500 else "info",
            "request",
            request_id=course.request_id,
            consumer=state.get("consumer", ""),
            method=_method(scope),
            route=route,
            status=status,
            ms=round(seconds * 1000, 3),
            bytes=course.sent,
            **({"trace_id": state["trace_id"]} if "trace_id" in state else {}),
        )


def template(scope: Scope) -> str:
    """The template of the path that a request went to; "" where there is none."""
    return str(getattr(scope.get("route"), "path", ""))


def _method(scope: Scope) -> str:
    known = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
    return scope["method"] if scope["method"] in known else "OTHER"


def _request_id(scope: Scope) -> str:
    """The id that the caller chose, if it can be one; else a new one."""
    chosen = next((value for name, value in scope["headers"] if name == REQUEST_ID), b"")
    return chosen.decode() if _SANE.fullmatch(chosen) else uuid4().hex
