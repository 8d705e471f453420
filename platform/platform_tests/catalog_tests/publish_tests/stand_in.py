"""A strict stand-in for DataHub's metadata service: its paths, its answers, and faults at the writes a test names."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

from platform_tests.catalog_tests.publish_tests.store import Change, Rejected, Row, Store

BATCH_MAX = 200
HOLD_S = 20.0
CONFIG = {
    "noCode": "true",
    "models": {},
    "versions": {"acryldata/datahub": {"version": "v1.7.0", "commit": "0"}},
    "datahub": {"serverType": "quickstart"},
}


class Fault(StrEnum):
    """What goes wrong with a write."""

    BUSY = "429 with Retry-After"
    DOWN = "503"
    HUNG = "no answer, nothing stored"
    LATE = "no answer, but stored"
    CUT = "connection cut, nothing stored"
    CUT_LATE = "connection cut, but stored"


@dataclass
class StandIn:
    """The server's state, which a test arranges and looks at."""

    store: Store = field(default_factory=Store)
    token: str = ""
    faults: dict[int, Fault] = field(default_factory=dict)
    config: Any = field(default_factory=lambda: dict(CONFIG))
    writes: int = 0
    held: int = 0
    written_at: list[float] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    wrote: threading.Condition = field(default_factory=threading.Condition)
    url: str = ""

    def next_fault(self) -> Fault | None:
        """Count a write, and say what goes wrong with it."""
        with self.wrote:
            self.writes += 1
            self.written_at.append(time.monotonic())
            return self.faults.get(self.writes)

    def hold(self) -> None:
        """Leave a client without an answer until it gives up."""
        with self.wrote:
            self.held += 1
            self.wrote.notify_all()
        self.released.wait(HOLD_S)

    def wait_until_held(self, timeout_s: float = 60) -> None:
        """Wait until a client waits in vain."""
        with self.wrote:
            assert self.wrote.wait_for(lambda: self.held > 0, timeout_s), f"{self.writes} writes came, none was held"


@contextmanager
def serving(stand_in: StandIn) -> Iterator[StandIn]:
    """Serve on a free port of this machine."""
    server = _Server(stand_in)
    stand_in.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        stand_in.released.set()
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, stand_in: StandIn) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stand_in = stand_in

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that a fault has cut."""


class _Cut(Exception):
    """The connection ends here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    @property
    def gms(self) -> StandIn:
        return cast("_Server", self.server).stand_in

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep the tests' output clean."""

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers["Content-Length"])))

    def do_DELETE(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def _serve(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.gms.paths.append(f"{self.command} {self.path}")
        try:
            if parts.path == "/config":
                self._answer(200, self.gms.config)
            elif self.gms.token and self.headers.get("Authorization") != f"Bearer {self.gms.token}":
                self._answer(401, {"message": "Unauthorized to perform this action."})
            else:
                self._route(
                    [unquote(step) for step in parts.path.strip("/").split("/")], asked, json.loads(body or b"{}")
                )
        except Rejected as error:
            self._answer(422, {"message": f"com.linkedin.restli.server.RestLiServiceException: {error}", "status": 422})
        except _Cut:
            self.close_connection = True
            self.connection.close()

    def _route(self, steps: list[str], asked: dict[str, str], content: Any) -> None:
        route = self._openapi if steps[:3] == ["openapi", "v3", "entity"] else self._restli
        if not route(steps, asked, content):
            self._answer(404, {"message": f"No root resource defined for path '{self.path}'"})

    def _restli(self, steps: list[str], asked: dict[str, str], content: Any) -> bool:
        store = self.gms.store
        match self.command, steps, asked.get("action"):
            case "GET", ["entitiesV2", urn], _:
                self._answer(200, {"urn": urn, "aspects": {"anyKey": {"value": {}}} | _shown(store.read(urn))})
            case "GET", ["aspects", urn], _ if (row := store.read(urn).get(asked["aspect"])) is not None:
                self._answer(200, {"aspect": {asked["aspect"]: row.value}, "version": 0})
            case "POST", ["aspects"], "ingestProposal":
                self._write(lambda: [_of_restli(content["proposal"])], content.get("async"))
            case "POST", ["aspects"], "ingestProposalBatch":
                self._write(lambda: [_of_restli(p) for p in content["proposals"]], content.get("async"))
            case "POST", ["aspects"], "getTimeseriesAspectValues":
                self._answer(200, {"value": {"values": _events(store, content)}})
            case "POST", ["entities"], "listUrns":
                urns = store.urns(content["entity"], removed=True)
                page = urns[content["start"] : content["start"] + content["count"]]
                self._answer(200, {"value": {"entities": page, "total": len(urns)}})
            case "POST", ["entities"], "delete":
                store.delete(content["urn"])
                self._answer(200, {"value": {"rows": 1}})
            case _:
                return False
        return True

    def _openapi(self, steps: list[str], asked: dict[str, str], content: Any) -> bool:
        store = self.gms.store
        match self.command, steps[3:]:
            case "POST", ["scroll"]:
                self._scroll(content["entities"], int(asked["count"]), int(asked.get("scrollId", 0)))
            case "POST", [kind]:
                self._write(lambda: [c for item in content for c in _of_openapi(kind, item)], asked.get("async"))
            case "POST", [_, "batchGet"]:
                found = ((item["urn"], store.read(item["urn"])) for item in content)
                self._answer(200, [{"urn": urn} | _shown(rows) for urn, rows in found if rows])
            case "DELETE", [_, urn]:
                self._answer(200 if store.delete(urn) else 404, {})
            case "DELETE", [_, urn, aspect]:
                self._answer(200 if store.delete(urn, aspect) else 404, {})
            case _:
                return False
        return True

    def _write(self, parse: Any, waits: str | None) -> None:
        fault = self.gms.next_fault()
        if fault is Fault.BUSY:
            self._answer(429, {"message": "Too many requests"}, {"Retry-After": "1"})
            return
        if fault is Fault.DOWN:
            self._answer(503, {"message": "Service unavailable"})
            return
        if fault in {Fault.CUT, Fault.HUNG}:
            self._vanish(fault)
        if self.headers["Content-Type"] != "application/json":
            raise Rejected(f"content type {self.headers['Content-Type']}")
        if waits != "false":
            raise Rejected("an asynchronous write: its acknowledgement would not mean that it is stored")
        changes = parse()
        if len(changes) > BATCH_MAX:
            raise Rejected(f"{len(changes)} proposals in one request")
        self.gms.store.apply(changes)
        if fault in {Fault.CUT_LATE, Fault.LATE}:
            self._vanish(fault)
        self._answer(200, [{"urn": change.urn} for change in changes])

    def _vanish(self, fault: Fault) -> None:
        if fault in {Fault.HUNG, Fault.LATE}:
            self.gms.hold()
        raise _Cut

    def _scroll(self, kinds: list[str], count: int, start: int) -> None:
        urns = [urn for kind in kinds for urn in self.gms.store.urns(kind, removed=False)]
        more = {"scrollId": str(start + count)} if start + count < len(urns) else {}
        self._answer(200, {"entities": [{"urn": urn} for urn in urns[start : start + count]], **more})

    def _answer(self, code: int, content: Any, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(content).encode() if not isinstance(content, str) else content.encode()
        self.send_response(code)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _of_restli(proposal: dict[str, Any]) -> Change:
    if proposal["changeType"] != "UPSERT" or proposal["aspect"]["contentType"] != "application/json":
        raise Rejected(f"change type {proposal['changeType']}")
    value = json.loads(proposal["aspect"]["value"])
    system = proposal.get("systemMetadata") or {}
    return Change(proposal["entityType"], proposal["entityUrn"], proposal["aspectName"], value, system)


def _of_openapi(kind: str, item: dict[str, Any]) -> Iterator[Change]:
    for aspect, stated in item.items():
        if aspect != "urn":
            yield Change(kind, item["urn"], aspect, stated["value"], stated.get("systemMetadata") or {})


def _shown(rows: dict[str, Row]) -> dict[str, Any]:
    return {name: {"value": row.value, "systemMetadata": row.system} for name, row in rows.items()}


def _events(store: Store, asked: dict[str, Any]) -> list[dict[str, Any]]:
    first, last = asked["startTimeMillis"], asked["endTimeMillis"]
    found = [
        value
        for (urn, aspect, _), value in store.events.items()
        if (urn, aspect) == (asked["urn"], asked["aspect"]) and first <= value["timestampMillis"] <= last
    ]
    return [{"aspect": {"value": json.dumps(v), "contentType": "application/json"}} for v in found[: asked["limit"]]]
