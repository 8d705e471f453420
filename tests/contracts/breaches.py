"""Rows that break a contract: each rule of it, one at a time, by as little as possible."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from mesh_platform.contract import Contract, shape_of
from mesh_platform.contract.audit.rules import rules_of, unique_sets
from tests.contracts.rows import applied, broken, conditions, good_rows, replacements
from tests.contracts.values import forbidden

UNKNOWN = {pl.String: "nobody has this value"}
"""A value that no referenced table holds, by type."""
_WAYS = 3
"""Ways in which a row rule is broken."""


@dataclass
class Batch:
    """Good rows, of which some were made bad.

    Args:
        good: The rows before.
        rows: The rows now.
        aimed_at: The rules that a row was made to break.
        spoilt: The rows that were changed, for each row is spoilt in one way only.
    """

    good: pl.DataFrame
    rows: list[dict[str, Any]]
    aimed_at: set[str] = field(default_factory=set)
    spoilt: set[int] = field(default_factory=set)

    def spoil(self, rule: str, changes: dict[str, Any], among: Iterator[int] | None = None) -> bool:
        """Change a row that is good so far; False where none is left."""
        row = next((n for n in (among or range(1, len(self.rows))) if n not in self.spoilt), None)
        if row is None:
            return False
        self.rows[row] |= changes
        self.spoilt.add(row)
        self.aimed_at.add(rule)
        return True


def spoilt_rows(contract: type[Contract], count: int) -> Batch:
    """Make rows that keep a contract, then break each of its rules that is about rows."""
    good = good_rows(contract, count)
    batch = Batch(good, good.to_dicts())
    for name, column, value in _values(contract):
        batch.spoil(name, {column: value})
    for condition in conditions(contract):
        _break_condition(contract, condition, batch)
    for name, columns in _uniqueness(contract):
        batch.spoil(name, {column: batch.rows[0][column] for column in columns})
    return batch


def _values(contract: type[Contract]) -> Iterator[tuple[str, str, Any]]:
    """Rule, column and value that breaks it, for rules of one column."""
    shape, schema = shape_of(contract), contract.to_schema()
    for (kind, column, number), rule in rules_of(contract).items():
        if column is None:
            continue
        if kind == "present":
            yield rule.name, column, None
        if kind == "known" and shape.schema[column] == pl.String:
            yield rule.name, column, UNKNOWN[pl.String]
        if kind == "check":
            for value in forbidden(contract, column, schema.columns[column].checks[number]):
                yield rule.name, column, value


def _uniqueness(contract: type[Contract]) -> Iterator[tuple[str, list[str]]]:
    rules = rules_of(contract)
    yield rules["key", None, 0].name, list(shape_of(contract).key)
    for number, columns in enumerate(unique_sets(contract)):
        yield rules["unique", None, number].name, columns
    for (kind, column, _), rule in rules.items():
        if kind == "unique" and column is not None:
            yield rule.name, [column]


def _break_condition(contract: type[Contract], name: str, batch: Batch) -> None:
    """Break one row rule and no other, in rows of the batch that are good."""
    ways = 0
    for column, value in replacements(contract, conditions(contract)[name]):
        changed = applied(contract, batch.good, column, value)
        if changed is None or changed.select(shape_of(contract).key).is_duplicated().any():
            continue
        found = broken(contract, changed)
        alone = (found[name] > 0) & (found.sum_horizontal() == found[name])
        ways += any(batch.spoil(name, {column: changed[column][row]}, iter([row])) for row in alone.arg_true())
        if ways == _WAYS:
            return


def frame_of(contract: type[Contract], rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Make a frame of the contract's types."""
    return pl.DataFrame(rows, schema=shape_of(contract).schema, orient="row")
