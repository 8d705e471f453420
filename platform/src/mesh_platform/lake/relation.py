"""How DuckDB reads some columns of a snapshot's files, and which files can hold a row: by their smallest and largest.

The statistics are those of the Parquet footers. A file never changes, so they are read once in a process.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from mesh_platform.errors import BadContract
from mesh_platform.lake.duck import text

if TYPE_CHECKING:
    import pyarrow.parquet as pq

FILES_KNOWN: Final = 65_536
"""How many files' statistics are kept: about 100 MB, years of daily files of every product."""
_DUCKDB: Final[Mapping[str, str]] = {
    "string": "VARCHAR",
    "long": "BIGINT",
    "int": "INTEGER",
    "double": "DOUBLE",
    "float": "FLOAT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
    "timestamp": "TIMESTAMP",
    "binary": "BLOB",
}
_ARROW: Final[Mapping[str, str]] = {
    "string": "string",
    "int64": "long",
    "int32": "int",
    "double": "double",
    "float": "float",
    "bool": "boolean",
    "date32[day]": "date",
    "timestamp[us, tz=UTC]": "timestamptz",
    "timestamp[us]": "timestamp",
    "binary": "binary",
}
_ARROW_DECIMAL: Final = re.compile(r"decimal128\((\d+), (\d+)\)")
_DECIMAL: Final = re.compile(r"decimal\((\d+),\s*(\d+)\)")


def duckdb_type(iceberg: str) -> str:
    """Name the DuckDB type of an Iceberg type.

    Raises:
        BadContract: Where there is none.
    """
    if decimal := _DECIMAL.fullmatch(iceberg):
        return f"DECIMAL({decimal[1]},{decimal[2]})"
    if iceberg not in _DUCKDB:
        raise BadContract(f"the lake has no type {iceberg} (rule: one of {', '.join(_DUCKDB)} or decimal(p,s))")
    return _DUCKDB[iceberg]


def quoted(name: str) -> str:
    """A column's name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def relation_sql(files: Sequence[str], columns: Mapping[str, str]) -> str:
    """Write the table expression of Parquet files, with `file_index` and `file_row_number` where files are.

    Args:
        files: Their paths, in order; none give no row.
        columns: Column → Iceberg type; one that a file lacks is null in it.
    """
    types = {name: duckdb_type(kind) for name, kind in columns.items()}
    if files and all(bounds(path).is_of(columns) for path in files):
        return f"read_parquet([{', '.join(map(text, files))}])"  # binding a schema takes as long as reading a row
    if not files:
        nothing = [f"cast(null as {kind}) as {quoted(name)}" for name, kind in types.items()]
        places = ["0::ubigint as file_index", "0::bigint as file_row_number"]
        return f"(select {', '.join([*nothing, *places])} where false)"
    each = (f"{text(n)}: {{name: {text(n)}, type: {text(kind)}, default_value: null}}" for n, kind in types.items())
    return f"read_parquet([{', '.join(map(text, files))}], schema = map {{{', '.join(each)}}})"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The smallest and the largest value of each column of a file; a column without them may hold anything.

    Args:
        rows: How many rows the file has.
        values: Column → (smallest, largest), missing values aside.
        nulls: Column → how many values are missing.
        types: Column → Iceberg type, where it has one.
    """

    rows: int
    values: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    nulls: Mapping[str, int] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)

    def is_of(self, columns: Mapping[str, str]) -> bool:
        """Whether the file has columns of exactly these Iceberg types."""
        return all(self.types.get(name) == kind.replace(" ", "") for name, kind in columns.items())

    def may_hold(self, column: str, smallest: Any, largest: Any) -> bool:
        """Whether a value of a column can be within a range, both ends included; None is no end."""
        if self.nulls.get(column) == self.rows:
            return False
        found = self.values.get(column)
        if found is None or not all(v is None or type(v) is type(found[0]) for v in (smallest, largest)):
            return True
        return (largest is None or bool(found[0] <= largest)) and (smallest is None or bool(found[1] >= smallest))


@lru_cache(FILES_KNOWN)
def bounds(path: str) -> Bounds:
    """Read a file's statistics; a file that is not on this machine has none that are worth a request.

    Args:
        path: The Parquet file.
    """
    if "://" in path:
        return Bounds(-1)
    import pyarrow.parquet as pq

    return _bounds(pq.read_metadata(path))


def _bounds(footer: pq.FileMetaData) -> Bounds:
    values: dict[str, tuple[Any, Any]] = {}
    nulls: dict[str, int] = {}
    groups = [footer.row_group(n) for n in range(footer.num_row_groups)]
    for number in range(footer.num_columns):
        parts = [group.column(number) for group in groups]
        # The published types of pyarrow lack what a file without statistics is asked for, so they are left open.
        all_of: list[Any] = [part.statistics for part in parts]
        found = [each for each in all_of if each is not None and each.has_null_count]
        if not parts or len(found) < len(parts):
            continue
        name = parts[0].path_in_schema
        nulls[name] = sum(each.null_count for each in found)
        filled = [s for s, group in zip(found, groups, strict=True) if s.null_count < group.num_rows]
        if filled and all(s.has_min_max for s in filled) and not _is_float(filled[0].physical_type):
            values[name] = (min(s.min for s in filled), max(s.max for s in filled))
    types = {f.name: _iceberg(str(f.type)) for f in footer.schema.to_arrow_schema()}
    return Bounds(footer.num_rows, values, nulls, types)


def _iceberg(arrow: str) -> str:
    """The Iceberg type of an Arrow type; "" where there is none of the same name and range."""
    if decimal := _ARROW_DECIMAL.fullmatch(arrow):
        return f"decimal({decimal[1]},{decimal[2]})"
    return _ARROW.get(arrow, "")


def _is_float(physical: str) -> bool:
    """Whether a type has values without an order, which statistics leave out."""
    return physical in {"FLOAT", "DOUBLE"}


def holding(files: Iterable[str], column: str, smallest: Any, largest: Any) -> list[str]:
    """Keep the files that can hold a value of a column within a range."""
    return [path for path in files if bounds(path).may_hold(column, smallest, largest)]
