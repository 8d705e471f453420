"""Rows on their way into the lake: checked against the layout, sorted, cut by day and written as Parquet files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import IO, TYPE_CHECKING, Final, cast

import polars as pl
import pyarrow.parquet as pq
from pyiceberg.io.pyarrow import (
    compute_statistics_plan,
    data_file_statistics_from_parquet_metadata,
    parquet_path_to_id_mapping,
    schema_to_pyarrow,
)
from pyiceberg.manifest import DataFile as IcebergFile
from pyiceberg.manifest import DataFileContent, FileFormat
from pyiceberg.typedef import Record

from mesh_platform.errors import BadContract, ContractBroken
from mesh_platform.lake.columns import stored_schema
from mesh_platform.lake.layout import TableLayout
from mesh_platform.lake.publishers import Publisher
from mesh_platform.lake.steps import Step, reached

if TYPE_CHECKING:
    import pyarrow as pa
    from pyiceberg.schema import Schema
    from pyiceberg.table import Table

ROWS_PER_FILE: Final = 2_000_000  # keeps one file's writing in memory; a day rarely has more
ROWS_PER_GROUP: Final = 131_072
"""A reader that knows where a row is reads one group, and readers with several cores share out groups. With groups of
a quarter of it, key lookups take a fifth less, but the footers of large files are four times as long."""
PAGE_BYTES: Final = 32 * 1024
"""A lookup unpacks a page of each column, not the group: with pages of the usual megabyte it takes more than twice as
long. Reading everything is as fast, and files are as large."""
DICTIONARY_BYTES: Final = 1 << 30
"""No dictionary of a group is that large, so none is given up half-way: of a column whose texts are partly outside it
DuckDB 2.0 finds rows missing that are not; see `_repeating`."""
SAMPLE: Final = 10_000
EPOCH: Final = date(1970, 1, 1)


@dataclass(slots=True)
class RowWriter:
    """Writes the frames of one publish.

    Args:
        table: The table.
        name: Its name, for errors.
        schema: The schema that the snapshot has.
        layout: The layout that the rows keep.
        publisher: Who writes; its token is in every file's name.
    """

    table: Table
    name: str
    schema: Schema
    layout: TableLayout
    publisher: Publisher
    files: list[IcebergFile] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)

    @property
    def stored(self) -> pl.Schema:
        """The types in which the rows are kept."""
        return stored_schema(self.layout.schema)

    def write(self, frame: pl.DataFrame) -> None:
        """Write a frame's new rows, sorted, one file a day.

        Raises:
            BadContract: Where a column is missing, strange or of another type.
            ContractBroken: Where a required value is missing.
        """
        if not frame.is_empty():
            self.rewrite(self._checked(frame))

    def rewrite(self, frame: pl.DataFrame) -> None:
        """Write rows that the table has already, sorted, one file a day."""
        if frame.is_empty():
            return
        rows = self._in_order(frame)
        arrow = rows.to_arrow().cast(schema_to_pyarrow(self.schema))
        pieces = [
            (arrow.slice(start, min(ROWS_PER_FILE, end - start)), day)
            for first, end, day in self._days(rows)
            for start in range(first, end, ROWS_PER_FILE)
        ]
        write = partial(self._write_file, repeating=_repeating(rows))
        with ThreadPoolExecutor(max_workers=min(len(pieces), os.cpu_count() or 1)) as pool:
            self.files.extend(pool.map(write, pieces, [self._location(day) for _, day in pieces]))

    def _checked(self, frame: pl.DataFrame) -> pl.DataFrame:
        if set(frame.columns) != set(self.layout.schema):
            missing, strange = (
                set(self.layout.schema) - set(frame.columns),
                set(frame.columns) - set(self.layout.schema),
            )
            raise BadContract(
                f"{self.name}: rows lack {sorted(missing)} and have {sorted(strange)} besides (rule: the contract's "
                "columns, no more, no less); fix the model or the contract"
            )
        for column in sorted(self.layout.always):
            if nulls := frame[column].null_count():
                raise ContractBroken(
                    f"{self.name}.{column}: {nulls:,} of {frame.height:,} rows have no value (rule: required); "
                    "snapshot not published"
                )
        return frame.select(self._cast(column, frame.schema[column]) for column in self.layout.schema)

    def _cast(self, column: str, found: pl.DataType) -> pl.Expr:
        wanted = self.stored[column]
        if found == wanted:
            return pl.col(column)
        if not _is_lossless(found, wanted):
            raise BadContract(f"{self.name}.{column}: rows are {found}, the contract says {wanted}; cast in the model")
        return pl.col(column).cast(wanted, strict=True)

    def _in_order(self, frame: pl.DataFrame) -> pl.DataFrame:
        order = list(dict.fromkeys([*([self.layout.partition] if self.layout.partition else []), *self.layout.sort]))
        return frame.sort(order, maintain_order=True) if order else frame

    def _days(self, rows: pl.DataFrame) -> Iterator[tuple[int, int, date | None]]:
        if self.layout.partition is None:
            yield 0, rows.height, None
            return
        runs = rows[self.layout.partition].rle().struct.unnest()
        start = 0
        for length, day in runs.iter_rows():
            yield start, start + length, day
            start += length

    def _location(self, day: date | None) -> str:
        # No "day=2026-01-01" in the path: engines would take it for a column of their own.
        folder = "all" if day is None else day.isoformat()
        name = f"{folder}/{self.publisher}-{len(self.begun)}.parquet"
        self.begun.append(self.table.location_provider().new_data_location(name))
        return self.begun[-1]

    def _write_file(self, piece: tuple[pa.Table, date | None], location: str, *, repeating: list[str]) -> IcebergFile:
        arrow, day = piece
        output = self.table.io.new_output(location)
        # Without the Arrow schema in the file, text is text to every reader and not "large" text.
        with (
            output.create() as sink,
            pq.ParquetWriter(
                cast("IO[bytes]", sink),
                arrow.schema,
                compression="zstd",
                store_decimal_as_integer=True,
                store_schema=False,
                use_dictionary=repeating,  # type: ignore[arg-type]  # the stubs lack the list of columns
                dictionary_pagesize_limit=DICTIONARY_BYTES,
                data_page_size=PAGE_BYTES,
            ) as writer,
        ):
            writer.write_table(arrow, row_group_size=ROWS_PER_GROUP)
        statistics = data_file_statistics_from_parquet_metadata(
            writer.writer.metadata,
            compute_statistics_plan(self.schema, self.table.metadata.properties),
            parquet_path_to_id_mapping(self.schema),
        )
        reached(Step.FILE_WRITTEN)
        written = IcebergFile.from_args(
            content=DataFileContent.DATA,
            file_path=location,
            file_format=FileFormat.PARQUET,
            partition=Record() if day is None else Record((day - EPOCH).days),
            file_size_in_bytes=len(output),
            sort_order_id=None,
            equality_ids=None,
            key_metadata=None,
            **statistics.to_serialized_dict(),
        )
        written.spec_id = self.table.metadata.default_spec_id
        return written


def day_of(file: IcebergFile) -> date | None:
    """The day that all rows of a file share; None where the table has no partition."""
    return EPOCH + timedelta(days=file.partition[0]) if len(file.partition) else None


def _repeating(rows: pl.DataFrame) -> list[str]:
    """The columns to write with a dictionary: it pays where values repeat; elsewhere it takes more room and time.

    Texts of which some are missing always get one: without it, DuckDB 2.0 finds every row of a page missing whose
    values are all equal.
    """
    sample = rows.head(SAMPLE)
    return [
        column.name
        for column in rows
        if sample[column.name].n_unique() < sample.height / 2
        or (isinstance(column.dtype, pl.String | pl.Binary) and column.null_count())
    ]


def _is_lossless(found: pl.DataType, wanted: pl.DataType) -> bool:
    """Whether a strict cast either keeps every value or fails."""
    if isinstance(found, pl.Null):
        return True
    if isinstance(found, pl.Decimal) and isinstance(wanted, pl.Decimal):
        return found.scale == wanted.scale
    if isinstance(found, pl.Categorical | pl.Enum):
        return isinstance(wanted, pl.String)
    return (found.is_integer() and wanted.is_integer()) or (found == pl.Float32() and wanted == pl.Float64())
