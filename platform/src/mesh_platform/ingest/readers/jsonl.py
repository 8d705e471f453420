"""JSON lines: an object a line; what may be missing may be left out."""

import json
from collections.abc import Iterator
from typing import Final

import duckdb
import polars as pl
import pyarrow as pa

from mesh_platform.contract import Shape
from mesh_platform.ingest.landing import LandedFile
from mesh_platform.ingest.readers.columns import frame_of, refuse_other_columns
from mesh_platform.ingest.readers.interface import MALFORMED, Piece, Sha
from mesh_platform.ingest.readers.text import blocks

LENIENT: Final = (r",\s*[\]}]", r":\s*[-+]?(?:NaN|nan|[iI]nf)")
"""Where DuckDB accepts more than JSON: a comma after the last value, NaN, infinities."""


class JsonLinesReader:
    """Reads JSON lines; see `Reader`."""

    def __init__(self) -> None:
        self._duckdb = duckdb.connect()

    def pieces(self, file: LandedFile, shape: Shape, sha: Sha, limit: int) -> Iterator[Piece]:
        """Read a file of JSON lines in pieces."""
        keys: set[str] = set()
        for block in blocks(file, "jsonl", sha, limit):
            lines = block.lines()
            frame = frame_of(lines)
            malformed = self._malformed(lines, frame)
            kept = lines if malformed.is_empty() else frame.join(malformed, on="_line", how="anti").to_arrow()
            keys |= self._keys(kept)
            refuse_other_columns(file, keys, (), shape)
            rows = self._rows(kept, shape)
            if (nested := _nested(rows, frame, shape)).height:
                rows, malformed = rows.join(nested, on="_line", how="anti"), pl.concat([malformed, nested])
            yield Piece(file, rows, malformed, frame, len(block.data))
        if keys:
            refuse_other_columns(file, keys, [c.name for c in shape.columns if not c.nullable], shape)

    def _malformed(self, lines: pa.Table, frame: pl.DataFrame) -> pl.DataFrame:
        """Find the lines that are no JSON object: DuckDB finds suspects, Python says what is wrong with them."""
        plain = self._duckdb.sql("select json_valid(_record) and starts_with(_record, '{') as plain from lines").pl()
        lenient = [pl.col("_record").str.contains(pattern) for pattern in LENIENT]
        suspects = frame.filter(~plain["plain"] | frame.select(pl.any_horizontal(lenient)).to_series())
        found = [(line, fault) for line, text in suspects.iter_rows() if (fault := _fault(text)) is not None]
        return pl.DataFrame(found, schema=MALFORMED, orient="row")

    def _keys(self, lines: pa.Table) -> set[str]:
        found = self._duckdb.sql("select distinct unnest(json_keys(_record)) from lines").fetchall()
        return {str(key) for (key,) in found}

    def _rows(self, lines: pa.Table, shape: Shape) -> pl.DataFrame:
        texts = json.dumps(dict.fromkeys(shape.names, "VARCHAR"))
        asked = f"select unnest(json_transform(_record, '{texts}')), _line from lines"
        rows: pl.DataFrame = self._duckdb.sql(asked).pl()
        return rows


def _nested(rows: pl.DataFrame, lines: pl.DataFrame, shape: Shape) -> pl.DataFrame:
    """Find the lines with a list or an object where a single value belongs; DuckDB makes text of them."""
    suspect = pl.any_horizontal(pl.col(shape.names).str.contains(r"^[\[{]"))
    texts = lines.join(rows.filter(suspect), on="_line", how="semi")
    faults = [
        (line, f"{column}: a list or an object is not a single value")
        for line, text in texts.iter_rows()
        for column in [next((c for c, v in json.loads(text).items() if isinstance(v, dict | list)), None)]
        if column is not None
    ]
    return pl.DataFrame(faults, schema=MALFORMED, orient="row")


def _fault(line: str) -> str | None:
    """Say why a line is no JSON object; None where it is one."""
    if not line.strip():
        return "the line is empty"
    try:
        found = json.loads(line, parse_constant=_refuse)
    except ValueError as error:
        return f"not JSON: {error}"
    return None if isinstance(found, dict) else "JSON, but not an object"


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON number")
