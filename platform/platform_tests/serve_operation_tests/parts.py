"""An application of routes that misbehave on purpose, behind a gate that lets everybody in."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Query, Request
from pydantic import BaseModel
from starlette.responses import Response, StreamingResponse

from mesh_platform.contract.export.read import PublishedProduct
from mesh_platform.errors import BadContract, PublishConflict, UnknownName, UserError
from mesh_platform.serve.app import Plan, create_app
from mesh_platform.serve.operation.logs import Lines
from mesh_platform.serve.problems import Problem
from mesh_platform.serve.service import Access, Caller, Permit

PERSONAL = "ada@shop.example"
"""Personal data that must be in no answer about an error and in no log."""


class OpenDoor:
    """Lets everybody in as "tester"."""

    def admit(self, request: Request) -> Caller:
        return Caller("tester", "test", "tests", "key")

    def permit(self, caller: Caller, product: PublishedProduct, columns: Sequence[str] | None = None) -> Permit:
        return Permit(caller, product.full_name, product.major, "tests", tuple(c.name for c in product.columns))

    def holds(self, permit: Permit) -> bool:
        return True

    def spend(self, caller: Caller, rows: int) -> None: ...


class KeptAccesses:
    """Keeps accesses in a list."""

    def __init__(self) -> None:
        self.kept: list[Access] = []

    def record(self, access: Access) -> None:
        self.kept.append(access)


class Person(BaseModel):
    """A body with personal data."""

    email: str
    age: int


RAISED: dict[str, Callable[[], Exception]] = {
    "problem": lambda: Problem(403, "no-grant", "ask for it", "product", "sales.orders", headers={"X-More": "1"}),
    "unknown": lambda: UnknownName.of("product", "sales.order", ["sales.orders"]),
    "user": lambda: UserError("as_of lies in the future (rule: a time that has been)"),
    "conflict": lambda: PublishConflict(f"/secret/place of {PERSONAL}"),
    "contract": lambda: BadContract("/secret/place/v1.odcs.yaml: can't be read"),
    "bug": lambda: ValueError(f"could not convert '{PERSONAL}'"),
}


def misbehaving(plan: Plan, *, lines: Lines) -> FastAPI:
    """Make the application."""
    app = create_app(plan, gate=OpenDoor(), accesses=KeptAccesses(), lines=lines, rooms=())

    @app.get("/raise/{what}")
    async def raise_(what: str) -> Response:
        error = RAISED[what]()
        raise error

    @app.post("/people")
    async def people(person: Person, limit: int = Query(10, ge=1, le=100)) -> Response:
        return Response(person.email)

    @app.get("/people/{email}")
    async def of_a_person(email: str, since: int = 0, name: int = 0) -> Response:
        return Response()

    @app.get("/stream")
    async def stream(chunks: int = 3, pause_ms: float = 0, breaks: bool = False) -> Response:
        opened = plan.settings.home / "streams" / os.urandom(8).hex()
        opened.parent.mkdir(exist_ok=True)
        opened.touch()
        return StreamingResponse(_chunks(chunks, pause_ms, breaks, opened), headers={"X-Worker": str(os.getpid())})

    @app.get("/hang")
    async def hang() -> Response:
        await asyncio.sleep(3600)
        return Response()

    @app.get("/spin")
    async def spin(seconds: float) -> Response:
        last = time.monotonic() + seconds
        while time.monotonic() < last:
            pass
        return Response(str(os.getpid()))

    @app.get("/worker")
    async def worker() -> Response:
        return Response(str(os.getpid()))

    @app.get("/imported/{module}")
    async def imported(module: str) -> Response:
        return Response(str(module in sys.modules))

    return app


async def _chunks(count: int, pause_ms: float, breaks: bool, opened: Path) -> AsyncIterator[bytes]:
    try:
        for number in range(count):
            yield b"%d\n" % number
            await asyncio.sleep(pause_ms / 1000)
    finally:
        opened.unlink()
    if breaks:
        raise RuntimeError(PERSONAL)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read a log."""
    return [json.loads(line) for line in path.read_text().splitlines()]
