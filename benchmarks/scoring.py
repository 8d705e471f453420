"""How fast model products are scored and published: `MESH_HOME=… python -m benchmarks.scoring [model ...] [--rows N]`.

A finished world's tables are written into a lake of their own several times over, each time with other customers and
orders, until there is a million rows to score. Then the product is refreshed as a run does it: inputs read, champion
loaded, rows scored, written, audited in full and published. The reference is what writing and reading back the same
rows costs as plain Parquet.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from mesh_platform.contract import shape_of
from mesh_platform.discover import installed_domains
from mesh_platform.lake import Lake, Made, TableLayout, WholeTable
from mesh_platform.pipeline.context import RunContext
from mesh_platform.pipeline.models import find_model
from mesh_platform.pipeline.plan import awaited_products, input_tables
from mesh_platform.pipeline.steps import refresh_product
from mesh_platform.product import DataProduct, Domain
from mesh_platform.settings import Settings

MODELS = ("fraud", "churn", "demand", "recommendations")
MANIFOLD = ("customer_id", "order_id", "session_id")
"""What every copy has anew; products, stores and campaigns stay the same."""
NEWEST_DAYS_ONLY = {"customers.customer_360": 1}
"""120 days of a million customers would be 120 million rows; scoring reads the newest."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What a batch took: seconds to score and publish, the rows, and seconds of the same rows as plain Parquet."""

    model: str
    rows: int
    seconds: float
    parquet_seconds: float


def main() -> int:
    """Measure each model in a process of its own and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", default=MODELS, help=f"of {', '.join(MODELS)}")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows to score, at least")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.alone:
        found = score(asked.models[0], asked.rows)
        print(json.dumps([found.model, found.rows, found.seconds, found.parquet_seconds]))
        return 0
    print("| batch | rows | scored and published | as plain Parquet | ratio |\n|---|---|---|---|---|")
    for model in asked.models:
        command = [sys.executable, "-m", "benchmarks.scoring", model, "--rows", str(asked.rows), "--alone"]
        done = Scored(*json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        ratio = done.seconds / done.parquet_seconds
        print(f"| {model} | {done.rows:,} | {done.seconds:.1f} s | {done.parquet_seconds:.1f} s | {ratio:.0f}x |")
    return 0


def score(model: str, rows: int) -> Scored:
    """Score one batch of at least so many rows."""
    world = Settings.load()
    domain, product = find_model(installed_domains(), model)
    with tempfile.TemporaryDirectory() as temporary:
        settings = replace(Settings.load(Path(temporary)), model_registry=world.model_registry)
        lake = Lake.open(settings)
        multiply(domain, product, Lake.open(world), lake, rows)
        started = time.perf_counter()
        refresh_product(domain, product, RunContext("benchmark", settings, lake))
        seconds = time.perf_counter() - started
        made = lake.scan(domain.full_name(product)).collect()
        return Scored(model, made.height, seconds, as_parquet(made, Path(temporary)))


def multiply(domain: Domain, product: DataProduct, world: Lake, lake: Lake, rows: int) -> None:
    """Write the product's inputs so often that it gets so many rows."""
    name = domain.full_name(product)
    partition = shape_of(product.contract).partition
    newest = world.scan(name)
    if product.accumulates and partition:
        newest = newest.filter(pl.col(partition) == pl.col(partition).max())
    copies = -(-rows // newest.select(pl.len()).collect().item())
    for table in sorted({*input_tables(domain, product), *awaited_products(product)}):
        copied(table, world, lake, copies)


def copied(table: str, world: Lake, lake: Lake, copies: int) -> None:
    """Write a table several times over, with other customers each time."""
    layout = layout_of(table)
    rows = world.scan(table)
    if layout.partition and (days := NEWEST_DAYS_ONLY.get(table)):
        kept = sorted({f.day for f in world.files(table) if f.day})[-days:]
        rows = rows.filter(pl.col(layout.partition).is_in(kept))
    once = rows.collect()
    known = [name for name in MANIFOLD if name in once.columns]
    times = copies if known else 1

    def frames() -> list[pl.DataFrame]:
        return [once.with_columns(pl.col(known) + f"-{copy}") for copy in range(times)]

    made = Made("benchmark", "", "")
    lake.publish(table, layout, frames, replace=WholeTable(), made=made, audit=None)


def layout_of(table: str) -> TableLayout:
    """The layout of a product's or a source's table."""
    from mesh_platform.ingest.tables import raw_layout

    namespace, name = table.split(".")
    domain = installed_domains()[namespace.removesuffix("_raw")]
    if namespace.endswith("_raw"):
        return raw_layout(domain.source(name))
    return TableLayout.of(shape_of(domain.product(name).contract))


def as_parquet(rows: pl.DataFrame, folder: Path) -> float:
    """Seconds to write rows as Parquet and to read them back."""
    started = time.perf_counter()
    rows.write_parquet(folder / "reference.parquet", compression="zstd")
    pl.read_parquet(folder / "reference.parquet")
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
