"""The rules that only whole tables can answer: keys, references, volume, freshness.

DuckDB reads only the columns that a rule needs, straight from the Parquet files, and spills to disk beyond its memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from tempfile import TemporaryDirectory

import duckdb

from mesh_platform.contract.audit.report import EXAMPLES, Findings
from mesh_platform.contract.audit.rules import Slot, clock, rules_of, unique_sets
from mesh_platform.contract.columns import Contract
from mesh_platform.contract.shape import shape_of
from mesh_platform.errors import BadContract
from mesh_platform.product import ServiceLevel


@dataclass(frozen=True, slots=True)
class Tables:
    """The candidate's files behind one DuckDB connection."""

    connection: duckdb.DuckDBPyConnection
    new: tuple[str, ...]
    kept: tuple[str, ...]

    @classmethod
    @contextmanager
    def open(cls, new: Sequence[str], kept: Sequence[str], memory_mb: int) -> Iterator[Tables]:
        """Connect to an engine that holds no more than `memory_mb` in memory."""
        with TemporaryDirectory(prefix="mesh-audit-") as spill:
            limits: dict[str, str | bool | int | float | list[str]] = {
                "memory_limit": f"{memory_mb}MB",
                "temp_directory": spill,
            }
            with duckdb.connect(config=limits) as connection:
                yield cls(connection, tuple(new), tuple(kept))

    def texts(self, columns: Sequence[str], sql: str) -> list[dict[str, str]]:
        """Run a query and name its columns."""
        return [dict(zip(columns, row, strict=True)) for row in self.connection.execute(sql).fetchall()]

    def number(self, sql: str) -> int:
        """Run a query whose answer is one number; null counts as 0."""
        return int(self.connection.execute(sql).fetchall()[0][0] or 0)


def check_unique(contract: type[Contract], tables: Tables, findings: Findings) -> None:
    """Look for rows that share a key, or the values of columns that are unique.

    Kept rows matter unless the set holds the partition column: files are replaced by whole partitions, so that
    rows of equal partition are all new.
    """
    partition = shape_of(contract).partition
    for slot, columns in _uniqueness(contract):
        findings.checked(slot)
        if tables.new:
            _check_set(
                slot, columns, tables, () if partition in columns else tables.kept, shape_of(contract).key, findings
            )


def _uniqueness(contract: type[Contract]) -> Iterator[tuple[Slot, list[str]]]:
    yield ("key", None, 0), list(shape_of(contract).key)
    for number, columns in enumerate(unique_sets(contract)):
        yield ("unique", None, number), columns
    for kind, column, number in rules_of(contract):
        if kind == "unique" and column is not None:
            yield (kind, column, number), [column]


def _check_set(
    slot: Slot, columns: list[str], tables: Tables, kept: tuple[str, ...], key: tuple[str, ...], findings: Findings
) -> None:
    """Count new rows that share their values with another new row, then those that share them with a kept one.

    A missing value equals none. DuckDB holds the smaller side and streams the other past it.
    """
    names = _list(columns)
    present = " and ".join(f"{_name(c)} is not null" for c in columns)
    new = f"from (from {_files(tables.new)} where {present})"
    repeated = f"(select {names} {new} group by {names} having count(*) > 1) as repeated using ({names})"
    found = _note(slot, f"{new} semi join {repeated}", key, tables, findings)
    if kept:
        once = f"{new} anti join {repeated}" if found else new
        again = f"from ({once}) semi join (select {names} from {_files(kept)}) as kept using ({names})"
        _note(slot, again, key, tables, findings)


def check_references(
    contract: type[Contract], tables: Tables, references: Mapping[str, Sequence[str]], findings: Findings
) -> None:
    """Look for values of new rows that their referenced column does not hold.

    Raises:
        BadContract: Where the referenced table is not given or has no such column.
    """
    shape = shape_of(contract)
    for column, target in shape.references.items():
        if target not in references:
            raise BadContract(
                f"{findings.table}.{column}: references {target}, whose files were not given to the audit; "
                "declare its table as a source or an input port of the product, or remove the reference"
            )
        slot: Slot = ("known", column, 0)
        findings.checked(slot)
        if tables.new:
            _check_reference(slot, column, target, references[target], tables, shape.key, findings)


def _check_reference(
    slot: Slot,
    column: str,
    target: str,
    files: Sequence[str],
    tables: Tables,
    key: tuple[str, ...],
    findings: Findings,
) -> None:
    known = f"select distinct {_name(target.rsplit('.', 1)[-1])} as known from {_files(files)}"
    anti = f"anti join ({known}) as referenced on new.{_name(column)} = referenced.known" if files else ""
    try:
        _note(
            slot,
            f"from {_files(tables.new)} as new {anti} where new.{_name(column)} is not null",
            key,
            tables,
            findings,
        )
    except duckdb.BinderException as error:
        raise BadContract(
            f"{findings.table}.{column}: can't be compared with {target} ({str(error).splitlines()[0]}); "
            "reference a column of the same type"
        ) from error


def _note(slot: Slot, broken: str, key: tuple[str, ...], tables: Tables, findings: Findings) -> int:
    """Count the rows that a FROM clause finds, and keep a few as examples."""
    count = tables.number(f"select count(*) {broken}")
    if count:
        columns = list(dict.fromkeys([*key, *([slot[1]] if slot[1] else [])]))
        shown = ", ".join(f"cast({_name(c)} as varchar)" for c in columns)
        first = tables.texts(columns, f"select distinct {shown} {broken} order by all limit {EXAMPLES}")
        findings.rows_broke(slot, count, first, ["a row whose key is confidential"] * len(first))
    return count


def check_volume(service_level: ServiceLevel, rows_before: int, rows_after: int, findings: Findings) -> None:
    """Compare the number of rows with the promised minimum and with the snapshot before."""
    findings.checked(("min_rows", None, 0))
    findings.checked(("max_shrink", None, 0))
    if rows_after < service_level.min_rows:
        findings.table_broke(
            ("min_rows", None, 0), f"{rows_after:,} rows are fewer than the promised {service_level.min_rows:,}"
        )
    lost = rows_before - rows_after
    if lost > rows_before * service_level.max_shrink:
        findings.table_broke(
            ("max_shrink", None, 0),
            f"{lost:,} of {rows_before:,} rows are gone, {lost / rows_before:.0%}, and "
            f"{service_level.max_shrink:.0%} are tolerated",
        )


def check_freshness(
    contract: type[Contract],
    tables: Tables,
    service_level: ServiceLevel,
    newest_delivery: date | None,
    findings: Findings,
) -> None:
    """Compare the newest row with the newest delivery; tables without a time, or without a delivery, pass by."""
    slot: Slot = ("freshness", None, 0)
    if slot not in rules_of(contract) or newest_delivery is None:
        return
    findings.checked(slot)
    due = _end_of(newest_delivery) - service_level.freshness
    newest = _newest(contract, tables)
    if newest is None or newest < due:
        said = f"the rows end at {newest:%Y-%m-%d %H:%M}" if newest else "no row has a time"
        findings.table_broke(
            slot, f"{said}; with the newest delivery of {newest_delivery}, rows up to {due:%Y-%m-%d %H:%M} are promised"
        )


def _newest(contract: type[Contract], tables: Tables) -> datetime | None:
    """Find the instant up to which the table has rows; a day counts until its end."""
    columns = clock(shape_of(contract))
    files = tables.new + tables.kept
    if not files:
        return None
    # As epoch microseconds: a timestamp with a zone would need pytz to come back as a Python value.
    asked = ", ".join(f"epoch_us(max({_name(c)}))" for c in columns)
    values = [
        v for v in tables.connection.execute(f"select {asked} from {_files(files)}").fetchall()[0] if v is not None
    ]
    if not values:
        return None
    newest = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=max(values))
    return _end_of(newest) if columns == (shape_of(contract).partition,) else newest


def _end_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def _files(files: Sequence[str]) -> str:
    quoted = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    return f"read_parquet([{quoted}], hive_partitioning = false)"


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _list(columns: Sequence[str]) -> str:
    return ", ".join(_name(column) for column in columns)
