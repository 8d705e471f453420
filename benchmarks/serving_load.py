"""Hold the APIs under a sustained mixed load while the mesh changes beneath them, and check every answer.

    MESH_HOME=<a finished world that may be changed> python -m benchmarks.serving_load --minutes 10

Meanwhile sales.daily_sales is published anew again and again, each time with one column raised by one more in every
row, so that an answer proves which snapshot each of its rows is from; the champion of fraud is swapped; and a worker
is killed. Fails where an answer is wrong or mixes two snapshots, where equal requests to one model version differ, or
where a request is lost that was not on the killed worker. Times are told as ratios to `GET /healthz` of the same run,
measured from when a request was due, so that waiting for a stalled service counts.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psutil
import pyarrow as pa
import pyarrow.compute as pc
import yaml

from mesh_platform.contract.export.read import published
from mesh_platform.lake import Lake, Made, TableLayout, WholeTable
from mesh_platform.serve.identity.keys import Keys
from mesh_platform.settings import Settings, project_root

PRODUCT: Final = "sales.daily_sales"
MARKED: Final = "units_returned"
"""The column that is raised with every publish; nothing else reads it meanwhile."""
RATES: Final = {"healthz": 20.0, "fraud": 200.0, "lookup": 20.0, "page": 4.0, "aggregate": 2.0, "stream": 0.2}
"""Requests a second, all sent when they are due, whether or not those before were answered."""
REPUBLISHED_EVERY_S, SWAPPED_EVERY_S = 20.0, 30.0
NOTICED_WITHIN_S: Final = 2.0
"""After a kill a request may fail for so long: it was sent to the killed worker before anybody could know."""
CONSUMER: Final = "load_generator"
PAGE_ROWS: Final = 500
ANSWERED_WITHIN_S: Final = 45.0
"""Longer than the service takes before it gives up itself; then a request is lost."""
KNOWN_WITHIN_S: Final = 30.0
"""How long a publisher may take to tell the snapshot that readers see already."""
ORDERED_AT: Final = "2026-11-21T09:30:00Z"
"""Always the same, so that equal requests have equal features."""
ORDERS: Final = 200
"""Different requests to the model, each asked again and again."""


@dataclass(frozen=True)
class Answer:
    """An answer.

    Args:
        status: The HTTP status.
        headers: The headers, their names in small letters.
        body: The body, whole.
    """

    status: int
    headers: dict[str, str]
    body: bytes


class Connections:
    """HTTP/1.1 over kept connections, as cheap as can be: the generator shares the machine with the service.

    Args:
        port: Where the service listens on this machine.
        token: Who asks.
    """

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, method: str, path: str, accept: str = "application/json", body: bytes = b"") -> Answer:
        """Ask once, on a connection that nobody else uses meanwhile."""
        reader, writer = await self._open()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self._token}\r\n"
            f"Accept: {accept}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        try:
            writer.write(head.encode() + body)
            answer = await _read(reader)
        except BaseException:
            writer.close()
            raise
        self._idle.append((reader, writer))
        return answer

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 24)


async def _read(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    if headers.get("transfer-encoding") != "chunked":
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        return Answer(int(head[0].split()[1]), headers, body)
    pieces = []
    while size := int(await reader.readline(), 16):
        pieces.append((await reader.readexactly(size + 2))[:-2])
    await reader.readline()
    return Answer(int(head[0].split()[1]), headers, b"".join(pieces))


class Wrong(Exception):
    """An answer that must not be."""


class Lost(Exception):
    """A request that got no answer to its question."""


@dataclass
class Truth:
    """What answers have to be.

    Args:
        keys: Keys of rows of the product, and the value of the marked column that each had at first.
        rows: How many rows there are.
        total: The sum of the marked column at first.
        marks: Snapshot → by how much the column is raised in it.
        said: Order and model version → the probability that was told first.
    """

    keys: list[tuple[str, str, str, int]]
    rows: int
    total: int
    marks: dict[int, int] = field(default_factory=dict)
    said: dict[tuple[str, str, str], float] = field(default_factory=dict)

    async def mark(self, answer: Answer) -> int:
        """By how much the column is raised in the snapshot that an answer names; readers may know it before us."""
        snapshot, last = int(answer.headers["mesh-snapshot"]), time.perf_counter() + KNOWN_WITHIN_S
        while snapshot not in self.marks:
            if time.perf_counter() > last:
                raise Wrong(f"snapshot {snapshot} was never published")
            await asyncio.sleep(0.05)
        return self.marks[snapshot]


class Load:
    """Asks and checks.

    Args:
        connections: To the service.
        truth: What answers have to be.
    """

    def __init__(self, connections: Connections, truth: Truth) -> None:
        self._connections, self._truth = connections, truth
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.failed: list[tuple[float, str, str]] = []
        self.wrong: list[str] = []
        self.routes: Counter[str] = Counter()
        self._chance = random.Random(7)  # noqa: S311 - the same requests in every run

    async def run(self, seconds: float, scale: float) -> None:
        """Ask at all rates for some time, then wait for what is still on its way.

        Args:
            seconds: How long.
            scale: By what the rates are multiplied.
        """
        running: set[asyncio.Task[None]] = set()
        begun = time.perf_counter()

        async def at_rate(kind: str, rate: float) -> None:
            for number in range(int(seconds * rate)):
                due = begun + number / rate
                await asyncio.sleep(max(due - time.perf_counter(), 0))
                task = asyncio.create_task(self._timed(kind, due))
                running.add(task)
                task.add_done_callback(running.discard)

        await asyncio.gather(*(at_rate(kind, rate * scale) for kind, rate in RATES.items()))
        await asyncio.gather(*running)

    async def _timed(self, kind: str, due: float) -> None:
        ask: Callable[[], Awaitable[None]] = getattr(self, f"_{kind}")
        try:
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                await ask()
        except Wrong as error:
            self.wrong.append(f"{kind}: {error}")
            return
        except (Lost, OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
            self.failed.append((time.perf_counter(), kind, repr(error)))
            return
        self.seconds[kind].append(time.perf_counter() - due)

    async def _answer(self, method: str, path: str, accept: str = "application/json", body: bytes = b"") -> Answer:
        answer = await self._connections.ask(method, path, accept, body)
        if answer.status != 200:
            raise Lost(f"{path}: {answer.status} {answer.body[:300]!r}")
        return answer

    async def _healthz(self) -> None:
        await self._answer("GET", "/healthz")

    async def _fraud(self) -> None:
        order = f"O{self._chance.randrange(ORDERS):09}"
        lines = [{"sku": "P00001", "quantity": 1 + len(order) % 3, "unit_price": float(int(order[1:]) + 1)}]
        asked: dict[str, Any] = {"order_id": order, "channel": "web", "payment_method": "card", "ip_country": "DE"}
        asked |= {"ordered_at": ORDERED_AT, "lines": lines, "customer_id": None, "card_id": None, "device_id": None}
        answer = await self._answer("POST", "/models/fraud", body=json.dumps(asked).encode())
        told = json.loads(answer.body)
        self.routes[f"{told['route']} {told['model_version']}"] += 1
        of = (order, str(told["model_version"]), told["route"])
        probability = told["answer"]["probability"]
        if self._truth.said.setdefault(of, probability) != probability:
            raise Wrong(f"{of}: {probability}, and before {self._truth.said[of]}")

    async def _lookup(self) -> None:
        sku, location, day, at_first = self._chance.choice(self._truth.keys)
        path = "/".join(quote(part, safe="") for part in (sku, location, day))
        answer = await self._answer("GET", f"/products/{PRODUCT}/rows/{path}")
        row = json.loads(answer.body)
        if row[MARKED] != at_first + await self._truth.mark(answer) or row["sku"] != sku:
            raise Wrong(f"row {sku} {location} {day} of another snapshot")

    async def _page(self) -> None:
        """Two pages: the second one is of the first one's snapshot, whatever was published between them."""
        columns = f"columns=sku,location_id,sold_on,{MARKED}&limit={PAGE_ROWS}&sort=sku,location_id,sold_on"
        first = await self._answer("GET", f"/products/{PRODUCT}/rows?{columns}")
        cursor = quote(json.loads(first.body)["next"])
        second = await self._answer("GET", f"/products/{PRODUCT}/rows?{columns}&cursor={cursor}")
        if first.headers["mesh-snapshot"] != second.headers["mesh-snapshot"]:
            raise Wrong("two pages of two snapshots")
        rows = json.loads(first.body)["rows"] + json.loads(second.body)["rows"]
        if len({(row["sku"], row["location_id"], row["sold_on"]) for row in rows}) != 2 * PAGE_ROWS:
            raise Wrong("pages that overlap or lack rows")

    async def _aggregate(self) -> None:
        answer = await self._answer("GET", f"/products/{PRODUCT}/aggregate?measure=sum({MARKED}),count")
        (group,) = json.loads(answer.body)["rows"]
        total = self._truth.total + await self._truth.mark(answer) * self._truth.rows
        if (group[f"sum_{MARKED}"], group["count"]) != (total, self._truth.rows):
            raise Wrong(f"{group}, of a total of {total} in {self._truth.rows} rows")

    async def _stream(self) -> None:
        path = f"/products/{PRODUCT}/rows?columns={MARKED}"
        answer = await self._answer("GET", path, "application/vnd.apache.arrow.stream")
        rows = pa.ipc.open_stream(answer.body).read_all()
        total = self._truth.total + await self._truth.mark(answer) * self._truth.rows
        if (rows.num_rows, pc.sum(rows[MARKED]).as_py()) != (self._truth.rows, total):
            raise Wrong("a stream that lacks rows or mixes snapshots")


def republish(settings: Settings, contracts: Path) -> int:
    """Publish the product's rows with the column raised by one, in a process of its own; returns the snapshot."""
    import polars as pl

    lake = Lake.open(settings)
    newest = lake.current(PRODUCT)
    assert newest is not None
    product = next(p for p in published(contracts) if p.full_name == PRODUCT)
    rows = lake.scan(PRODUCT).collect().with_columns(pl.col(MARKED) + 1)
    made = Made("load", newest.properties["code_version"], newest.properties["contract_version"])
    layout = TableLayout(rows.schema, partition=product.partition, sort=product.sort)
    frames: Callable[[], list[pl.DataFrame]] = partial(list, [rows])
    return lake.publish(PRODUCT, layout, frames, replace=WholeTable(), made=made, audit=lambda _: 1).snapshot_id


def promote(root: Path, version: int) -> None:
    """Make a version of fraud the champion, as an operator does."""
    command = [str(Path(sys.executable).with_name("mesh")), "promote", "fraud", str(version)]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "MESH_ROOT": str(root)})


def kill(service: psutil.Process) -> None:
    """Kill one worker without a word."""
    workers = [p for p in service.children(recursive=True) if p.net_connections("tcp")]
    os.kill(max(worker.pid for worker in workers), signal.SIGKILL)


@dataclass
class Changes:
    """What changes beneath the service.

    Args:
        settings: Where the world is.
        root: The project's folder.
        truth: Told of every publish.
        service: The process that keeps the workers.
        versions: The versions of fraud that are champion in turn; none to swap where there is one.
    """

    settings: Settings
    root: Path
    truth: Truth
    service: psutil.Process
    versions: tuple[int, ...]
    killed_at: float = float("inf")
    swaps: int = 0

    async def run(self, seconds: float) -> None:
        """Change things until it is time to end."""
        end = time.perf_counter() + seconds
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as apart:
            await asyncio.gather(self._republish(apart, end), self._swap(end), self._kill(seconds / 2))

    async def _republish(self, apart: ProcessPoolExecutor, end: float) -> None:
        mark = 0
        while time.perf_counter() + REPUBLISHED_EVERY_S < end:
            await asyncio.sleep(REPUBLISHED_EVERY_S)
            loop = asyncio.get_running_loop()
            snapshot = await loop.run_in_executor(apart, republish, self.settings, self.root / "contracts")
            mark += 1
            self.truth.marks[snapshot] = mark

    async def _swap(self, end: float) -> None:
        while len(self.versions) > 1 and time.perf_counter() + SWAPPED_EVERY_S < end:
            await asyncio.sleep(SWAPPED_EVERY_S)
            self.swaps += 1
            await asyncio.to_thread(promote, self.root, self.versions[self.swaps % len(self.versions)])

    async def _kill(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        self.killed_at = time.perf_counter()
        kill(self.service)


def truth_of(settings: Settings) -> Truth:
    """Read what the product holds now."""
    import polars as pl

    lake = Lake.open(settings)
    newest = lake.current(PRODUCT)
    assert newest is not None
    rows = lake.scan(PRODUCT, columns=["sku", "location_id", "sold_on", MARKED]).collect()
    some = rows.sample(500, seed=7).with_columns(pl.col("sold_on").cast(pl.String))
    truth = Truth(some.select("sku", "location_id", "sold_on", MARKED).rows(), rows.height, int(rows[MARKED].sum()))
    truth.marks[newest.snapshot_id] = 0
    return truth


def project_with_consumer(folder: Path) -> Path:
    """Make a project of the published documents, in which the load generator is a consumer that may ask much."""
    here = project_root()
    assert here is not None
    shutil.copytree(here / "contracts", folder / "contracts")
    (folder / "workspace.yaml").touch()
    uses = []
    for product in (PRODUCT, "sales.fraud_scores"):
        found = next(p for p in published(folder / "contracts") if p.full_name == product)
        columns = [column.name for column in found.columns]
        uses.append({"product": product, "major": found.major, "columns": columns, "expires": date(2099, 12, 31)})
    said: dict[str, Any] = {
        "name": CONSUMER,
        "owner": "load@omnishop.example",
        "kind": "application",
        "purpose": "load",
    }
    said |= {"limits": {"requests_per_second": 100_000, "rows_per_day": 10**12}, "uses": uses}
    (folder / "contracts" / "consumers" / f"{CONSUMER}.yaml").write_text(yaml.safe_dump(said))
    return folder


@contextmanager
def serving(root: Path, workers: int) -> Iterator[tuple[psutil.Process, int]]:
    """Run `mesh serve`; gives its process and port."""
    command = [str(Path(sys.executable).with_name("mesh")), "serve", "--port", "0", "--workers", str(workers), "--json"]
    with (root / "log").open("w") as log:
        process = subprocess.Popen(
            command, env={**os.environ, "MESH_ROOT": str(root)}, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            assert process.stdout
            line = process.stdout.readline()
            if not line:
                raise SystemExit((root / "log").read_text())
            yield psutil.Process(process.pid), int(json.loads(line)["url"].rpartition(":")[2])
        finally:
            process.send_signal(signal.SIGTERM)
            print(f"ended with {process.wait(120)}")


def versions() -> tuple[int, ...]:
    """The versions of fraud that may be champion."""
    command = [str(Path(sys.executable).with_name("mesh")), "models", "--json"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return tuple(int(each["version"]) for each in found if each.get("model", each.get("name")) == "fraud")


def report(load: Load, changes: Changes) -> bool:
    """Print the figures; tells whether all answers were right and none but the killed worker's requests were lost."""
    reference = _quantiles(load.seconds["healthz"])
    print(f"{'kind':10} {'answers':>8} {'p50 ms':>8} {'p99 ms':>8} {'p50 ratio':>10} {'p99 ratio':>10}")
    for kind, seconds in load.seconds.items():
        middle, tail = _quantiles(seconds)
        ratios = f"{middle / reference[0]:10.2f} {tail / reference[1]:10.2f}"
        print(f"{kind:10} {len(seconds):8} {middle * 1000:8.2f} {tail * 1000:8.2f} {ratios}")
    lost = [each for each in load.failed if not 0 <= each[0] - changes.killed_at <= NOTICED_WITHIN_S]
    published_times = len(changes.truth.marks) - 1
    print(f"published {published_times} times; champion swapped {changes.swaps} times; answers by {dict(load.routes)}")
    print(f"lost with the killed worker: {len(load.failed) - len(lost)}; lost otherwise: {len(lost)} {lost[:5]}")
    print(f"wrong answers: {len(load.wrong)} {load.wrong[:5]}")
    return not lost and not load.wrong


def _quantiles(seconds: list[float]) -> tuple[float, float]:
    ordered = sorted(seconds)
    return ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]


async def run(port: int, token: str, changes: Changes, seconds: float, scale: float) -> Load:
    """Ask and change at once."""
    load = Load(Connections(port, token), changes.truth)
    await asyncio.gather(load.run(seconds, scale), changes.run(seconds))
    return load


def main() -> None:
    """Run the load as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies all rates, for slower machines")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    if "MESH_HOME" not in os.environ:
        raise SystemExit("set MESH_HOME to a finished world that may be changed")
    settings = Settings.load()
    _, token = Keys.of(settings).create(CONSUMER)
    with tempfile.TemporaryDirectory() as folder:
        root, truth = project_with_consumer(Path(folder)), truth_of(settings)
        with serving(root, given.workers) as (service, port):
            changes = Changes(settings, root, truth, service, versions())
            print(f"load begins: {given.minutes:g} minutes at {given.scale:g} of the rates", flush=True)
            load = asyncio.run(run(port, token, changes, given.minutes * 60, given.scale))
        raise SystemExit(0 if report(load, changes) else 1)


if __name__ == "__main__":
    main()
