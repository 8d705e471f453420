"""Traces, sent to a stand-in for a collector."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from starlette.testclient import TestClient

from mesh_platform.serve.app import Plan
from mesh_platform.serve.operation.logs import Lines

from .parts import PERSONAL, misbehaving, read_lines

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Span]]:
    """What the collector received."""
    received: list[Span] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            sent = ExportTraceServiceRequest.FromString(body)
            received.extend(span for r in sent.resource_spans for scope in r.scope_spans for span in scope.spans)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    yield received
    server.shutdown()
    server.server_close()


def test_a_request_is_a_span_of_the_callers_trace_without_what_it_asked_for(
    plan: Plan, spans: list[Span], tmp_path: Path
) -> None:
    with (tmp_path / "log").open("wb") as log:
        lines = Lines(log.fileno())
        with TestClient(misbehaving(plan, lines=lines), raise_server_exceptions=False) as client:
            client.get(f"/people/{PERSONAL}?since=7", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
            client.get("/raise/bug")
    asked, failed = spans
    assert (asked.trace_id.hex(), asked.parent_span_id.hex()) == (TRACE, PARENT)
    assert (asked.name, failed.name) == ("GET /people/{email}", "GET /raise/{what}")
    assert failed.status.code == failed.status.STATUS_CODE_ERROR
    assert PERSONAL not in str(spans)
    logged = next(line for line in read_lines(tmp_path / "log") if line["event"] == "request")
    assert logged["trace_id"] == TRACE
