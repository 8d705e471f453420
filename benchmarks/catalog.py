"""Measure the catalog on a mesh of a thousand products: `python -m benchmarks.catalog [--products N] [--columns N]`.

The mesh is made up: documents only, every product but the first ones reads two others, every column has an origin, a
tenth of the columns are personal data, each table has the rules that an exported contract has.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")

PRODUCTS, COLUMNS, DOMAINS = 1000, 50, 20
SHARE_PERSONAL = 10
"""One column in so many is personal data."""
BUDGET_SECONDS = 60


def write_mesh(root: Path, products: int = PRODUCTS, columns: int = COLUMNS) -> None:
    """Write the published documents of a made-up mesh.

    Args:
        root: The folder that gets `contracts/`.
        products: How many products.
        columns: How many columns each has.
    """
    for domain in (f"d{number:02}" for number in range(min(DOMAINS, products))):
        folder = root / "contracts" / domain / "sources"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "feed.odcs.yaml").write_text(_source(domain, columns))
    for number in range(products):
        domain, name = f"d{number % DOMAINS:02}", f"p{number:04}"
        folder = root / "contracts" / domain / name
        folder.mkdir(parents=True, exist_ok=True)
        inputs = _inputs(number)
        (folder / "v1.odcs.yaml").write_text(_contract(domain, name, inputs, columns))
        (folder / "product.odps.yaml").write_text(_descriptor(domain, name, inputs))


def _inputs(number: int) -> list[str]:
    """Earlier products, so that the mesh has layers and no cycle."""
    earlier = {number // 2, number // 3} if number >= DOMAINS else set()
    return [f"d{n % DOMAINS:02}.p{n:04}" for n in sorted(earlier)]


def _source(domain: str, columns: int) -> str:
    head = _head(domain, "feed", f"{domain}_raw.feed", f"urn:omnishop:source:{domain}.feed")
    custom = "customProperties:\n  - {property: system, value: A system}\n  - {property: format, value: csv}\n"
    return head + "".join(_column(n, "") for n in range(columns)) + _team(domain) + custom


def _contract(domain: str, name: str, inputs: list[str], columns: int) -> str:
    tables = inputs or [f"{domain}_raw.feed"]
    head = _head(domain, name, f"{domain}.{name}", f"urn:omnishop:contract:{domain}.{name}:v1")
    body = "".join(_column(n, f"{tables[n % len(tables)]}.c{n:02}") for n in range(columns))
    return head + body + _rules() + _team(domain) + _service_level()


def _head(domain: str, name: str, table: str, identity: str) -> str:
    return f"""version: 1.0.0
kind: DataContract
apiVersion: v3.2.0
id: {identity}
name: {table}
tenant: omnishop
status: active
domain: {domain}
description:
  purpose: What happened in {name}, row by row, as the team of {domain} sees it.
schema:
  - name: {name}
    physicalType: table
    physicalName: {table}
    logicalType: object
    description: What happened in {name}.
    dataGranularityDescription: One row per event.
    properties:
"""


def _column(number: int, origin: str) -> str:
    personal = number and number % SHARE_PERSONAL == 0
    lines = [
        f"      - name: c{number:02}",
        "        physicalType: string",
        f"        description: The value number {number} of the event, as the operational system wrote it.",
        "        logicalType: string",
        f"        required: {'true' if number == 0 else 'false'}",
        f"        classification: {'confidential' if personal else 'internal'}",
    ]
    if number == 0:
        lines += ["        primaryKey: true", "        primaryKeyPosition: 1"]
    if personal:
        kind = "{property: personal, value: customer id}"
        lines += ["        tags: [personal-data]", f"        customProperties: [{kind}]"]
    if origin:
        lines += [f"        transformSourceObjects: [{origin}]", "        transformDescription: Read off the SQL."]
    return "\n".join(lines) + "\n"


def _rules() -> str:
    """The rules that every exported contract has, and two of rows."""
    said = "".join(
        f"      - {{name: row_{n}, description: 'Every row: c{n:02} < c{n + 1:02}', type: sql, dimension: consistency, "
        f"query: 'select count(*) from ${{table}} where not (c{n:02} < c{n + 1:02})', mustBe: 0}}\n"
        for n in (1, 2)
    )
    return (
        "    quality:\n"
        "      - {name: key, description: one row per c00, type: library, metric: duplicateValues, mustBe: 0, "
        "arguments: {properties: [c00]}}\n"
        f"{said}"
        "      - {name: min_rows, description: A snapshot has at least 1 row, type: library, metric: rowCount, "
        "mustBeGreaterOrEqualTo: 1}\n"
        "      - {name: max_shrink, description: A snapshot loses at most 50% of its rows, type: text}\n"
        "      - {name: freshness, description: The newest row is at most 26 hours old, type: text}\n"
    )


def _team(domain: str) -> str:
    address = f"{domain}-data@omnishop.example"
    member = f"{{username: {address}, name: {domain}, role: owner}}"
    return f"support: [{{channel: {address}}}]\nteam: {{name: {domain}, description: The team, members: [{member}]}}\n"


def _service_level() -> str:
    said = {"latency": 26, "retention": 30, "minRows": 1, "maxShrink": 0.5, "toleratedBadRows": 0.05}
    return "slaProperties:\n" + "".join(f"  - {{property: {name}, value: {value}}}\n" for name, value in said.items())


def _descriptor(domain: str, name: str, inputs: list[str]) -> str:
    ports = [f"{{name: {table}, version: '1'}}" for table in inputs]
    sources = "" if inputs else "customProperties: [{property: sources, value: [feed]}]\n"
    return f"name: {domain}.{name}\nversion: 1.0.0\n{sources}inputPorts: [{', '.join(ports)}]\n"


def main() -> None:
    """Build and check the catalog of a made-up mesh and print what it took."""
    from mesh_platform.catalog.build import build
    from mesh_platform.catalog.check import check
    from mesh_platform.catalog.proposals import read
    from mesh_platform.settings import Settings

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=PRODUCTS)
    parser.add_argument("--columns", type=int, default=COLUMNS)
    parser.add_argument("--catalog", type=Path, default=Path(__file__).parent.parent / "catalog")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root, settings = Path(temporary), Settings.load(Path(temporary) / "home")
        write_mesh(root, asked.products, asked.columns)
        (root / "catalog").symlink_to(asked.catalog.absolute())
        timed = _Timed()
        built = timed("build", lambda: build(root, settings))
        report = timed("check", lambda: check(read(built.path)))
        for name, seconds in timed.seconds.items():
            print(f"{name}: {seconds:.1f} s")
        print(
            f"{built.proposals:,} proposals, {built.path.stat().st_size / 1e6:.0f} MB, {len(report.findings)} findings"
        )
        print(f"{sum(timed.seconds.values()):.1f} s (asked: {BUDGET_SECONDS} s)")


class _Timed:
    """Keeps how long each step took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def __call__(self, name: str, step: Callable[[], Result]) -> Result:
        started = time.perf_counter()
        result = step()
        self.seconds[name] = time.perf_counter() - started
        return result


if __name__ == "__main__":
    main()
