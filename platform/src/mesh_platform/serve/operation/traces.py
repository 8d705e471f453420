"""OpenTelemetry traces: one span a request, continuing the caller's (W3C `traceparent`), sent by OTLP over HTTP.

Only where `OTEL_EXPORTER_OTLP_ENDPOINT` is set; else nothing of it is imported. The framework's own middleware is not
used because it records paths and queries, which can name persons: a span here tells the route's template.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mesh_platform.serve.operation.record import template

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
SERVICE_NAME = "mesh-serve"


def wanted() -> bool:
    """Whether the environment says where traces go."""
    return bool(os.environ.get(ENDPOINT))


def provider() -> TracerProvider:
    """Make what gathers spans and sends them in batches, by OpenTelemetry's own environment variables."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    found = TracerProvider(
        resource=Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", SERVICE_NAME)})
    )
    found.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return found


class Traced:
    """Make a span of every request.

    Args:
        app: The application.
        spans: What gathers them.
    """

    def __init__(self, app: ASGIApp, spans: TracerProvider) -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._app, self._tracer = app, spans.get_tracer(__name__)
        self._callers = TraceContextTextMapPropagator()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on within a span."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        from opentelemetry.trace import SpanKind, Status, StatusCode

        sent = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        with self._tracer.start_as_current_span(
            scope["method"],
            self._callers.extract(sent),
            SpanKind.SERVER,
            record_exception=False,  # its message can quote a row
            set_status_on_exception=False,
        ) as span:
            scope["state"]["trace_id"] = f"{span.get_span_context().trace_id:032x}"

            async def watched(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(Status(StatusCode.ERROR))
                await send(message)

            try:
                await self._app(scope, receive, watched)
            except BaseException as error:
                span.set_status(Status(StatusCode.ERROR))
                span.set_attribute("error.type", type(error).__name__)
                raise
            finally:
                span.update_name(f"{scope['method']} {template(scope)}".strip())
                span.set_attribute("http.request.method", scope["method"])
                span.set_attribute("http.route", template(scope))
                span.set_attribute("mesh.request_id", scope["state"]["request_id"])
