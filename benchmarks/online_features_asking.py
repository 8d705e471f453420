"""Asks for online features: the application in this process, and served by another one."""

import asyncio
import gc
import http.client
import multiprocessing
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mesh_platform.contract.export.read import PublishedProduct
from mesh_platform.features import FeatureView
from mesh_platform.features.online.reading import OnlineReader
from mesh_platform.features.online.store import open_store
from mesh_platform.lake import Lake
from mesh_platform.pipeline.online import Kept
from mesh_platform.serve.service import Access, Caller, Permit, Service
from mesh_platform.settings import Settings

TABLE = "bank.balances"
NUMBERS = tuple(f"number_{n}" for n in range(250))
WIDE = FeatureView("wide", ("account",), TABLE, "day", NUMBERS)
MIDDLE = FeatureView("middle", ("account",), TABLE, "day", NUMBERS[:50])
CASES = ((WIDE, 1, 1.7), (MIDDLE, 100, 22.0))
"""View, entities of a request, and the p99 in milliseconds that is asked for."""


class Open:
    """A gate that lets everybody see everything, a log and metrics that forget: none of them is measured here."""

    def admit(self, _: object) -> Caller:
        """Take everybody for one caller."""
        return Caller("benchmark", "none", "to measure", "key")

    def permit(self, caller: Caller, product: PublishedProduct, columns: Sequence[str] | None = None) -> Permit:
        """Allow everything."""
        return Permit(caller, product.full_name, product.major, "to measure", tuple(columns or ()))

    def holds(self, _: Permit) -> bool:
        """Hold for ever."""
        return True

    def spend(self, _: Caller, rows: int) -> None:
        """Count nothing."""
        del rows

    def record(self, _: Access) -> None:
        """Remember nothing."""

    def observe(self, *_: object) -> None:
        """Time nothing."""

    def gauge(self, *_: object) -> None:
        """Set nothing."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, and the keys of the same entities."""

    path: str
    body: bytes
    keys: list[bytes]


def application(folder: Path, settings: Settings, url: str) -> Any:
    """The application of the features alone, under an open gate."""
    from fastapi import FastAPI

    from mesh_platform.serve.features.desk import Desk
    from mesh_platform.serve.features.routes import routes

    everybody = Open()
    service = Service(settings, folder / "contracts", Lake.open(settings), everybody, everybody, everybody)
    views = {f"bank.{view.name}": Kept("bank", view) for view, _, _ in CASES}
    app = FastAPI(openapi_url=None)
    app.include_router(routes(service, Desk(service, views, OnlineReader(open_store(url)))))
    return app


def in_process(app: Any) -> Callable[[Ask], object]:
    """Ask the application without a network."""
    loop = asyncio.new_event_loop()

    async def answer(ask: Ask) -> None:
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": ask.body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"content-type", b"application/json"), (b"host", b"localhost")]
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "headers": headers,
        }
        scope |= {
            "path": ask.path,
            "raw_path": ask.path.encode(),
            "query_string": b"",
            "root_path": "",
            "scheme": "http",
        }
        answering: Awaitable[None] = app(scope, receive, send)
        await answering
        if sent[0]["status"] != 200:
            raise RuntimeError(f"{ask.path}: {sent[0]['status']}: {sent[1]['body'][:200]}")

    return lambda ask: loop.run_until_complete(answer(ask))


def serve(folder: Path, settings: Settings, url: str, port: int) -> None:
    """Serve the application, in a process of its own."""
    import uvicorn

    app = application(folder, settings, url)
    gc.collect()
    gc.freeze()
    uvicorn.run(
        app, port=port, log_level="error", access_log=False, loop="uvloop", http="httptools", timeout_keep_alive=600
    )


@contextmanager
def served(folder: Path, settings: Settings, url: str) -> Iterator[int]:
    """A server on a port of its own."""
    port = free_port()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(folder, settings, url, port))
    process.start()
    try:
        while not answers(port):
            if not process.is_alive():
                raise RuntimeError("the server ended")
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.join()


def answers(port: int) -> bool:
    """Whether somebody listens."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def by_http(port: int) -> Callable[[Ask], object]:
    """Ask the server over one connection that stays open."""
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def ask_server(ask: Ask) -> bytes:
        connection.request("POST", ask.path, ask.body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{ask.path}: {answer.status}: {content[:200]!r}")
        return content

    return ask_server
