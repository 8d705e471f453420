"""A file's columns: as a frame, and against the contract's: missing ones, extra ones, renamed ones."""

from collections.abc import Collection
from difflib import get_close_matches

import polars as pl
import pyarrow as pa

from mesh_platform.contract import Shape
from mesh_platform.errors import BadFile
from mesh_platform.ingest.landing import LandedFile


def refuse_other_columns(file: LandedFile, found: Collection[str], required: Collection[str], shape: Shape) -> None:
    """Refuse a file that lacks a required column or has one that the contract does not know.

    Args:
        file: The file.
        found: The columns that it has.
        required: The columns that it must have.
        shape: The contract's columns.

    Raises:
        BadFile: Naming both, and which was probably renamed to which.
    """
    missing = [c for c in shape.names if c in required and c not in found]
    extra = sorted(set(found) - set(shape.names))
    if not missing and not extra:
        return
    absent = [c for c in shape.names if c not in found]
    renamed = [f"'{c}' may be '{close[0]}'" for c in extra if (close := get_close_matches(c, absent, n=1, cutoff=0.5))]
    parts = [f"missing {_columns(missing)}"] * bool(missing) + [f"extra {_columns(extra)}"] * bool(extra)
    raise BadFile(
        file.name,
        f"the columns are {', '.join(shape.names)}",
        " and ".join(parts) + (f" ({'; '.join(renamed)})" if renamed else ""),
        "deliver the file with exactly these columns",
    )


def frame_of(table: pa.Table) -> pl.DataFrame:
    """Take over an Arrow table, whose type Polars can't tell."""
    frame = pl.from_arrow(table)
    if not isinstance(frame, pl.DataFrame):
        raise TypeError(f"{table.schema} makes no frame")
    return frame


def _columns(names: Collection[str]) -> str:
    return f"column{'s' if len(names) > 1 else ''} {', '.join(repr(n) for n in names)}"
