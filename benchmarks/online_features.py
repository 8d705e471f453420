"""Online features beside a bare read of the same bytes: `python -m benchmarks.online_features`.

In the handler: the whole application is asked without a network (routing, gate, parsing, store, decoding, JSON). Over
HTTP: a uvicorn process, and one client on the same machine that asks one request after the other. The reference reads
the same bytes with apsw's `select`, or redis-py's GET and MGET, and does nothing with them. All of it runs in turns, so
the ratio stands where the milliseconds don't. Redis is started from the PATH; without it, only SQLite is measured.
"""

import argparse
import gc
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.online_features_asking import (
    CASES,
    NUMBERS,
    TABLE,
    Ask,
    application,
    by_http,
    free_port,
    in_process,
    served,
)
from mesh_platform.contract import Contract, column
from mesh_platform.contract.export.documents import export
from mesh_platform.features import FeatureView
from mesh_platform.features.online.codec import pack
from mesh_platform.features.online.definition import id_of
from mesh_platform.features.online.push import push
from mesh_platform.features.online.store import open_store
from mesh_platform.lake import Lake, Made, TableLayout, WholeTable
from mesh_platform.product import DataProduct, Domain, Owner
from mesh_platform.settings import Settings

ACCOUNTS = 20_000
TURNS = 10
"""Reference and mesh alternate in so many blocks."""


def main() -> int:
    """Push, ask in turns, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=3_000, help="requests of each kind")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as opened:
        folder = Path(temporary)
        settings = publish(folder)
        urls = {"SQLite": f"sqlite:///{folder}/online/features.db"}
        if shutil.which("redis-server"):
            urls["Redis"] = opened.enter_context(redis_server(folder))
        else:
            print("no redis-server on the PATH: Redis is left out", file=sys.stderr)
        print(
            "| store | entities x numbers | way | p50 ms | p99 ms | bare p50 / p99 ms | ratio p50 / p99 | asked p99 |"
        )
        print("|---|---|---|---|---|---|---|---|")
        for name, url in urls.items():
            for line in measured(folder, settings, url, asked.requests):
                print(f"| {name} | {line}", flush=True)
    return 0


def publish(folder: Path) -> Settings:
    """Write the documents and the rows of the accounts."""
    chance = np.random.default_rng(7)
    rows = pl.DataFrame(
        {
            "account": [f"A{n:07}" for n in range(ACCOUNTS)],
            "day": [date(2026, 1, 1)] * ACCOUNTS,
            **{name: chance.random(ACCOUNTS) for name in NUMBERS},
            "ingested_at": [datetime(2026, 1, 2, tzinfo=UTC)] * ACCOUNTS,
        },
        schema_overrides={"ingested_at": pl.Datetime("us", "UTC")},
    )
    home = folder / "home"
    settings = Settings(home, f"sqlite:///{home}/lake/catalog.db", f"file://{home}/lake/warehouse")
    Lake.open(settings).publish(
        TABLE,
        TableLayout(rows.schema),
        lambda: [rows],
        replace=WholeTable(),
        made=Made("benchmark", "", "1.0.0", {}),
        audit=None,
    )
    export([domain()], folder / "contracts")
    return settings


def domain() -> Domain:
    """A domain with the one product."""
    columns = {"account": column("The account.", key=True)} | {name: column("A number.") for name in NUMBERS}
    types: dict[str, type] = {"account": str} | dict.fromkeys(NUMBERS, float)
    said = "Numbers of accounts. Grain: one row per account."
    wide = type("Wide", (Contract,), {"__doc__": said, "__module__": __name__, "__annotations__": types, **columns})
    product = DataProduct("balances", wide, "1.0.0", mart="fct_balances")
    return Domain("bank", Owner("bank", "bank@example.org"), "A bank.", products=(product,))


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """A server of our own that keeps nothing."""
    import redis

    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        wait = redis.retry.Retry(redis.backoff.ConstantBackoff(0.02), 500)
        redis.Redis(port=port, retry=wait).ping()
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()


def requests(view: FeatureView, entities: int, count: int) -> list[Ask]:
    """Requests for entities drawn by chance, the same in every run."""
    chance = random.Random(7)  # noqa: S311 - no secret
    drawn = [[f"A{chance.randrange(ACCOUNTS):07}" for _ in range(entities)] for _ in range(count)]
    path = f"/features/bank.{view.name}"
    return [Ask(path, json.dumps({"keys": keys}).encode(), [pack([key]) for key in keys]) for keys in drawn]


def measured(folder: Path, settings: Settings, url: str, count: int) -> Iterator[str]:
    """Measure one store: each case in the handler and over HTTP, beside the reference."""
    lake, store = Lake.open(settings), open_store(url)
    for view, _, _ in CASES:
        push(view, lake, store)
    handler = in_process(application(folder, settings, url))
    with served(folder, settings, url) as port:
        over_http = by_http(port)
        for view, entities, limit in CASES:
            asks = requests(view, entities, count)
            bare = bare_reader(folder, url, id_of(view))
            for way, ask in (("handler", handler), ("HTTP", over_http)):
                ours, reference = in_turns(ask, bare, asks)
                yield f"{entities} x {len(view.features)} | {way} | {told(ours, reference)} | {limit} |"
    store.close()


def in_turns(ask: Callable[[Ask], object], bare: Callable[[Ask], object], asks: list[Ask]) -> tuple[Any, Any]:
    """Time both in blocks that alternate; the first of each are not counted."""
    for one in asks[: len(asks) // TURNS]:
        ask(one)
        bare(one)
    gc.collect()
    gc.freeze()
    ours: list[float] = []
    reference: list[float] = []
    for turn in range(TURNS):
        for call, times in ((bare, reference), (ask, ours)):
            for one in asks[turn::TURNS]:
                started = time.perf_counter()
                call(one)
                times.append((time.perf_counter() - started) * 1000)
    return ours, reference


def told(ours: list[float], reference: list[float]) -> str:
    """Two percentiles of each, and their ratios."""
    (p50, p99), (bare50, bare99) = map(percentiles, (ours, reference))
    ratio = f"{p50 / bare50:.1f} / {p99 / bare99:.1f}"
    return f"{p50:.3f} | {p99:.3f} | {bare50:.3f} / {bare99:.3f} | {ratio}"


def percentiles(times: list[float]) -> tuple[float, float]:
    """The median and the 99th percentile."""
    cuts = statistics.quantiles(times, n=100)
    return cuts[49], cuts[98]


def bare_reader(folder: Path, url: str, view: str) -> Callable[[Ask], object]:
    """Read the same bytes with nothing around."""
    rows = list(open_store(url).rows(view))
    if url.startswith("sqlite"):
        import apsw

        file = apsw.Connection(str(folder / f"bare-{view}.db"))
        file.execute("pragma page_size = 16384")
        file.execute("pragma journal_mode = wal").fetchall()
        file.execute("create table if not exists b (k primary key, v)")
        with file:
            file.executemany("insert or replace into b values (?, ?)", rows)
        return lambda ask: [file.execute("select v from b where k = ?", (key,)).fetchone() for key in ask.keys]
    import redis

    client = redis.Redis.from_url(url)
    names = {key: b"bare:" + view.encode() + key for key, _ in rows}
    for key, value in rows:
        client.set(names[key], value)
    return lambda ask: (
        client.mget([names[key] for key in ask.keys]) if len(ask.keys) > 1 else client.get(names[ask.keys[0]])
    )


if __name__ == "__main__":
    sys.exit(main())
