"""Whether the service lives, whether it can answer, and its figures: for orchestrators and Prometheus, not for people.

None of the three asks who calls: they name products and models, and hold no row of them. Without the lake and the
contracts nothing can be answered, and the service is not ready. Where a model or the online store is missing it is
degraded and still ready: else one model that can't be loaded would take every product off the network. Those who send
predictions alone ask `/v2/health/ready`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from mesh_platform.serve.document import OPEN
from mesh_platform.serve.operation.metrics import MEDIA_TYPE, PrometheusMetrics

Check = Callable[[], str]
"""Looks whether something works: "" where it does, else what is wrong, in words without paths or secrets."""
LOOKED_EVERY_S = 1.0
"""How old a look may be: whoever asks more often gets the same answer again."""
JSON = "application/json"


class Health:
    """What must work for the service to answer.

    Args:
        needed: Name of a part → its check, of those without which nothing can be answered.
        lesser: The same of those without which some requests can't.
        measure: Sets the gauges that are measured only when somebody looks.
        metrics: The figures.
    """

    def __init__(
        self,
        needed: Mapping[str, Check],
        lesser: Mapping[str, Check],
        measure: Callable[[], None],
        metrics: PrometheusMetrics,
    ) -> None:
        self._needed, self._checks = frozenset(needed), {**needed, **lesser}
        self._measure, self._metrics = measure, metrics
        self._looked, self._found = -LOOKED_EVERY_S, dict.fromkeys(self._checks, "not looked at yet")

    def router(self) -> APIRouter:
        """The three addresses."""
        router = APIRouter(tags=["operation"])
        for path, answer, summary in (
            ("/healthz", self.alive, "Whether the service lives."),
            ("/readyz", self.ready, "Whether it can answer: each part with its state."),
            ("/metrics", self.figures, "Figures for Prometheus."),
        ):
            router.add_api_route(
                path, answer, methods=["GET"], summary=summary, response_class=Response, openapi_extra=dict(OPEN)
            )
        return router

    async def alive(self) -> Response:
        """Whether the event loop turns."""
        return Response(b'{"status":"alive"}', media_type=JSON)

    async def ready(self) -> Response:
        """Whether each part works; 503 where one does not without which nothing can be answered."""
        if monotonic() - self._looked >= LOOKED_EVERY_S:
            self._looked = monotonic()  # before looking: of many who ask at once one looks
            self._found = await run_in_threadpool(self._look)
        failing = {name for name, said in self._found.items() if said}
        unready = bool(failing & self._needed)
        parts = {name: {"state": "failing" if said else "ok", "detail": said} for name, said in self._found.items()}
        status = "not ready" if unready else "degraded" if failing else "ready"
        body: dict[str, Any] = {"status": status, "parts": parts}
        return Response(orjson.dumps(body), 503 if unready else 200, media_type=JSON)

    async def figures(self) -> Response:
        """All figures."""
        await run_in_threadpool(self._measure)
        return Response(await run_in_threadpool(self._metrics.text), headers={"content-type": MEDIA_TYPE})

    def _look(self) -> dict[str, str]:
        return {name: _said(check) for name, check in self._checks.items()}


def _said(check: Check) -> str:
    try:
        return check()
    except Exception as error:  # a check that breaks is a part that fails, whatever broke it
        return f"can't be looked at ({type(error).__name__})"
