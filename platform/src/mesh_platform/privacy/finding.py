"""The work of an erasure: which files of tables and of the landing zone hold a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from mesh_platform.privacy.person import Person
from mesh_platform.privacy.places import Place
from mesh_platform.privacy.search import PATH, Needles, holding

if TYPE_CHECKING:
    from mesh_platform.lake import Lake


def files_of(lake: Lake, where: Mapping[str, Place], landing: Path, person: Person) -> dict[str, list[Path]]:
    """Find the files that hold a person: of the snapshots of each table, or landed for it.

    Args:
        lake: The lake.
        where: The places.
        landing: The landing zone.
        person: The person.

    Returns:
        Table → its files; those of a source among the raw table's.
    """
    needles = Needles.of(person)
    personal = {table for table, place in where.items() if place.columns}
    tables = [table for table in lake.tables() if table in personal or "_quarantine." in table]
    owner = {path: table for table in tables for path in map(Path, lake.all_files(table))}
    for table, place in where.items():
        if place.landing and place.columns:
            owner |= {path: table for path in (landing / place.landing).glob("*") if path.is_file()}
    hits = {*holding(owner, needles), *_with_records(lake, where, person)}
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(hits):
        found[owner[path]].append(path)
    return dict(found)


def _with_records(lake: Lake, where: Mapping[str, Place], person: Person) -> Iterator[Path]:
    """Files of rows that hold personal values of the person's records, without a key of the person."""
    for table, place in where.items():
        targets = {c: person.records[t] for c, t in place.references.items() if t in person.records}
        columns = [c.name for c in place.columns if not c.required]
        if not targets or not columns or lake.current(table) is None:
            continue
        theirs = pl.any_horizontal([pl.col(c).is_in(sorted(values)) for c, values in targets.items()])
        told = pl.any_horizontal([pl.col(name).is_not_null() for name in columns])
        files = [path for path in lake.all_files(table) if path.endswith(".parquet")]
        schema = {c: t for c, t in lake.scan(table).collect_schema().items() if c in {*targets, *columns}}
        rows = pl.scan_parquet(
            files,
            schema=schema,
            missing_columns="insert",
            extra_columns="ignore",
            cast_options=pl.ScanCastOptions(integer_cast="upcast", float_cast="upcast"),
            hive_partitioning=False,
            glob=False,
            include_file_paths=PATH,
        )
        yield from map(Path, rows.filter(theirs & told).select(pl.col(PATH).unique()).collect()[PATH])
