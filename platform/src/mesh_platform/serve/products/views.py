"""A product at one snapshot, as one caller may see it: which files, which columns, what is masked, which rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mesh_platform.errors import UnknownName
from mesh_platform.lake.heads import Head
from mesh_platform.lake.relation import relation_sql
from mesh_platform.lake.snapshots import Snapshot
from mesh_platform.serve.problems import Problem
from mesh_platform.serve.products.conditions import Condition
from mesh_platform.serve.products.shelf import Shown
from mesh_platform.serve.service import Permit


@dataclass(frozen=True, slots=True)
class View:
    """What a caller sees of a product.

    Args:
        shown: The product.
        permit: What the caller may.
        head: The table.
        snapshot: The state that is read.
    """

    shown: Shown
    permit: Permit
    head: Head
    snapshot: Snapshot

    @property
    def is_current(self) -> bool:
        """Whether the state is the one that is current now."""
        return self.head.state.current_id == self.snapshot.snapshot_id

    @property
    def files(self) -> list[str]:
        """The state's files, in the order of its rows."""
        return [file.path for file in self.head.files(self.snapshot.snapshot_id)]

    @property
    def policy(self) -> tuple[Condition, ...]:
        """What every row fulfils that the caller gets."""
        return tuple(Condition.of(each) for each in self.permit.rows)

    @property
    def hidden(self) -> frozenset[str]:
        """The columns that the caller sees masked."""
        return self.shown.personal - self.permit.clear

    def relation(self, files: Sequence[str], columns: Iterable[str]) -> str:
        """Write the table expression of files with some columns in the contract's types.

        Raises:
            Problem: 503 where the state lacks a column that the contract promises in every row.
        """
        there = self.head.columns(self.snapshot.snapshot_id)
        types = {}
        for name in dict.fromkeys(columns):
            column = self.shown.columns[name]
            if name not in there and column.required:
                raise Problem(
                    503,
                    "not-published-yet",
                    f"{self.shown.product.full_name}: this snapshot has no '{name}'; leave it out, or ask again after "
                    "the product's next publish",
                    rule=f"contract {self.shown.product.version} promises it",
                )
            types[name] = column.type
        return relation_sql(files, types)


def given(asked: Sequence[str] | None, permit: Permit) -> tuple[str, ...]:
    """Say which columns are given: those that were asked for, else all that may be read."""
    return tuple(asked) if asked is not None else permit.columns


def refuse_unseen(view: View, columns: Collection[str], use: str) -> None:
    """Refuse to look at columns that the caller can't see, or not in clear: the answer would tell of them.

    Args:
        view: What the caller sees.
        columns: The columns that are looked at.
        use: What for, such as "filter or sort by".

    Raises:
        Problem: 403 naming the first such column.
    """
    name = view.shown.product.full_name
    for column in columns:
        if column not in view.permit.columns:
            raise Problem(403, "column-not-granted", f"{name}: you may not {use} {column}; ask for a grant", column)
        if column in view.hidden:
            raise Problem(
                403,
                "masked-column",
                f"{name}: {column} is masked for you, so you can't {use} it (rule: a mask hides what a question could "
                "tell); leave it out, or ask for a grant that clears it",
                column,
            )


def snapshot_of(head: Head, as_of: int | datetime | None, field: str) -> Snapshot:
    """Find the snapshot that a request means.

    Args:
        head: The table.
        as_of: A snapshot's id or a time; None for the current one.
        field: The parameter that named it.

    Raises:
        Problem: 404 where there was never one, 410 where it is kept no more.
    """
    try:
        return head.snapshot(as_of)
    except UnknownName as error:
        gone = field in ("cursor", "since") or (isinstance(as_of, int) and head.erased(as_of) is not None)
        remedy = "begin again without it" if field in ("cursor", "since") else "ask for one that is kept"
        status, kind = (410, "snapshot-gone") if gone else (404, "unknown-snapshot")
        raise Problem(status, kind, f"{field}: {error}; {remedy}", field) from error
