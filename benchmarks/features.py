"""Feature views beside Feast's offline join, on the same rows and by the same rule: `python -m benchmarks.features`.

A million feature rows, a hundred thousand entities with times; what had happened *and* was known by then, no row of the
future. Both read Parquet that lies ready (ours in a lake table) and run in turns in processes of their own, so that
neither pays for the other and the ratio stands where the seconds don't; memory is the process's, imports included.
Feast needs an older pandas than the mesh has: it runs by the Python that FEAST_PYTHON names, or else in an environment
that is made for it and thrown away.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.measure import Measured, measure
from mesh_platform.features import FeatureView
from mesh_platform.lake import Lake, Made, Pinned, TableLayout, WholeTable
from mesh_platform.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
FEAST = "feast[duckdb]==0.67.0"
FEATURE_ROWS, ASKED_ROWS, ACCOUNTS = 1_000_000, 100_000, 20_000
FEATURES = tuple(f"feature_{n}" for n in range(10))
DAYS = 120
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
UNKNOWN_SHARE = 0.01
"""The share of the entities that have no feature row at all."""
LATE_SHARE = 0.1
"""The share of the rows that become known days after they happened."""
TABLE = "bank.balances"
VIEW = FeatureView("balances", ("account",), TABLE, "happened_at", FEATURES)


def main() -> int:
    """Make the rows, join them in turns, compare the answers, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="turns of each")
    parser.add_argument("--ours", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.ours:
        print(json.dumps(join(asked.ours)))
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write(folder)
        feast = feast_python(folder)
        ours, theirs = in_turns(folder, feast, asked.runs)
        show(folder, ours, theirs)
    return 0 if theirs else 2


def write(folder: Path) -> None:
    """Write the features and what is asked, as files and as a lake table."""
    chance = np.random.default_rng(7)
    seconds = chance.choice(DAYS * 86_400, FEATURE_ROWS) * 1_000_000
    late = np.where(chance.random(FEATURE_ROWS) < LATE_SHARE, chance.integers(1, 6, FEATURE_ROWS), 0) * 86_400_000_000
    rows = pl.DataFrame(
        {
            "account": chance.integers(0, ACCOUNTS, FEATURE_ROWS),
            "happened_at": _instants(seconds),
            "ingested_at": _instants(seconds + 3_600_000_000 + late),
            **{name: chance.random(FEATURE_ROWS) for name in FEATURES},
        }
    ).unique(["account", "happened_at"], keep="first", maintain_order=True)
    unknown = chance.random(ASKED_ROWS) < UNKNOWN_SHARE
    entities = pl.DataFrame(
        {
            "row": np.arange(ASKED_ROWS),
            "account": np.where(unknown, ACCOUNTS, 0) + chance.integers(0, ACCOUNTS, ASKED_ROWS),
            "event_timestamp": _instants(chance.integers(0, DAYS * 86_400, ASKED_ROWS) * 1_000_000),
        }
    )
    rows.write_parquet(folder / "features.parquet")
    entities.write_parquet(folder / "asked.parquet")
    made = Made("benchmark", "", "1.0.0", {})
    lake, layout = Lake.open(Settings.load(folder / "home")), TableLayout(rows.schema)
    lake.publish(TABLE, layout, lambda: [rows], replace=WholeTable(), made=made, audit=None)


def _instants(microseconds: Any) -> pl.Series:
    start = (FIRST - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return pl.Series(microseconds + start, dtype=pl.Int64).cast(pl.Datetime("us", "UTC"))


def join(folder: Path) -> dict[str, Any]:
    """Join once by our feature view; write the rows, say how long the join took."""
    asked = pl.read_parquet(folder / "asked.parquet")
    tables = Pinned.current(Lake.open(Settings.load(folder / "home")), [TABLE])
    started = time.perf_counter()
    found = VIEW.historical(tables, asked, at="event_timestamp")
    seconds = time.perf_counter() - started
    found.write_parquet(folder / "ours.parquet")
    return {"seconds": seconds, "rows": len(found)}


def feast_python(folder: Path) -> Path | None:
    """Find a Python that has Feast, or make one; None, with the reason on standard error, where that fails."""
    if named := os.environ.get("FEAST_PYTHON"):
        return _having_feast(Path(named))
    print(f"no FEAST_PYTHON: installing {FEAST} into an environment that is thrown away …", file=sys.stderr)
    python = folder / "feast" / "bin" / "python"
    for command in (
        [sys.executable, "-m", "venv", str(folder / "feast")],
        [str(python), "-m", "pip", "-q", "install", FEAST],
    ):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            print(f"Feast isn't there: {' '.join(command)}: {done.stderr[-500:]}", file=sys.stderr)
            return None
    return _having_feast(python)


def _having_feast(python: Path) -> Path | None:
    try:
        done = subprocess.run([python, "-c", "import feast, ibis"], check=False, capture_output=True, text=True)
    except OSError as error:
        print(f"Feast isn't there: FEAST_PYTHON '{python}': {error}", file=sys.stderr)
        return None
    if done.returncode:
        print(f"Feast isn't there: '{python}' says {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return None
    return python


def in_turns(folder: Path, feast: Path | None, runs: int) -> tuple[list[Measured], list[Measured]]:
    """Run both in turns, each in a process of its own."""
    ours: list[Measured] = []
    theirs: list[Measured] = []
    for _ in range(runs):
        ours.append(measure([sys.executable, "-m", "benchmarks.features", "--ours", str(folder)], {}, ROOT))
        if feast:
            script = str(Path(__file__).with_name("feast_join.py"))
            theirs.append(measure([str(feast), script, str(folder)], {"FEAST_USAGE": "False"}, folder))
    return ours, theirs


def show(folder: Path, ours: list[Measured], theirs: list[Measured]) -> None:
    """Print both, their ratio, and whether they answer alike."""
    print(f"{FEATURE_ROWS:,} rows of {len(FEATURES)} features x {ASKED_ROWS:,} entities, median of {len(ours)} turns")
    print("| join | seconds | peak memory | whole process |\n|---|---|---|---|")
    for name, runs in (("mesh feature view", ours), ("Feast", theirs)):
        if runs:
            whole = statistics.median(run.seconds for run in runs)
            print(f"| {name} | {_seconds(runs):.2f} | {_peak_mb(runs):,.0f} MB | {whole:.1f} s |")
    if not theirs:
        print("\nFeast isn't there, so there is no ratio; name a Python that has it in FEAST_PYTHON")
        return
    times, memory = _seconds(theirs) / _seconds(ours), _peak_mb(theirs) / _peak_mb(ours)
    version = _told(theirs)[0]["version"]
    print(f"\nFeast {version} takes {times:.1f}x the time and {memory:.1f}x the memory of ours; {_alike(folder)}")


def _told(runs: list[Measured]) -> list[dict[str, Any]]:
    return [json.loads(run.out.strip().splitlines()[-1]) for run in runs]


def _seconds(runs: list[Measured]) -> float:
    return statistics.median(float(told["seconds"]) for told in _told(runs))


def _peak_mb(runs: list[Measured]) -> float:
    return statistics.median(run.peak_mb for run in runs)


def _alike(folder: Path) -> str:
    """Compare the answers row by row."""
    ours = pl.read_parquet(folder / "ours.parquet")
    theirs = pl.read_parquet(folder / "feast.parquet").select("row", pl.col(FEATURES).name.prefix("feast_"))
    both = ours.join(theirs, on="row", how="left")
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"feast_{name}")) for name in FEATURES)
    missing, wrong = ours.join(theirs, on="row", how="anti").height, both.filter(differs).height
    return f"of {ours.height:,} rows {wrong:,} have other features there, {missing:,} are lost there"


if __name__ == "__main__":
    sys.exit(main())
