"""`make benchmark-ml`: every task of this package, in one table.

Example: python -m benchmarks.ml cdnow fraud_handbook
"""

import importlib
import json
import pkgutil
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

import benchmarks.ml as package
from benchmarks.ml.table import Row

DATA = Path(__file__).parents[3] / "shared" / "data"
NO_TASKS = {"__main__", "table"}


def main(names: list[str]) -> int:
    """Measure the named tasks, or all; print a table, or JSON with --json."""
    tasks = sorted(m.name for m in pkgutil.iter_modules(package.__path__) if m.name not in NO_TASKS)
    chosen = [n for n in names if not n.startswith("-")] or tasks
    if unknown := sorted(set(chosen) - set(tasks)):
        print(f"no task {', '.join(unknown)}; there are: {', '.join(tasks)}", file=sys.stderr)
        return 2
    if not DATA.is_dir():
        print(f"the real data sets are not at {DATA}; these figures can't be measured without them", file=sys.stderr)
        return 2
    rows: list[Row] = []
    for name in chosen:
        print(f"{name} …", file=sys.stderr)
        rows += importlib.import_module(f"benchmarks.ml.{name}").measure(DATA)
    show(rows, as_json="--json" in names)
    return 0


def show(rows: list[Row], *, as_json: bool) -> None:
    """Print the rows for people or machines."""
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=1))
        return
    table = Table("task", "protocol", "metric", "published", "ours", "seconds")
    for row in rows:
        table.add_row(row.task, row.protocol, row.metric, row.published, row.ours, f"{row.seconds:.1f}")
    Console(width=None if sys.stdout.isatty() else 200).print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
