"""What a publish takes away: the files that go, those that stay, and those of which only some rows stay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from mesh_platform.errors import BadContract, ContractBroken
from mesh_platform.lake.columns import lazy_frame, stored_schema
from mesh_platform.lake.layout import TableLayout
from mesh_platform.lake.manifests import entries_of, manifests_of, plain
from mesh_platform.lake.snapshots import DataFile, Days, Replace, RowsOf, WholeTable

if TYPE_CHECKING:
    from pyiceberg.manifest import DataFile as IcebergFile
    from pyiceberg.table import Table

SHOWN = 3  # how many wrong values an error lists


def check_replace(name: str, layout: TableLayout, replace: Replace) -> None:
    """Refuse what the layout has no column for.

    Raises:
        BadContract: Where days are replaced in a table without days, or rows of a column that it lacks.
    """
    if isinstance(replace, Days) and layout.partition is None:
        raise BadContract(f"{name} has no partition, so no days to replace; replace the whole table")
    if isinstance(replace, RowsOf) and layout.schema.get(replace.column) != pl.String():
        raise BadContract(f"{name}: '{replace.column}' is no text column of it; replace rows by a text column")


def check_rows(name: str, layout: TableLayout, replace: Replace, frame: pl.DataFrame) -> None:
    """Refuse new rows outside of what is replaced: a repeated publish would double them.

    Raises:
        ContractBroken: Where there are such rows.
    """
    if isinstance(replace, WholeTable) or frame.is_empty():
        return
    column, allowed = _bounds(layout, replace)
    if column not in frame.columns:
        return  # the writer tells which columns are missing
    strange = frame.select(pl.col(column).unique()).filter(~pl.col(column).is_in(list(allowed)).fill_null(value=False))
    if strange.height:
        shown = ", ".join(map(str, strange[column].sort().head(SHOWN)))
        raise ContractBroken(
            f"{name}.{column}: rows of {strange.height} values that are not replaced, such as {shown} (rule: new rows "
            "lie within what the publish replaces); snapshot not published"
        )


def files_to_go(files: Sequence[DataFile], replace: Replace) -> list[DataFile]:
    """The files of the base that go as a whole; for `RowsOf` that takes a look inside, see `files_holding`."""
    if isinstance(replace, WholeTable):
        return list(files)
    return [file for file in files if file.day in replace.days] if isinstance(replace, Days) else []


def files_holding(table: Table, base: int | None, layout: TableLayout, replace: RowsOf) -> list[DataFile]:
    """The files of the base that really hold rows to be replaced."""
    found = [entry.data_file for entry in entries_of(table, manifests_of(table, base))]
    ids = [f.field_id for s in table.metadata.schemas for f in s.fields if f.name == replace.column]
    values = sorted(value.encode() for value in replace.values)
    likely = [plain(file) for file in found if any(_may_hold(file, field_id, values) for field_id in ids)]
    return [file for file in likely if _rows(file, layout, replace, held=True).limit(1).collect().height]


def rows_left(file: DataFile, layout: TableLayout, replace: RowsOf) -> pl.DataFrame:
    """The rows of a file that stay."""
    return _rows(file, layout, replace, held=False).collect()


def _rows(file: DataFile, layout: TableLayout, replace: RowsOf, *, held: bool) -> pl.LazyFrame:
    matches = pl.col(replace.column).is_in(list(replace.values)).fill_null(value=False)
    return lazy_frame([file.path], stored_schema(layout.schema)).filter(matches if held else ~matches)


def _may_hold(file: IcebergFile, field_id: int, values: Sequence[bytes]) -> bool:
    lower, upper = (file.lower_bounds or {}).get(field_id), (file.upper_bounds or {}).get(field_id)
    return lower is None or upper is None or any(lower <= value <= upper for value in values)


def _bounds(layout: TableLayout, replace: Days | RowsOf) -> tuple[str, frozenset[date] | frozenset[str]]:
    if isinstance(replace, RowsOf):
        return replace.column, replace.values
    return str(layout.partition), replace.days
