"""The load of `benchmarks.serving_load`: asks at fixed rates, answered or not, and checks every answer."""

import asyncio
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

PRODUCT: Final = "sales.daily_sales"
MARKED: Final = "units_returned"
"""The column that is raised with every publish; nothing else reads it meanwhile."""
RATES: Final = {"healthz": 20.0, "fraud": 200.0, "lookup": 20.0, "page": 4.0, "aggregate": 2.0, "stream": 0.2}
"""Requests a second, all sent when they are due, whether or not those before were answered."""
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


def _refusal(answer: Answer) -> str:
    """The status and, of problem details, what is the same in each problem of the kind."""
    try:
        problem = json.loads(answer.body)
        return f"{answer.status} {problem['type'].rpartition('/')[2]}: {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"{answer.status} {answer.body[:100]!r}"


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
        self.routes: Counter[tuple[str, int]] = Counter()
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
        except Exception as error:  # an answer that can't be understood must not end the load
            self.wrong.append(f"{kind}: {error!r}")
            return
        self.seconds[kind].append(time.perf_counter() - due)

    async def _answer(self, method: str, path: str, accept: str = "application/json", body: bytes = b"") -> Answer:
        answer = await self._connections.ask(method, path, accept, body)
        if answer.status != 200:
            raise Lost(_refusal(answer))
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
        self.routes[told["route"], told["model_version"]] += 1
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
