"""The misbehaving application as a service of real workers, in processes of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from fastapi import FastAPI

from mesh_platform.errors import UserError
from mesh_platform.serve.app import Plan
from mesh_platform.serve.operation.limits import Limits
from mesh_platform.serve.operation.logs import Lines
from mesh_platform.serve.workers import Workers
from mesh_platform.settings import Settings

from .parts import misbehaving, read_lines

ENDS_WITHIN_S = 30
PROJECT = Path(__file__).parents[3]


def unstartable(plan: Plan, *, lines: Lines) -> FastAPI:
    """An application that can't be made."""
    raise UserError("the keys' issuer is not set; set it")


@dataclass
class Service:
    """A service that runs.

    Args:
        process: The process that keeps the workers running.
        url: Where it listens.
        log: Its log.
    """

    process: "subprocess.Popen[str]"
    url: str
    log: Path

    def workers(self) -> set[int]:
        """The workers that answer, found by asking often enough on connections of their own."""
        return {int(httpx.get(f"{self.url}/worker").text) for _ in range(40)}

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end."""
        self.process.send_signal(number)
        return self.process.wait(ENDS_WITHIN_S)

    def logged(self) -> list[dict[str, object]]:
        """The lines of the log."""
        return read_lines(self.log)


@contextmanager
def running(
    home: Path,
    *,
    workers: int = 2,
    headers_seconds: float = 10.0,
    stuck_seconds: float = 30.0,
    make: str = "misbehaving",
) -> Iterator[Service]:
    """Run the service until the end of the block."""
    log = home / f"log-{os.urandom(4).hex()}"
    command = [
        sys.executable,
        "-m",
        "platform_tests.serve_operation_tests.start",
        str(home),
        str(workers),
        str(headers_seconds),
        str(stuck_seconds),
        make,
    ]
    with log.open("w") as err:
        process = subprocess.Popen(command, cwd=PROJECT / "platform", stdout=subprocess.PIPE, stderr=err, text=True)
        try:
            assert process.stdout
            line = process.stdout.readline()
            assert line, log.read_text()
            yield Service(process, json.loads(line)["url"], log)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(ENDS_WITHIN_S)


def main(home: Path, workers: int, headers_seconds: float, stuck_seconds: float, make: str) -> None:
    """Run the service until a signal comes."""
    settings = Settings(home, f"sqlite:///{home}/lake/catalog.db", f"file://{home}/lake/warehouse")
    limits = Limits(headers_seconds=headers_seconds, stuck_seconds=stuck_seconds)
    plan = Plan(settings, home / "contracts", limits=limits)
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    made = {"misbehaving": misbehaving, "unstartable": unstartable}[make]
    Workers(plan, listening, workers, lambda: print(json.dumps({"url": url}), flush=True), made).run()
