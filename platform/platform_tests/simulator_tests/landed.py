"""A landed world, read back as a careful reader would: only rows that are not known to be bad.

Late rows of the last three days are still on their way, so tests look at the days before these.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import polars as pl

from mesh_simulator.landing import simulate
from mesh_simulator.layouts import LAYOUTS, Layout
from mesh_simulator.live import TIMES

START = date(2026, 3, 2)
COMPLETE_DAYS = 40
END = (START + timedelta(days=COMPLETE_DAYS)).isoformat()
"""The first day that tests do not look at."""


def number(rows: pl.DataFrame, measure: pl.Expr) -> float:
    """One number about some rows."""
    return float(rows.select(measure).item())


@dataclass(frozen=True)
class Landed:
    """The folders of a world."""

    home: Path

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    @property
    def truth(self) -> Path:
        return self.home / "truth"

    def make(
        self, days: int, *, scale: float = 0.05, seed: int = 7, start: date = START, bad_rate: float = 0.01
    ) -> Landed:
        simulate(self.landing, self.truth, days=days, scale=scale, seed=seed, start=start, bad_rate=bad_rate)
        return self

    def bytes_of(self, folder: str) -> dict[str, bytes]:
        root = self.home / folder
        return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}

    @cached_property
    def injected(self) -> pl.DataFrame:
        return self.known("injected")

    def known(self, name: str) -> pl.DataFrame:
        folder = self.truth / name
        files = sorted(folder.iterdir()) if folder.is_dir() else [folder.with_suffix(".parquet")]
        if name != "injected" and folder.is_dir():
            files = [file for file in files if file.stem[-10:] < END]
        return pl.concat([pl.read_parquet(file) for file in files])

    def files(self, layout: Layout) -> list[Path]:
        return sorted((self.landing / layout.source).iterdir())

    def lines(self, layout: Layout, file: Path) -> list[str]:
        if layout.format == "parquet":
            return [json.dumps(row, default=str) for row in pl.read_parquet(file).iter_rows(named=True)]
        return file.read_text(encoding="utf-8").splitlines()

    def clean(self, source: str) -> pl.DataFrame:
        """The rows of a source that are neither malformed, nor duplicated, nor pointing nowhere."""
        layout = LAYOUTS[source]
        bad = self.injected.filter((pl.col("source") == source) & (pl.col("kind") != "late"))
        frames = [self._clean_file(layout, file, bad) for file in self.files(layout)]
        rows = pl.concat([frame for frame in frames if frame.height], how="diagonal_relaxed")
        time = next((column for column in TIMES if column in rows.columns), None)
        return rows if time is None else rows.filter(pl.col(time).cast(pl.String).str.head(10) < END)

    def _clean_file(self, layout: Layout, file: Path, bad: pl.DataFrame) -> pl.DataFrame:
        path = str(file.relative_to(self.landing))
        skip = set(bad.filter(pl.col("file") == path)["line"])
        if layout.format == "parquet":
            rows = pl.read_parquet(file).with_row_index("line", offset=1)
            return rows.filter(~pl.col("line").is_in(list(skip))).drop("line").with_columns(file=pl.lit(path))
        lines = [line for number, line in enumerate(self.lines(layout, file), 1) if number not in skip]
        text = ("\n".join(lines) + "\n").encode()
        if layout.format == "csv":
            return pl.read_csv(text, infer_schema=False).with_columns(file=pl.lit(path))
        return (
            pl.read_ndjson(text, infer_schema_length=None).with_columns(file=pl.lit(path)) if lines else pl.DataFrame()
        )
