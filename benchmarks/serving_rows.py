"""How fast rows are served over HTTP: `python -m benchmarks.serving_rows [--rows N] [--home FOLDER]`.

A lake of its own holds "sales.orders" in daily files, in the published contract's columns, with keys that are random
within every day, so that no file's bounds tell where a key is: the worst case. A server of one worker answers on this
machine, and the client is in a second process; both share its cores. The references are measured in the same run, and
turn by turn with the lookups: DuckDB by hand over the same files, and pyarrow reading the same files.
"""

from __future__ import annotations

import argparse
import http.client
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb
import polars as pl
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from mesh_platform.contract.export.read import PublishedProduct, published
from mesh_platform.lake import Lake, Made, TableLayout, WholeTable
from mesh_platform.lake.columns import polars_type
from mesh_platform.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PRODUCT, DAYS = "sales.orders", 120
LOOKUPS, HAND_LOOKUPS = 600, 30
FIRST_DAY = date(2026, 1, 1)
PEAK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of many tries."""

    each: list[float]

    def at(self, share: float) -> float:
        """The value that this share of the tries does not exceed."""
        return sorted(self.each)[min(int(len(self.each) * share), len(self.each) - 1)]


def main() -> None:
    """Measure lookups and streams, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--flat", type=int, nargs="*", default=[], help="further sizes to stream, such as 1000000")
    parser.add_argument("--home", type=Path, help="keep the lakes here instead of a temporary folder")
    asked = parser.parse_args()
    print("| what | served | by hand | ratio |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        for rows in (asked.rows, *asked.flat):
            home = (asked.home or Path(temporary)) / str(rows)
            lake = made(home, rows)
            with_server(home, partial(measured, rows=rows, lake=lake, most=asked.rows))


def measured(port: int, process: psutil.Process, rows: int, lake: Lake, most: int) -> None:
    """Measure one lake; only the first one's lookups."""
    if rows == most:
        lookups(port, lake, rows)
    stream(port, process, lake, rows)


def lookups(port: int, lake: Lake, rows: int) -> None:
    """Look up random keys, now over HTTP, now by hand."""
    files = [file.path for file in lake.files(PRODUCT)]
    keys = _keys(files)
    connection = http.client.HTTPConnection("127.0.0.1", port)
    _warm(connection, keys)
    listed = ", ".join(f"'{path}'" for path in files)
    hand_sql = f"select * from read_parquet([{listed}]) where order_id = ?"
    served, hand = Times([]), Times([])
    with duckdb.connect() as engine:
        engine.execute("set parquet_metadata_cache = true")
        for number in range(LOOKUPS):
            key = keys[number % len(keys)]
            served.each.append(_ms(partial(_get, connection, f"/products/{PRODUCT}/rows/{key}")))
            if number % (LOOKUPS // HAND_LOOKUPS) == 0:
                hand.each.append(_ms(partial(_by_hand, engine, hand_sql, key)))
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        ratio = served.at(share) / hand.at(share)
        print(
            f"| key lookup, {rows:,} rows in {len(files)} files, {name} | {served.at(share):.1f} ms "
            f"| {hand.at(share):.1f} ms | {ratio:.2f} |",
            flush=True,
        )


def stream(port: int, process: psutil.Process, lake: Lake, rows: int) -> None:
    """Stream the product as Arrow, and read its Parquet with pyarrow; by turns, three times."""
    files = [file.path for file in lake.files(PRODUCT)]
    served, hand, peaks = [], [], []
    for _ in range(3):
        hand.append(_ms(lambda: [pq.read_table(path).num_rows for path in files]))
        before = process.memory_info().rss
        peaks.append(0.0)
        served.append(_ms(lambda: _read_stream(port, process, rows, peaks)))
    ratio = statistics.median(served) / statistics.median(hand)
    print(
        f"| Arrow stream, {rows:,} rows | {statistics.median(served) / 1000:.2f} s | "
        f"{statistics.median(hand) / 1000:.2f} s | {1 / ratio:.0%} of its speed |",
        flush=True,
    )
    print(
        f"| the same, memory of the server | peak {max(peaks):.0f} MB, {before / 1e6:.0f} MB before the last | | |",
        flush=True,
    )


def made(home: Path, rows: int) -> Lake:
    """Publish a product of so many rows, unless it was before."""
    lake = Lake.open(Settings.load(home))
    if PRODUCT in lake.tables():
        return lake
    product = next(p for p in published(ROOT / "contracts") if p.full_name == PRODUCT)
    schema = pl.Schema({column.name: polars_type(column.type) for column in product.columns})
    layout = TableLayout(schema, partition=product.partition, sort=product.sort)
    frames = lambda: (_day(product, schema, n, rows // DAYS) for n in range(DAYS))  # noqa: E731 - named for the call
    lake.publish(PRODUCT, layout, frames, replace=WholeTable(), made=Made("b", "b", product.version), audit=lambda _: 1)
    return lake


def with_server(home: Path, use: Callable[[int, psutil.Process], None]) -> None:
    """Run a server of the lake while it is used."""
    command = [sys.executable, "-m", "benchmarks.serving_rows_server", str(home)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            use(int(process.stdout.readline()), psutil.Process(process.pid))
        finally:
            process.terminate()


def _day(product: PublishedProduct, schema: pl.Schema, number: int, rows: int) -> pl.DataFrame:
    """Make a day's rows: ids that nothing orders, few stores, many customers, amounts with cents."""
    day = FIRST_DAY + timedelta(days=number)
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    n = pl.int_range(number * rows, (number + 1) * rows, eager=True)
    noise = {kind: n.hash(seed) for seed, kind in enumerate(("id", "time", "money", "who"))}
    known = {
        "order_id": noise["id"].cast(pl.String).str.zfill(20),
        "ordered_on": pl.Series([day]).new_from_index(0, rows),
        "ordered_at": (
            pl.Series([at]).new_from_index(0, rows) + (noise["time"] % 86_400_000_000).cast(pl.Duration("us"))
        ),
        "customer_id": "C" + (noise["who"] % 1_000_000).cast(pl.String),
        "channel": pl.select(pl.when(noise["who"] % 5 == 0).then(pl.lit("web")).otherwise(pl.lit("store"))).to_series(),
    }
    frame = pl.DataFrame({name: known.get(name, _noise(kind, noise["money"])) for name, kind in schema.items()})
    return frame.cast(schema)


def _noise(kind: pl.DataType, noise: pl.Series) -> pl.Series:
    if kind == pl.String():
        return (noise % 50).cast(pl.String)
    if isinstance(kind, pl.Datetime):
        return (noise % 10**15).cast(pl.Int64).cast(kind)
    if isinstance(kind, pl.Decimal):
        return ((noise % 100_000).cast(pl.Int64) / 100).cast(kind)
    return (noise % 7).cast(pl.Int64).cast(kind)


def _keys(files: list[str]) -> list[str]:
    draw = random.Random(1)  # noqa: S311 - spreads the load, keeps no secret
    found: list[str] = [
        str(key)
        for path in draw.sample(files, 20)
        for key in draw.sample(pq.read_table(path, columns=["order_id"])["order_id"].to_pylist(), 25)
    ]
    draw.shuffle(found)
    return found


def _warm(connection: http.client.HTTPConnection, keys: list[str]) -> None:
    """Ask until the server has made its fingerprints: the first lookups of a fresh server open every file."""
    began, quick = time.perf_counter(), 0
    for key in keys:
        quick = quick + 1 if _ms(partial(_get, connection, f"/products/{PRODUCT}/rows/{key}")) < 50 else 0
        if quick == 20:
            break
    print(f"| the server was warm after | {time.perf_counter() - began:.1f} s | | |", flush=True)


def _get(connection: http.client.HTTPConnection, path: str) -> bytes:
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, body
    return body


def _read_stream(port: int, process: psutil.Process, rows: int, peaks: list[float]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, blocksize=1 << 20)
    connection.request("GET", f"/products/{PRODUCT}/rows", headers={"Accept": "application/vnd.apache.arrow.stream"})
    answer = connection.getresponse()
    assert answer.status == 200
    looked, read = 0.0, 0
    for batch in _batches(answer):
        read += batch.num_rows
        if time.perf_counter() - looked > PEAK_EVERY_S:
            looked = time.perf_counter()
            peaks[-1] = max(peaks[-1], process.memory_info().rss / 1e6)
    assert abs(read - rows) < DAYS, (read, rows)


def _batches(answer: http.client.HTTPResponse) -> Iterator[pa.RecordBatch]:
    with pa.ipc.open_stream(pa.PythonFile(answer, mode="r")) as reader:
        yield from reader


def _by_hand(engine: duckdb.DuckDBPyConnection, sql: str, key: str) -> None:
    assert len(engine.execute(sql, [key]).fetchall()) == 1


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
