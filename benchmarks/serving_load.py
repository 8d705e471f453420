"""Hold the APIs under a sustained mixed load while the mesh changes beneath them, and check every answer.

    MESH_HOME=<a finished world that may be changed> python -m benchmarks.serving_load --minutes 10

Meanwhile sales.daily_sales is published anew again and again, each time with one column raised by one more in every
row, so that an answer proves which snapshot each of its rows is from; a version of fraud is promoted and demoted in
turn; and a worker is killed. What asks is in `serving_load_generator`, what changes in `serving_load_changes`.

Fails where an answer is wrong or mixes two snapshots, where equal requests to one model version differ, where a request
is lost that was not on the killed worker, or where a change or a kind of answer did not happen. Times are told as
ratios to `GET /healthz` of the same run, measured from when a request was due, so that waiting for a stalled service
counts.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final

import psutil
import yaml

from benchmarks.serving_load_changes import MODEL, Changes
from benchmarks.serving_load_generator import MARKED, PRODUCT, RATES, Connections, Load, Truth
from mesh_platform.contract.export.read import published
from mesh_platform.lake import Lake
from mesh_platform.serve.identity.keys import Keys
from mesh_platform.settings import Settings, project_root

CONSUMER: Final = "load_generator"
NOTICED_WITHIN_S: Final = 2.0
"""After a kill a request may fail for so long: it was sent to the killed worker before anybody could know."""
ENDED_WITHIN_S: Final = 60.0
"""How long the service may take to finish what it began; then it is killed."""
SEVERAL: Final = 2
SHOWN: Final = 8
"""How many kinds of losses are printed."""
LONGEST: Final = 1_500
"""Letters of a logged line that are printed: enough for a trace."""


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
            try:
                print(f"the service ended with {process.wait(ENDED_WITHIN_S)}")
            except subprocess.TimeoutExpired:
                process.kill()
                print(f"the service did not end within {ENDED_WITHIN_S:g} s and was killed")


def challenger() -> int | None:
    """The newest version of fraud that passed its gate and is not the champion; None where there is none."""
    command = [str(Path(sys.executable).with_name("mesh")), "models", "--json"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    of_model = [each for each in found if each["model"] == MODEL]
    able = [each["version"] for each in of_model if each["passed"] and "champion" not in each["aliases"]]
    return max(map(int, able), default=None)


def report(load: Load, changes: Changes) -> bool:
    """Print the figures; tells whether all that was to happen did, and the answers were right and complete."""
    reference = _quantiles(load.seconds["healthz"])
    print(f"{'kind':10} {'answers':>8} {'p50 ms':>8} {'p99 ms':>8} {'p50 ratio':>10} {'p99 ratio':>10}")
    for kind in RATES:
        middle, tail = _quantiles(load.seconds[kind])
        ratios = f"{middle / reference[0]:10.2f} {tail / reference[1]:10.2f}"
        print(f"{kind:10} {len(load.seconds[kind]):8} {middle * 1000:8.2f} {tail * 1000:8.2f} {ratios}")
    lost = [each for each in load.failed if not 0 <= each[0] - changes.killed_at <= NOTICED_WITHIN_S]
    routes = ", ".join(f"{route} {version}: {count}" for (route, version), count in sorted(load.routes.items()))
    print(f"published {len(changes.truth.marks) - 1} times; promoted or demoted {changes.swaps} times; by {routes}")
    print(f"lost with the killed worker: {len(load.failed) - len(lost)}; lost otherwise: {len(lost)}")
    for (kind, error), count in Counter((kind, error) for _, kind, error in lost).most_common(SHOWN):
        print(f"  {count} x {kind}: {error}")
    print(f"wrong answers: {len(load.wrong)} {load.wrong[:SHOWN]}")
    missing = _missing(load, changes)
    print(f"did not happen as it should: {'; '.join(missing) or 'nothing'}")
    return not lost and not load.wrong and not missing


def complaints(log: Path) -> None:
    """Print what the service itself logged as an error or a warning, how often, and the first of each."""
    first: dict[tuple[str, str], str] = {}
    times: Counter[tuple[str, str]] = Counter()
    for line in log.read_text().splitlines():
        said = json.loads(line) if line.startswith("{") else {"level": "", "event": ""}
        if said["level"] in {"error", "warning"}:
            kind = said["level"], str(said["event"])
            times[kind] += 1
            first.setdefault(kind, line)
    for kind, count in times.most_common(SHOWN):
        print(f"the service logged {count} x {kind[0]} {kind[1]}, such as: {first[kind][:LONGEST]}")


def _missing(load: Load, changes: Changes) -> list[str]:
    """What must happen for the load to show anything, and did not."""
    champions = {version for route, version in load.routes if route == "champion"}
    happened = {
        f"{SEVERAL} publishes": len(changes.truth.marks) > SEVERAL,
        "a promotion and a demotion": changes.swaps >= SEVERAL,
        f"answers of two champions (seen: {sorted(champions)})": len(champions) > 1,
        "a killed worker": changes.killed_at < float("inf"),
        **{f"an answer of kind {kind}": bool(load.seconds[kind]) for kind in RATES},
    }
    return [f"{what} is missing" for what, did in happened.items() if not did] + changes.faults


def _quantiles(seconds: list[float]) -> tuple[float, float]:
    """The median and the 99th percentile; not a number where there was no answer."""
    ordered = sorted(seconds) or [float("nan")]
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
            changes = Changes(settings, root, truth, service, challenger())
            print(f"load begins: {given.minutes:g} minutes at {given.scale:g} of the rates", flush=True)
            load = asyncio.run(run(port, token, changes, given.minutes * 60, given.scale))
        complaints(root / "log")
        raise SystemExit(0 if report(load, changes) else 1)


if __name__ == "__main__":
    main()
