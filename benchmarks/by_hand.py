"""The same SQL by hand: DuckDB over the landed files, plain Parquet out; no contract, no history, no orchestrator.

It runs the very SQL that dbt compiled for the mesh. Records that DuckDB can't read are skipped, as a script would.
Programs and models are Python: SQL that reads their rows is left out with them.
"""

import sys
import time
from pathlib import Path

import duckdb

from mesh_platform.contract import shape_of
from mesh_platform.discover import installed_domains
from mesh_platform.lake.duck import sql_types
from mesh_platform.product import Domain, Source
from mesh_platform.settings import Settings
from mesh_platform.transform import models

ORDER = ("sales", "marketing", "customers", "inventory")


def by_hand(settings: Settings, out: Path) -> float:
    """Read, transform and write everything once.

    Args:
        settings: Says where the landing zone and the compiled SQL are.
        out: Where the Parquet files go.

    Returns:
        Wall seconds, without finding out what SQL there is.
    """
    domains = installed_domains()
    plans = {name: _statements(domains[name], settings) for name in ORDER}
    started = time.perf_counter()
    for name in ORDER:
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'; set threads = 2")
            _domain(connection, domains[name], plans[name], settings, out)
    return time.perf_counter() - started


def _statements(domain: Domain, settings: Settings) -> list[tuple[str, bool, str]]:
    target = settings.home / "dbt" / domain.name / "target" / "compiled" / f"mesh_{domain.name}"
    left_out: set[str] = set()
    for model in models(domain, settings):
        if _by_python() & set(model.sources) or left_out & set(model.models):
            left_out.add(model.name)
    chosen = [m for m in models(domain, settings) if m.name not in left_out]
    return [(m.name, m.kind == "mart", (target / m.file).read_text()) for m in chosen]


def _by_python() -> set[str]:
    domains = installed_domains().values()
    return {d.full_name(p) for d in domains for p in d.products if p.program or p.recipe}


def _domain(
    connection: duckdb.DuckDBPyConnection,
    domain: Domain,
    plan: list[tuple[str, bool, str]],
    settings: Settings,
    out: Path,
) -> None:
    name = domain.name
    connection.execute(f"attach ':memory:' as {name}_warehouse; use {name}_warehouse; create schema raw")
    for source in domain.sources:
        connection.execute(f"create table raw.{source.name} as {_read(domain, source, settings)}")
    ports = {port.product for product in domain.products if product.mart for port in product.inputs}
    for port in sorted(ports - _by_python()):
        schema, table = port.split(".")
        connection.execute(f"create schema if not exists {schema}")
        connection.execute(f"create view {schema}.{table} as from read_parquet('{out}/{schema}.{table}.parquet')")
    published = {product.mart: product.name for product in domain.products if product.mart}
    for model, mart, sql in plan:
        connection.execute(f"create {'table' if mart else 'view'} main.{model} as {sql}")
        if model in published:
            connection.execute(f"copy main.{model} to '{out}/{name}.{published[model]}.parquet'")


def _read(domain: Domain, source: Source, settings: Settings) -> str:
    files = f"{settings.landing}/{domain.name}/{source.name}/*.{source.format}"
    types = sql_types(shape_of(source.contract).schema)
    columns = "{" + ", ".join(f"'{column}': '{kind}'" for column, kind in types.items()) + "}"
    reader = {
        "csv": f"read_csv('{files}', header = true, columns = {columns}, ignore_errors = true)",
        "jsonl": f"read_json('{files}', format = 'newline_delimited', columns = {columns}, ignore_errors = true)",
        "parquet": f"read_parquet('{files}')",
    }[source.format]
    day = f", cast({source.event_time} as date) as _day" if source.event_time else ""
    key = ", ".join(shape_of(source.contract).key)
    added = f"'' as _file, 0 as _line{day}, cast(null as timestamptz) as ingested_at"
    return f"select distinct on ({key}) *, {added} from {reader}"


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    print(f"{by_hand(Settings.load(), target):.2f}")
