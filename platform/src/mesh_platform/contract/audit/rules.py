"""The rules of a contract, named: what the audit counts, the orchestrator declares and the documents say.

A rule's name is a plain identifier that stays the same as long as the rule does: `<column>__<rule>` for a column,
the attribute's name for a row rule, one word for the table.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import polars as pl

from mesh_platform.contract.columns import Contract
from mesh_platform.contract.shape import Shape, shape_of
from mesh_platform.errors import BadContract

Kind = Literal[
    "columns", "type", "present", "check", "unique", "known", "key", "row", "min_rows", "max_shrink", "freshness"
]
Slot = tuple[Kind, str | None, int]
"""What identifies a rule within its contract: kind, column, and its number among the column's or table's rules."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One promise of a contract.

    Args:
        name: An identifier, unique within the contract.
        column: The column it is about; None for the whole row or table.
        description: The promise, such as ">= 0".
        wrong: What rows that break it do, such as "are below 0".
    """

    name: str
    column: str | None
    description: str
    wrong: str


_WORDS = {
    "equal_to": ("equals", "= {value}", "are not {value}"),
    "not_equal_to": ("differs", "not {value}", "are {value}"),
    "greater_than": ("above", "> {min_value}", "are not above {min_value}"),
    "greater_than_or_equal_to": ("at_least", ">= {min_value}", "are below {min_value}"),
    "less_than": ("below", "< {max_value}", "are not below {max_value}"),
    "less_than_or_equal_to": ("at_most", "<= {max_value}", "are above {max_value}"),
    "isin": ("one_of", "one of {allowed_values}", "hold another value"),
    "notin": ("none_of", "none of {forbidden_values}", "hold a forbidden value"),
    "str_matches": ("matches", "matches {pattern}", "do not match"),
    "str_contains": ("contains", "contains {pattern}", "do not contain it"),
    "str_startswith": ("starts", "starts with {string}", "start otherwise"),
    "str_endswith": ("ends", "ends with {string}", "end otherwise"),
}
"""Pandera's check → the rule's short name, the promise, and what breaking it is."""


@cache
def rules_of(contract: type[Contract]) -> dict[Slot, Rule]:
    """Name every rule of a contract, in the order in which they are checked.

    Raises:
        BadContract: Where a check can't be answered chunk by chunk.
    """
    shape = shape_of(contract)
    rules: dict[Slot, Rule] = {}
    taken: set[str] = set()
    for slot, rule in _rules(contract, shape):
        name = rule.name
        for number in range(2, 100):
            if name not in taken:
                break
            name = f"{rule.name}_{number}"
        taken.add(name)
        rules[slot] = Rule(name, rule.column, rule.description, rule.wrong)
    return rules


def clock(shape: Shape) -> tuple[str, ...]:
    """Choose the columns that tell how new a table is.

    `ingested_at` where there is one, since a week or a validity begins long before its newest row; else the
    partition's day; else the timestamps.
    """
    if "ingested_at" in shape.names:
        return ("ingested_at",)
    if shape.partition:
        return (shape.partition,)
    return tuple(c.name for c in shape.columns if c.dtype == pl.Datetime)


def _rules(contract: type[Contract], shape: Shape) -> Iterator[tuple[Slot, Rule]]:
    yield ("columns", None, 0), Rule("columns", None, "exactly the contract's columns", "")
    for column in shape.columns:
        yield ("type", column.name, 0), Rule(f"{column.name}__type", column.name, str(column.dtype), "")
    for column in shape.columns:
        if not column.nullable:
            yield (
                ("present", column.name, 0),
                Rule(f"{column.name}__present", column.name, "not null", "are null"),
            )
        yield from _column_checks(contract, column.name)
    yield ("key", None, 0), Rule("key", None, f"one row per {', '.join(shape.key)}", "share their key")
    yield from _table_uniqueness(contract)
    for column_name, target in shape.references.items():
        rule = Rule(f"{column_name}__known", column_name, f"a value of {target}", "point nowhere")
        yield ("known", column_name, 0), rule
    yield from _row_rules(contract)
    yield ("min_rows", None, 0), Rule("min_rows", None, "at least the promised number of rows", "")
    yield ("max_shrink", None, 0), Rule("max_shrink", None, "loses no more rows than tolerated", "")
    if clock(shape):
        yield ("freshness", None, 0), Rule("freshness", None, "as new as promised", "")


def _column_checks(contract: type[Contract], name: str) -> Iterator[tuple[Slot, Rule]]:
    column = contract.to_schema().columns[name]
    for number, check in enumerate(column.checks):
        word, promise, wrong = check_words(check)
        if word == "unique_values_eq":
            raise BadContract(f"{contract.__name__}.{name}: unique_values_eq needs the whole column; use isin")
        yield ("check", name, number), Rule(f"{name}__{word}", name, promise, wrong)
    if column.unique:
        yield ("unique", name, 0), Rule(f"{name}__unique", name, "unique", "repeat a value")


def check_words(check: Any) -> tuple[str, str, str]:
    """Say a Pandera check in words: its short name, its promise, what breaking it is."""
    told = check.statistics or {}
    if check.name == "in_range":
        low = (">=" if told["include_min"] else ">") + f" {told['min_value']}"
        high = ("<=" if told["include_max"] else "<") + f" {told['max_value']}"
        return "between", f"{low} and {high}", "are outside it"
    if check.name == "str_length":
        longest = "any number of" if told.get("max_value") is None else told["max_value"]
        return "length", f"{told.get('min_value') or 0} to {longest} characters", "have another length"
    if check.name in _WORDS:
        word, promise, wrong = _WORDS[check.name]
        said = {k: ", ".join(map(str, v)) if isinstance(v, list | tuple | set) else v for k, v in told.items()}
        return word, promise.format(**said), wrong.format(**said)
    return _identifier(str(check.name)), str(check.error or check.name), "break the rule"


def _table_uniqueness(contract: type[Contract]) -> Iterator[tuple[Slot, Rule]]:
    for number, columns in enumerate(unique_sets(contract)):
        rule = Rule(f"{'_'.join(columns)}__unique", None, f"one row per {', '.join(columns)}", "repeat values")
        yield ("unique", None, number), rule


def unique_sets(contract: type[Contract]) -> list[list[str]]:
    """List the sets of columns that the contract's Config calls unique together."""
    unique = contract.to_schema().unique or []
    return [list(unique)] if all(isinstance(part, str) for part in unique) and unique else [list(u) for u in unique]


def _row_rules(contract: type[Contract]) -> Iterator[tuple[Slot, Rule]]:
    named = _row_rule_attributes(contract)
    for number, check in enumerate(contract.to_schema().checks):
        said = str(check.error or check.name)
        name = named.get(said) or _identifier(said)
        yield ("row", None, number), Rule(name, None, said, "break the rule")


def _row_rule_attributes(contract: type[Contract]) -> dict[str, str]:
    """Map each row rule's condition to the attribute that declares it."""
    names: dict[str, str] = {}
    for klass in reversed(contract.__mro__):
        for attribute, value in vars(klass).items():
            declared = getattr(value, "__dataframe_check_config__", None)
            if declared is not None:
                # Pandera takes the name out when it builds the schema; the error text stays.
                names[str(declared.check_kwargs.get("error") or attribute)] = attribute
    return names


def _identifier(text: str) -> str:
    return re.sub(r"\W+", "_", text).strip("_").lower()[:60] or "rule"
