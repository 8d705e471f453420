"""The words of the lake: data files, snapshots, what a publish replaces and what an audit gets to see.

Standard library only, so that a command that merely looks starts at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from mesh_platform.lake.days import days_of_text


@dataclass(frozen=True, slots=True)
class DataFile:
    """One Parquet file of a snapshot.

    Args:
        path: Where it is; a plain path where the warehouse is local.
        rows: How many rows it holds.
        bytes: Its size.
        day: The day that all its rows share, or None where the table has no partition.
    """

    path: str
    rows: int
    bytes: int
    day: date | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One published state of a table.

    A snapshot that was published and later rolled back to appears twice in a history, each time with the moment
    at which readers began to see it.

    Args:
        table: The table's name.
        snapshot_id: The id by which the state can be read later.
        published_at: When it became the current state.
        rows: How many rows it has.
        properties: What it was made from: run_id, code_version, contract_version, inputs (JSON), model, days, checks;
            after a rollback also rolled_back_by (the run) and rolled_back_from (the snapshot that was current).
    """

    table: str
    snapshot_id: int
    published_at: datetime
    rows: int
    properties: Mapping[str, str]

    @property
    def inputs(self) -> dict[str, int]:
        """The snapshots it was made from: table → snapshot id."""
        return {table: int(snapshot) for table, snapshot in json.loads(self.properties.get("inputs", "{}")).items()}

    @property
    def days(self) -> frozenset[date] | None:
        """The days whose rows it changed; None where that can't be told by days."""
        text = self.properties.get("days")
        return None if text is None else days_of_text(text)

    @property
    def checks(self) -> int:
        """How many checks of its audit passed."""
        return int(self.properties.get("checks", "0"))


@dataclass(frozen=True, slots=True)
class Made:
    """What a snapshot is made from; it is recorded with the snapshot.

    Args:
        run_id: The run that publishes.
        code_version: The version of the code that made the rows.
        contract_version: The version of the contract that the rows keep.
        inputs: Table → id of the snapshot that was read.
        model: "<name>:<version>" of the model that predicted the rows; "" where none did.
    """

    run_id: str
    code_version: str
    contract_version: str
    inputs: Mapping[str, int] = field(default_factory=dict)
    model: str = ""


@dataclass(frozen=True, slots=True)
class WholeTable:
    """A publish that replaces all rows."""


@dataclass(frozen=True, slots=True)
class Days:
    """A publish that replaces the rows of these days and leaves all others."""

    days: frozenset[date]


@dataclass(frozen=True, slots=True)
class RowsOf:
    """A publish that replaces the rows whose column has one of these values.

    Without new rows it erases them. New rows must have one of the values, so that a repeated publish never doubles.
    """

    column: str
    values: frozenset[str]


Replace = WholeTable | Days | RowsOf


@dataclass(frozen=True, slots=True)
class Candidate:
    """A snapshot before it is published: what its audit judges.

    Args:
        new_files: The files this publish adds.
        kept_files: The files it takes over from the snapshot before.
        rows_before: Rows of the snapshot before; 0 where there is none.
        rows_after: Rows of the candidate.
    """

    new_files: tuple[DataFile, ...]
    kept_files: tuple[DataFile, ...]
    rows_before: int
    rows_after: int


Audit = Callable[[Candidate], int]
"""Judges a candidate: returns the number of checks that passed or raises ContractBroken."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a clean-up removed."""

    snapshots: int = 0
    files: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did to a table.

    Args:
        files: Data files of the current snapshot that were rewritten.
        rows_before: Rows of these files.
        rows_after: Rows that are left of them.
        snapshots: Old states that can no longer be read.
        deleted: Files that were deleted.
    """

    files: int = 0
    rows_before: int = 0
    rows_after: int = 0
    snapshots: int = 0
    deleted: int = 0
