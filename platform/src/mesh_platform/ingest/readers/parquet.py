"""Parquet: the contract's columns with the contract's types; a record's line is its row number."""

from collections.abc import Iterator
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from mesh_platform.contract import Shape
from mesh_platform.errors import BadFile
from mesh_platform.ingest.landing import LandedFile
from mesh_platform.ingest.readers.columns import frame_of, refuse_other_columns
from mesh_platform.ingest.readers.interface import MALFORMED, Piece, Sha
from mesh_platform.ingest.readers.kinds import PARQUET, refuse_wrong_type

HASHED: Final = 1 << 24
_WHOLE: Final = (pl.Int8(), pl.Int16(), pl.Int32(), pl.Int64(), pl.UInt8(), pl.UInt16(), pl.UInt32())


class ParquetReader:
    """Reads Parquet; see `Reader`."""

    def pieces(self, file: LandedFile, shape: Shape, sha: Sha, limit: int) -> Iterator[Piece]:
        """Read a Parquet file in pieces."""
        with file.path.open("rb") as opened:
            refuse_wrong_type(file, "parquet", opened.read(16))
        with pa.memory_map(str(file.path)) as mapped:
            _refuse_truncated(file, mapped, sha)
            try:
                yield from _pieces(file, pq.ParquetFile(mapped), shape, limit)
            except (pa.ArrowException, OSError) as error:
                raise BadFile(
                    file.name, "a Parquet file can be decoded", str(error).splitlines()[0], "write and deliver it again"
                ) from None


def _refuse_truncated(file: LandedFile, mapped: pa.MemoryMappedFile, sha: Sha) -> None:
    last = b""
    while block := mapped.read(HASHED):
        sha.add(block)
        last = (last + block)[-4:]
    mapped.seek(0)
    if last != PARQUET or file.size < 12:
        raise BadFile(
            file.name,
            "a Parquet file ends with its footer",
            "the file is cut off before its footer",
            "deliver it again, whole",
        )


def _pieces(file: LandedFile, opened: pq.ParquetFile, shape: Shape, limit: int) -> Iterator[Piece]:
    found = frame_of(opened.schema_arrow.empty_table()).schema
    refuse_other_columns(file, found.names(), shape.names, shape)
    for name, promised in shape.schema.items():
        _refuse_other_type(file, name, found[name], promised)
    line = 1
    for batch in opened.iter_batches(batch_size=_rows_within(opened.metadata, limit)):
        rows = frame_of(pa.Table.from_batches([batch])).select(pl.col(n).cast(t) for n, t in shape.schema.items())
        numbered = rows.with_columns(_line=pl.int_range(line, line + rows.height, dtype=pl.Int64))
        yield Piece(file, numbered, pl.DataFrame(schema=MALFORMED), None, int(rows.estimated_size()))
        line += rows.height


def _rows_within(metadata: pq.FileMetaData, limit: int) -> int:
    decoded = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    return max(1000, limit * metadata.num_rows // max(decoded, 1))


def _refuse_other_type(file: LandedFile, name: str, found: pl.DataType, promised: pl.DataType) -> None:
    if not _holds(promised, found):
        raise BadFile(
            file.name,
            f"column '{name}' is {promised}",
            f"column '{name}' is {found}",
            "write the column with its type and deliver the file again",
        )


def _holds(promised: pl.DataType, found: pl.DataType) -> bool:
    """Whether every value of the found type is a value of the promised one."""
    if found == promised or found == pl.Null():
        return True
    if promised == pl.Int64():
        return found in _WHOLE
    if promised == pl.Float64():
        return found == pl.Float32()
    if isinstance(promised, pl.Decimal) and isinstance(found, pl.Decimal):
        fits = promised.precision - promised.scale >= (found.precision or 38) - found.scale
        return fits and promised.scale >= found.scale
    if isinstance(promised, pl.Datetime) and isinstance(found, pl.Datetime):
        return found.time_unit in ("ms", "us") and found.time_zone == promised.time_zone
    return promised == pl.String() and isinstance(found, pl.Categorical | pl.Enum)
