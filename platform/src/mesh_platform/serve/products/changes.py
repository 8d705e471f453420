"""Changes between two snapshots: rows that were added, changed or removed, by the product's key.

Only files that one snapshot has and the other has not are read: a row of a file that both list is in both. So the cost
follows what was published in between. A row that is "changed" differs in a column that the caller sees in clear.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mesh_platform.contract.export.read import PublishedColumn
from mesh_platform.lake.relation import quoted
from mesh_platform.serve.problems import Problem
from mesh_platform.serve.products.asked import CHANGES, Query, asked, parameters, snapshot_or_time
from mesh_platform.serve.products.conditions import Condition, where
from mesh_platform.serve.products.shelf import Shown
from mesh_platform.serve.products.statements import Statement, projected
from mesh_platform.serve.products.views import View

OPERATION: Final = "_operation"
"""The column that says what happened: "added", "changed" or "removed"; of a removed row only the key is told."""


@dataclass(frozen=True, slots=True)
class Since:
    """A question for changes.

    Args:
        since: The state that the asker has.
        until: The state that it wants; None for the current one.
        columns: The columns to give and to compare; None for all that may be read.
        conditions: What rows must fulfil; one that comes to fulfil them is added, one that ceases to is removed.
    """

    since: int | datetime
    until: int | datetime | None
    columns: tuple[str, ...] | None
    conditions: tuple[Condition, ...]


def since(query: Query, columns: Mapping[str, PublishedColumn]) -> Since:
    """Read a question for changes.

    Raises:
        Problem: 422 where a parameter is wrong or `since` is missing.
    """
    said = parameters(query, CHANGES)
    if "since" not in said:
        rule = "a snapshot's id, as the header Mesh-Snapshot told it, or a time"
        raise Problem(422, "missing-parameter", f"since: send {rule}", "since", rule=rule)
    plain = asked([(n, v) for n, v in query if n not in ("since", "until")], columns, CHANGES)
    return Since(
        since=snapshot_or_time(said["since"], "since"),
        until=snapshot_or_time(said["until"], "until") if "until" in said else None,
        columns=plain.columns,
        conditions=plain.conditions,
    )


def changes(old: View, new: View, columns: Sequence[str], held: Sequence[Condition]) -> Statement:
    """Write the query.

    Args:
        old: The state that the asker has.
        new: The state that it wants.
        columns: The columns to give, the key among them.
        held: What rows must fulfil.
    """
    key = new.shown.product.key
    before, after = set(old.files), set(new.files)
    bound: list[Any] = []
    sides = [
        _side(old, [path for path in old.files if path not in after], columns, held, bound),
        _side(new, [path for path in new.files if path not in before], columns, held, bound),
    ]
    same = " and ".join(f"old.{quoted(name)} = new.{quoted(name)}" for name in key)
    clear = [name for name in columns if name not in key and name not in new.hidden]
    differs = " or ".join(f"old.{quoted(name)} is distinct from new.{quoted(name)}" for name in clear) or "false"
    gone = f"new.{quoted(key[0])} is null"
    fresh = f"old.{quoted(key[0])} is null"
    operation = f"case when {fresh} then 'added' when {gone} then 'removed' else 'changed' end"
    picked = [
        f"coalesce(new.{quoted(name)}, old.{quoted(name)}) as {quoted(name)}"
        if name in key
        else f"{projected(new, name, 'new.')} as {quoted(name)}"
        for name in columns
    ]
    sql = (
        f"select {operation} as {quoted(OPERATION)}, {', '.join(picked)} from {sides[0]} as old "
        f"full join {sides[1]} as new on {same} where {fresh} or {gone} or {differs}"
    )
    return Statement(sql, tuple(bound), (OPERATION, *columns))


def with_key(shown: Shown, columns: Sequence[str]) -> tuple[str, ...]:
    """Give the key first, then the other columns.

    Raises:
        Problem: 422 where the product has no key.
    """
    key = shown.product.key
    if not key:
        name = shown.product.full_name
        raise Problem(422, "no-key", f"{name} has no key, so its changes can't be told row by row; read it whole")
    return (*key, *(name for name in columns if name not in key))


def _side(view: View, files: Sequence[str], columns: Sequence[str], held: Sequence[Condition], bound: list[Any]) -> str:
    every = (*held, *view.policy)
    conditions = where(every, bound)
    source = view.relation(files, [*columns, *(c.column for c in every)])
    said = f"(select {', '.join(map(quoted, columns))} from {source}"
    return said + (f" where {' and '.join(conditions)})" if conditions else ")")
