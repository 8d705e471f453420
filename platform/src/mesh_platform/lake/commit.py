"""The one way the catalog is changed: a commit that says what must still be true.

pyiceberg's own transactions are not used: they keep only one requirement of a kind (so "main is still there" would
drop out beside "the branch is still there") and on a conflict they retry by themselves against the new main.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.update import (
    AssertLastAssignedFieldId,
    AssertRefSnapshotId,
    AssertTableUUID,
    TableRequirement,
    TableUpdate,
)

from mesh_platform.lake.state import MAIN

if TYPE_CHECKING:
    from pyiceberg.catalog.sql import SqlCatalog

ATTEMPTS = 20  # other publishers' branches change the table's metadata too; each try costs some 20 ms


class Overtaken(Exception):
    """Main, or what else the commit relies on, has moved: the work must be done again on what is there now."""


class NewestSchema(AssertLastAssignedFieldId):
    """Nobody has added a schema to the table since: two publishers must not give two schemas the same id."""

    newest: int

    @classmethod
    def of(cls, metadata: TableMetadata) -> NewestSchema:
        """Require the newest schema to be the one that was seen."""
        return cls.model_validate({"last-assigned-field-id": metadata.last_column_id, "newest": _newest(metadata)})

    def validate(self, base_metadata: TableMetadata | None) -> None:  # type: ignore[override]  # as in its base class
        """Refuse a table that has got another schema."""
        super().validate(base_metadata)
        if base_metadata is not None and _newest(base_metadata) != self.newest:
            raise CommitFailedException(f"schema {_newest(base_metadata)} was added concurrently")


def main_of(table: Table) -> int | None:
    """The snapshot that main is at."""
    return branch_of(table, MAIN)


def branch_of(table: Table, branch: str) -> int | None:
    """The snapshot that a branch is at."""
    ref = table.metadata.refs.get(branch)
    return None if ref is None else ref.snapshot_id


def requires(table: Table, branches: Mapping[str, int | None]) -> tuple[TableRequirement, ...]:
    """Require that it is the same table and that each of the branches is where it was seen."""
    refs = [AssertRefSnapshotId.model_validate({"ref": name, "snapshot-id": at}) for name, at in branches.items()]
    return (AssertTableUUID(uuid=table.metadata.table_uuid), *refs)


def commit(
    catalog: SqlCatalog, table: Table, requirements: Sequence[TableRequirement], updates: Sequence[TableUpdate]
) -> Table:
    """Commit once, without a retry.

    Raises:
        CommitFailedException: Where a requirement is not met or another commit came first.
    """
    done = catalog.commit_table(table, tuple(requirements), tuple(updates))
    kept = {entry.metadata_file for entry in done.metadata.metadata_log}
    for entry in table.metadata.metadata_log:
        if entry.metadata_file not in kept:
            _forget(table, entry.metadata_file)
    return Table(table.name(), done.metadata, done.metadata_location, table.io, catalog)


def commit_steadily(
    catalog: SqlCatalog, table: Table, requirements: Sequence[TableRequirement], updates: Sequence[TableUpdate]
) -> Table:
    """Commit, and again as long as only something else came first and the requirements still hold.

    Raises:
        Overtaken: Where a requirement is not met.
    """
    for attempt in range(ATTEMPTS):
        try:
            return commit(catalog, table, requirements, updates)
        except CommitFailedException as error:
            table = catalog.load_table(table.name())
            if attempt == ATTEMPTS - 1 or not holds(table, requirements):
                raise Overtaken(str(error)) from error
    raise AssertionError("unreachable: the last attempt returns or raises")


def holds(table: Table, requirements: Sequence[TableRequirement]) -> bool:
    """Whether the requirements are met by a table as it was loaded."""
    try:
        for requirement in requirements:
            requirement.validate(table.metadata)
    except CommitFailedException:
        return False
    return True


def _forget(table: Table, metadata_file: str) -> None:
    with suppress(FileNotFoundError):  # another publisher's commit has cleared it away already
        table.io.delete(metadata_file)


def _newest(metadata: TableMetadata) -> int:
    return max(schema.schema_id for schema in metadata.schemas)
