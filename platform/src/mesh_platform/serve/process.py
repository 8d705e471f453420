"""What a worker process does: make the application, serve it on the shared socket, end well."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Mapping, Sequence
from functools import partial
from multiprocessing.connection import Connection
from socket import socket
from typing import Protocol, cast

import uvicorn
from fastapi import FastAPI

from mesh_platform.errors import MeshError
from mesh_platform.serve.app import Plan
from mesh_platform.serve.connection import GuardedProtocol
from mesh_platform.serve.operation.logs import Lines, Relay
from mesh_platform.serve.pulse import Count, beat

WAITING_CONNECTIONS = 2048
"""Connections that the kernel keeps until a worker takes them."""
KEPT_OPEN_S = 75
"""Longer than usual proxies keep an idle connection (60 s), so that they and not we close it under a request."""


class Server(uvicorn.Server):
    """A server that tells its parent when it is ready and that it is not stuck, and stops when its parent is gone.

    Args:
        config: How it serves.
        alive: Ends when the parent does.
        said: Where it tells.
        beats: Where it counts the turns of its loop.
        told: Signals that came before it listened to them itself.
    """

    def __init__(
        self, config: uvicorn.Config, alive: Connection, said: Connection, beats: Count, told: Sequence[int]
    ) -> None:
        super().__init__(config)
        self._alive, self._said, self._beats, self._told = alive, said, beats, told

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start, then take what was loaded out of the garbage collector's sight: walking it costs 30 ms tails."""
        await super().startup(sockets)
        asyncio.get_running_loop().add_reader(self._alive.fileno(), self._orphaned)
        gc.collect()
        gc.freeze()
        beat(self._beats)
        self._said.send("ready")
        self.should_exit = self.should_exit or bool(self._told)

    def _orphaned(self) -> None:
        asyncio.get_running_loop().remove_reader(self._alive.fileno())
        self.should_exit = True


class Make(Protocol):
    """Makes a worker's application; it can be sent to another process."""

    def __call__(self, plan: Plan, *, lines: Lines) -> FastAPI:
        """Make it.

        Args:
            plan: What to serve.
            lines: The log.
        """
        ...


def serve(
    plan: Plan,
    make: Make,
    listening: socket,
    alive: Connection,
    said: Connection,
    beats: Count,
    environment: Mapping[str, str],
) -> None:
    """Serve until told to stop.

    Args:
        plan: What to serve.
        make: Makes the application.
        listening: The shared socket.
        alive: Ends when the parent does.
        said: Where to tell the parent "ready", or the error that prevented it.
        beats: Where to count, so that the parent notices when the loop hangs.
        environment: The parent's, which the fork server may not have.
    """
    os.environ.update(environment)
    told: list[int] = []  # before uvicorn listens to signals, and when it raises them again once it has ended well
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: told.append(number))
    lines = Lines()
    _log_by(lines)
    try:
        app = make(plan, lines=lines)
    except MeshError as error:
        said.send(error)
        return
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=cast("type[asyncio.Protocol]", partial(GuardedProtocol, headers_seconds=plan.limits.headers_seconds)),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=WAITING_CONNECTIONS,
        timeout_keep_alive=KEPT_OPEN_S,
        timeout_graceful_shutdown=int(plan.limits.linger_seconds),
    )
    Server(config, alive, said, beats, told).run([listening])


def _log_by(lines: Lines) -> None:
    root = logging.getLogger()
    root.handlers[:] = [Relay(lines)]
    root.setLevel(logging.WARNING)
