"""What routing, logging and a shadow cost a live model: `MESH_HOME=… python -m benchmarks.serving_models`.

Orders of a finished world are sent at a steady rate, in blocks that have a shadow and blocks that have none by turns,
so that both see the same machine: first to the handler, then over HTTP to a process of its own. At last the newest
predictions are replayed. Nothing is written into the world: log, keys and online store are in a temporary folder.
"""

import argparse
import asyncio
import gc
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from benchmarks.serving_fraud import bodies_of
from mesh_platform.features.online.push import push
from mesh_platform.features.online.store import online_store_url, open_store
from mesh_platform.lake import Lake
from mesh_platform.ml.deploy.replay import newest, replay
from mesh_platform.ml.registry import Registry
from mesh_platform.serve.models.live import LiveProduct, installed
from mesh_platform.serve.models.online import open_online
from mesh_platform.serve.models.serving import Serving
from mesh_platform.settings import Settings

MODEL = "fraud"
RATE = 200
"""Requests a second."""
BLOCK = 200
REPLAYED = 1_000
MODELS = "benchmarks.serving_models:fraud_alone"
SERVE, HOME = "--serve", "BENCHMARK_HOME"
WALL, PROCESSOR = 0, 1
Times = dict[bool, list[tuple[float, float]]]
"""With a shadow or without → wall seconds and, which other processes hardly change, seconds of this thread's work."""
Ask = Callable[[Any], Awaitable[None]]


class NoFigures:
    """Metrics that nobody reads; what they cost is measured by the load test."""

    def observe(self, kind: str, name: str, route: str, version: str, status: int, seconds: float) -> None:
        """Count nothing."""

    def gauge(self, name: str, labels: Mapping[str, str], value: float) -> None:
        """Set nothing."""


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--blocks", type=int, default=20, help=f"blocks of {BLOCK} requests, half of them with a shadow"
    )
    parser.add_argument(SERVE, type=int, metavar="PORT", help="be the process that is asked over HTTP")
    asked = parser.parse_args()
    if asked.serve:
        asyncio.run(serve(asked.serve))
        return
    with tempfile.TemporaryDirectory() as temporary:
        settings = _settings(Path(temporary))
        _push(settings)
        bodies = bodies_of(Lake.open(settings), asked.blocks * BLOCK + BLOCK)
        print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; {RATE} requests a second\n")
        print("| where | requests | p50 ms | p99 ms | with a shadow: p50 | p99 | p99 to without | shadow left out |")
        print("|---|---|---|---|---|---|---|---|")
        asyncio.run(in_the_handler(settings, bodies, asked.blocks))
        over_http(settings, bodies, asked.blocks)
        replayed(settings)


def fraud_alone() -> Mapping[str, LiveProduct]:
    """The one live model that is measured."""
    return {MODEL: installed()[MODEL]}


def _settings(home: Path) -> Settings:
    """A home of its own, with the world's lake and registry."""
    world = Settings.load()
    return replace(
        Settings.load(home),
        lake_catalog=world.lake_catalog,
        lake_warehouse=world.lake_warehouse,
        model_registry=world.model_registry,
    )


def _push(settings: Settings) -> None:
    store, lake = open_store(online_store_url(settings)), Lake.open(settings)
    for view in installed()[MODEL].live.views:
        push(view, lake, store)
    store.close()


def _serving(settings: Settings) -> Serving:
    serving = Serving(settings, Lake.open(settings), NoFigures(), open_online(settings), MODELS)
    serving.log.start()
    serving.keeper.look()  # its thread is left out: it would take the shadow away, of which the registry knows nothing
    return serving


def switch(serving: Serving, *, shadow: bool) -> None:
    """Let the champion also be its own shadow, or not any more."""
    answering = serving.model(MODEL)
    lineup = answering.lineup
    if lineup is None or lineup.champion is None:
        raise SystemExit("the world has no champion of the model 'fraud'; `mesh run` of 120 days trains one")
    if shadow:
        serving.shadow.start()
    deployment = replace(lineup.deployment, shadow=lineup.champion.version if shadow else None)
    answering.lineup = replace(lineup, deployment=deployment)


async def in_the_handler(settings: Settings, bodies: list[Any], blocks: int) -> None:
    """Measure without a network."""
    serving = _serving(settings)
    answering, product = serving.model(MODEL), serving.products[MODEL]

    async def ask(body: Any) -> None:
        await answering.answer([product.live.request.model_validate(body)], "benchmark", "request")

    async def shadowed(shadow: bool) -> None:
        switch(serving, shadow=shadow)

    await _warm(serving, ask, shadowed, bodies)
    gc.collect()
    gc.freeze()
    times = await _by_turns(ask, shadowed, bodies, blocks)
    _show("handler", times, serving.shadow.dropped)
    _show("handler, the processor's time alone", times, serving.shadow.dropped, PROCESSOR)
    serving.close()


async def _warm(serving: Serving, ask: Ask, shadowed: Callable[[bool], Awaitable[None]], bodies: list[Any]) -> None:
    """Ask until the shadow has answered too, so that loading it is not measured."""
    await shadowed(True)
    version = serving.model(MODEL).lineup.deployment.shadow  # type: ignore[union-attr]  # `switch` has looked
    while serving.shadow.summary(MODEL, version or 0)["scored"] < 1:
        await ask(bodies[0])
        await asyncio.sleep(0.1)
        serving.shadow.look()
    for body in bodies[:BLOCK]:
        await ask(body)
    serving.shadow.dropped = 0


async def _by_turns(ask: Ask, shadowed: Callable[[bool], Awaitable[None]], bodies: list[Any], blocks: int) -> Times:
    times: Times = {False: [], True: []}
    for block in range(blocks):
        shadow = block % 2 == 1
        await shadowed(shadow)
        begin = time.perf_counter()
        for number in range(BLOCK):
            due = begin + number / RATE
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            began, worked = time.perf_counter(), time.thread_time()
            await ask(bodies[block * BLOCK + number])
            times[shadow].append((time.perf_counter() - began, time.thread_time() - worked))
    return times


def _show(where: str, times: Times, dropped: int, clock: int = WALL) -> None:
    without, shadow = (1000 * np.percentile([one[clock] for one in times[kind]], [50, 99]) for kind in (False, True))
    figures = [f"{value:.2f}" for value in (*without, *shadow)]
    print(
        f"| {where} | {len(times[False]):,} each | {' | '.join(figures)} | {shadow[1] / without[1]:.2f}x | {dropped} |"
    )


def over_http(settings: Settings, bodies: list[Any], blocks: int) -> None:
    """Measure a process of its own, asked through a socket."""
    port = 8_731
    command = [sys.executable, "-m", "benchmarks.serving_models", SERVE, str(port)]
    process = subprocess.Popen(command, env=os.environ | {HOME: str(settings.home)})
    try:
        asyncio.run(_ask_over_http(port, bodies, blocks))
    finally:
        process.terminate()
        process.wait(timeout=30)


async def _ask_over_http(port: int, bodies: list[Any], blocks: int) -> None:
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            break
        except OSError:
            await asyncio.sleep(0.2)

    async def post(path: str, body: Any) -> Any:
        content = orjson.dumps(body, default=str)
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(content)}"
        writer.write(head.encode() + b"\r\n\r\n" + content)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        found = orjson.loads(await reader.readexactly(length))
        assert b" 200 " in answer[:15], found
        return found

    async def ask(body: Any) -> None:
        await post(f"/models/{MODEL}", body)

    async def shadowed(shadow: bool) -> None:
        await post("/switch", {"shadow": shadow})

    await shadowed(True)
    while not (await post("/switch", {"shadow": True}))["scored"]:
        await ask(bodies[0])
        await asyncio.sleep(0.1)
    for body in bodies[:BLOCK]:
        await ask(body)
    before = (await post("/switch", {"shadow": False}))["dropped"]
    times = await _by_turns(ask, shadowed, bodies, blocks)
    _show("HTTP", times, (await post("/switch", {"shadow": False}))["dropped"] - before)
    writer.close()


async def serve(port: int) -> None:
    """Answer over HTTP, with a gate that lets everybody in."""
    import uvicorn
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

    from mesh_platform.serve.models.routes import routes
    from mesh_platform.serve.service import Access, Caller, Permit, Service

    class Open:
        """Admits everybody and keeps nothing."""

        caller = Caller("benchmark", "none", "measuring", "development")

        def admit(self, request: Request) -> Caller:
            """Admit."""
            return self.caller

        def permit(self, caller: Caller, product: Any, columns: Any = None) -> Permit:
            """Permit."""
            return Permit(caller, product.full_name, product.major, "measuring", ())

        def holds(self, permit: Permit) -> bool:
            """Hold."""
            return True

        def spend(self, caller: Caller, rows: int) -> None:
            """Spend nothing."""

        def record(self, access: Access) -> None:
            """Keep nothing."""

    class Still(Serving):
        """Models whose keeper does not run."""

        def start(self) -> None:
            """Load the models."""
            self.log.start()
            self.keeper.look()

    settings, gate = _settings(Path(os.environ[HOME])), Open()
    lake = Lake.open(settings)
    serving = Still(settings, lake, NoFigures(), open_online(settings), MODELS)
    app = FastAPI()
    app.include_router(routes(Service(settings, Path("contracts"), lake, gate, gate, NoFigures()), serving))

    async def switched(request: Request) -> Response:
        switch(serving, shadow=orjson.loads(await request.body())["shadow"])
        serving.shadow.look()
        scored = sum(len(told) for told in serving.shadow.compared.values())
        return Response(orjson.dumps({"scored": scored, "dropped": serving.shadow.dropped}))

    app.add_route("/switch", switched, methods=["POST"])
    config = uvicorn.Config(app, port=port, log_level="error", access_log=False)
    server = uvicorn.Server(config)
    gc.collect()
    gc.freeze()
    await server.serve()


def replayed(settings: Settings) -> None:
    """Replay the newest predictions of both ways."""
    registry, lake = Registry.open(settings), Lake.open(settings)
    product = installed()[MODEL]
    lines = newest(settings, lake, product.domain, MODEL, REPLAYED)
    done = replay(lines, product.live, lake, registry, product.trusted)
    print(f"\nreplayed {len(done):,} predictions: {sum(one.same for one in done):,} equal to the bit")


if __name__ == "__main__":
    main()
