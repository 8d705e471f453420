"""The rules of single rows and columns: the structure of each file, and the contract's own Pandera schema."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import Any

import pandera.polars as pa
import polars as pl
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaError, SchemaErrorReason, SchemaErrors

from mesh_platform.contract.audit.report import EXAMPLES, Findings
from mesh_platform.contract.audit.rules import Slot, rules_of
from mesh_platform.contract.columns import Contract
from mesh_platform.contract.shape import shape_of

CHUNK_ROWS = 1 << 20
"""Rows validated at a time: the row group size of the lake's files, so that none is decoded twice."""


def check_structure(contract: type[Contract], files: Sequence[str], findings: Findings) -> None:
    """Compare each file's columns and types with the contract's."""
    promised = shape_of(contract).schema
    for slot in rules_of(contract):
        if slot[0] in ("columns", "type"):
            findings.checked(slot)
    for file in files:
        found = pl.scan_parquet(file, hive_partitioning=False).collect_schema()
        where = PurePosixPath(file).name
        for name in sorted(set(promised) - set(found)):
            findings.table_broke(("columns", None, 0), f"{where} lacks column '{name}'")
        for name in sorted(set(found) - set(promised)):
            findings.table_broke(("columns", None, 0), f"{where} has column '{name}' beyond the contract")
        for name, dtype in promised.items():
            if name in found and found[name] != dtype:
                findings.table_broke(("type", name, 0), f"{where} holds {found[name]}")


def check_rows(contract: type[Contract], files: Sequence[str], findings: Findings) -> None:
    """Validate every row of the files with the contract's schema, in full depth."""
    for slot in rules_of(contract):
        if slot[0] in ("present", "check", "row"):
            findings.checked(slot)
    # The context outweighs PANDERA_VALIDATION_ENABLED and PANDERA_VALIDATION_DEPTH: no environment weakens an audit.
    with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
        for chunk in _chunks(files, shape_of(contract).names):
            findings.rows += chunk.frame.height
            try:
                _audit_schema(contract).validate(chunk.frame, lazy=True)
            except SchemaErrors as broken:
                for error in broken.schema_errors:
                    _note(error, chunk, shape_of(contract).key, findings)


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows of one file: where they start in it and how many they are."""

    file: str
    start: int
    rows: int


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Rows that are validated together: parts of one file or many; a history of days is many small ones."""

    parts: tuple[_Part, ...]
    frame: pl.DataFrame

    @classmethod
    def of(cls, parts: list[_Part], columns: Sequence[str]) -> "_Chunk":
        frames = pl.collect_all(
            [pl.scan_parquet(p.file, hive_partitioning=False).slice(p.start, p.rows) for p in parts]
        )
        return cls(tuple(parts), pl.concat([frame.select(columns) for frame in frames], rechunk=True))

    def place(self, row: int) -> str:
        """Tell the file and the row in it, for people."""
        for part in self.parts:
            if row < part.rows:
                return f"row {part.start + row + 1} of {PurePosixPath(part.file).name}"
            row -= part.rows
        raise IndexError(row)


def _chunks(files: Sequence[str], columns: Sequence[str]) -> Iterator[_Chunk]:
    waiting: list[_Part] = []
    for part in _parts(files):
        if waiting and sum(p.rows for p in waiting) + part.rows > CHUNK_ROWS:
            yield _Chunk.of(waiting, columns)
            waiting = []
        waiting.append(part)
    if waiting:
        yield _Chunk.of(waiting, columns)


def _parts(files: Sequence[str]) -> Iterator[_Part]:
    heights = pl.collect_all([pl.scan_parquet(f, hive_partitioning=False).select(pl.len()) for f in files])
    for file, height in zip(files, (frame.item() for frame in heights), strict=True):
        for start in range(0, height, CHUNK_ROWS):
            yield _Part(file, start, min(CHUNK_ROWS, height - start))


@cache
def _audit_schema(contract: type[Contract]) -> pa.DataFrameSchema:
    """Copy the contract's schema so that it only judges: it mends, drops, fills in and merely warns of nothing.

    Uniqueness is left to `check_unique`, which sees all files; a chunk alone would miss most duplicates.
    """
    schema = deepcopy(contract.to_schema())
    schema.strict, schema.coerce, schema.unique, schema.drop_invalid_rows = True, False, None, False
    schema.add_missing_columns = False
    for column in schema.columns.values():
        column.coerce, column.unique, column.default, column.drop_invalid_rows = False, False, None, False
    for check in [*schema.checks, *(check for column in schema.columns.values() for check in column.checks)]:
        check.raise_warning = False
        check.n_failure_cases = EXAMPLES  # a bound on what is collected; every row is still judged and counted
    return schema


def _note(error: SchemaError, chunk: _Chunk, key: tuple[str, ...], findings: Findings) -> None:
    slot = _slot(error)
    verdicts = error.check_output
    if slot is None or not isinstance(verdicts, pl.DataFrame) or verdicts.height != chunk.frame.height:
        # An engine's message can hold the value that it stumbled over.
        said = _first_line(error) if findings.may_show(slot[1] if slot else None) else "see the rule itself"
        findings.table_broke(slot or ("columns", None, 0), f"can't be checked: {said}")
        return
    broken = verdicts["check_output"].not_().fill_null(value=True)
    places = broken.arg_true()
    columns = [*key] if slot[1] is None else list(dict.fromkeys([*key, slot[1]]))
    first = chunk.frame[places.head(EXAMPLES)].select(columns)
    where = [chunk.place(place) for place in places.head(EXAMPLES)]
    findings.rows_broke(slot, len(places), first.iter_rows(named=True), where)


def _slot(error: SchemaError) -> Slot | None:
    """Find the rule that an error of Pandera's is about; None where it is not one of the contract's."""
    of_column = isinstance(error.schema, pa.Column)
    column = error.schema.name if of_column else None
    if error.reason_code == SchemaErrorReason.SERIES_CONTAINS_NULLS:
        return "present", column, 0
    if error.reason_code in (SchemaErrorReason.DATAFRAME_CHECK, SchemaErrorReason.CHECK_ERROR):
        return "check" if of_column else "row", column, int(error.check_index or 0)
    return None


def _first_line(error: Any) -> str:
    return next(iter(str(error.failure_cases if error.failure_cases is not None else error).splitlines()), "")
