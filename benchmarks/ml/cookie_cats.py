"""Cookie Cats: players of a game met its first gate at level 30 or at level 40; who came back after a day, and a week.

Rounds played have one value of 49,854, so their mean says nothing; only the two retentions are compared.
"""

import time
from pathlib import Path

import polars as pl

from benchmarks.ml.table import Row
from mesh_platform.experiments import Metric, Proportion, adjusted, compare, sample_ratio_p_value

METRICS: dict[str, Metric] = {"retention_1": Proportion("retention_1"), "retention_7": Proportion("retention_7")}


def measure(data: Path) -> list[Row]:
    """Measure the difference of both retentions."""
    started = time.perf_counter()
    players = pl.read_csv(data / "cookie-cats" / "cookie_cats.csv").with_columns(pl.col(METRICS).cast(pl.Int8))
    found = compare(players, METRICS, arm="test_version", control="gate_30")
    sure = adjusted([c.p_value for c in found])
    units = {str(arm): int(count) for arm, count in players["test_version"].value_counts().iter_rows()}
    split = sample_ratio_p_value(units, dict.fromkeys(units, 1.0))
    seconds = time.perf_counter() - started
    return [
        Row(
            "Cookie Cats, gate at 40",
            f"{len(players):,} players, difference to gate at 30 [95%]; sample ratio p = {split:.4f}",
            f"{c.metric}, Holm-adjusted p",
            "",
            f"{_points(c.difference)} [{_points(c.difference_low)}, {_points(c.difference_high)}] points, p = {p:.1g}",
            seconds,
        )
        for c, p in zip(found, sure, strict=True)
    ]


def _points(share: float | None) -> str:
    return f"{100 * (share or 0.0):+.2f}"
