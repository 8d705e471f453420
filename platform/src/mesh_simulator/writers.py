"""Files written at once or not at all: to a temporary name first, which readers of the landing zone pass over."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from mesh_simulator.layouts import Layout


def temporary(path: Path) -> Path:
    """Name the file under which something is written before it takes its place, and make its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".{path.name}.tmp")


def write_records(path: Path, layout: Layout, records: pl.Series, header: str | None) -> None:
    """Write a source's file of a day."""
    new = temporary(path)
    if layout.format == "parquet":
        records.struct.unnest().write_parquet(new)
    else:
        lines = records if header is None else pl.concat([pl.Series("record", [header]), records])
        lines.to_frame().write_csv(new, include_header=False, quote_style="never")
    new.replace(path)


def write_table(path: Path, rows: pl.DataFrame) -> None:
    """Write a table of the truth."""
    new = temporary(path)
    rows.write_parquet(new)
    new.replace(path)


def write_text(path: Path, text: str) -> None:
    """Write a small text file."""
    new = temporary(path)
    new.write_text(text, encoding="utf-8")
    new.replace(path)
