"""Measure the mesh: `python -m benchmarks [--scale S ...]`; times stand beside a reference of the same run."""

import argparse
import json
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Measured, measure

ROOT = Path(__file__).resolve().parent.parent
MESH = str(Path(sys.executable).with_name("mesh"))
DAYS = 120


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    asked: str
    measured: str


def main() -> None:
    """Measure a default world, then the scales that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, nargs="*", default=[], help="further worlds, such as 10 30")
    parser.add_argument("--runs", type=int, default=3, help="how often quick commands and the reference are run")
    parser.add_argument("--home", type=Path, help="keep the worlds here instead of a temporary folder")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = asked.home or Path(temporary)
        table, work = default_world(home / "default", asked.runs)
        for scale in asked.scale:
            table += scaled_world(home / f"scale-{scale:g}", scale, work)
    print("| what | asked | measured |\n|---|---|---|")
    for row in table:
        print(f"| {row.what} | {row.asked} | {row.measured} |")


def default_world(home: Path, runs: int) -> tuple[list[Row], float]:
    """Measure the default world: a first run, another day, nothing new, quick commands, and the same SQL by hand."""
    first = _mesh(home, "run", "--days", str(DAYS), "--json")
    told = json.loads(first.out)
    hand = statistics.median(_by_hand(home, n) for n in range(runs))
    work = told["seconds_of_work"]
    another = _mesh(home, "run", "--days", str(DAYS + 1))
    nothing = _mesh(home, "run")
    events = told["simulated"]["marketing/web_events"]
    table = [
        Row("default world, whole `mesh run`, five models trained", "≤ 180 s, ≤ 3 GB", _seen(first)),
        Row(
            "of it: work after simulation, models included",
            "SQL alone ≤ 2x by hand",
            f"{work:.1f} s = {work / hand:.1f}x of {hand:.1f} s by hand",
        ),
        Row("another day", "≤ 25 s", _seen(another)),
        Row("nothing new", "≤ 10 s", _seen(nothing)),
        Row("web events in the world", "about 1M", f"{events:,}"),
    ]
    for words in (["products"], ["show", "sales.orders"]):
        times = [_mesh(home, *words).first_output_seconds for _ in range(runs)]
        table.append(Row(f"`mesh {' '.join(words)}`, first output", "≤ 1 s", f"{statistics.median(times):.2f} s"))
    return table, work


def scaled_world(home: Path, scale: float, work: float) -> list[Row]:
    """Measure a larger world beside the default one."""
    first = _mesh(home, "run", "--days", str(DAYS), "--scale", str(scale), "--json")
    told = json.loads(first.out)
    growth = told["seconds_of_work"] / work
    return [
        Row(
            f"`--scale {scale:g}`, whole `mesh run`",
            f"work ≤ {scale:g}x of the default's, ≤ 8 GB",
            f"{_seen(first)}; work {told['seconds_of_work']:.0f} s = {growth:.1f}x",
        )
    ]


def _mesh(home: Path, *words: str) -> Measured:
    return measure([MESH, *words], {"MESH_HOME": str(home)}, ROOT)


def _by_hand(home: Path, number: int) -> float:
    command = [sys.executable, "-m", "benchmarks.by_hand", str(home / f"by-hand-{number}")]
    return float(measure(command, {"MESH_HOME": str(home)}, ROOT).out)


def _seen(measured: Measured) -> str:
    return f"{measured.seconds:.1f} s, {measured.peak_mb / 1000:.1f} GB"


if __name__ == "__main__":
    main()
