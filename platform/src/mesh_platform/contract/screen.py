"""Screens typed rows against a contract: which rows break which rule, with which value.

Uses the checks of the contract's own Pandera schema, but all in one pass over the rows, and looks closer only at
those that something breaks. Keys and references need other rows and are not looked at here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from pandera.api.polars.types import PolarsData
from pandera.backends.polars.register import register_polars_backends

from mesh_platform.contract.audit.rules import rules_of
from mesh_platform.contract.columns import Contract
from mesh_platform.contract.shape import shape_of

SCREENED: Final = pl.Schema({"row": pl.UInt32(), "column": pl.String(), "rule": pl.String(), "value": pl.String()})
"""Row (0-based), column (null for rules across columns), the rule such as ">= 0", the value as text."""
_HOLDS: Final = "holds"


@dataclass(frozen=True, slots=True)
class _Test:
    column: str | None
    rule: str
    outcome: pl.LazyFrame  # one boolean a row


def screen(contract: type[Contract], frame: pl.DataFrame) -> pl.DataFrame:
    """Find the rows that break a contract.

    Args:
        contract: What every row promises.
        frame: Rows with the contract's columns and types; other columns are left alone.

    Returns:
        One row a breach (see SCREENED), ordered by row, then by the contract's columns, then its rules across columns.
    """
    tests = [*_columns(contract, frame), *_across(contract, frame)]
    kept = pl.collect_all([test.outcome.select(pl.col(_HOLDS).all()) for test in tests])
    broken = [_breaches(test, frame) for test, held in zip(tests, kept, strict=True) if not held.item()]
    missing = [
        _missing(column.name, frame)
        for column in shape_of(contract).columns
        if not column.nullable and frame[column.name].null_count()
    ]
    order = {name: place for place, name in enumerate(shape_of(contract).names)}
    found = pl.concat([pl.DataFrame(schema=SCREENED), *missing, *broken])
    place = pl.col("column").replace_strict(order, default=len(order), return_dtype=pl.Int64)
    return found.sort("row", place, maintain_order=True)


def _columns(contract: type[Contract], frame: pl.DataFrame) -> Iterator[_Test]:
    rules, lazy = rules_of(contract), frame.lazy()
    for name, column in contract.to_schema().columns.items():
        for number, check in enumerate(column.checks):
            rule = rules["check", name, number].description
            yield _Test(name, rule, _outcome(check, lazy, name))


def _across(contract: type[Contract], frame: pl.DataFrame) -> Iterator[_Test]:
    rules, lazy = rules_of(contract), frame.lazy()
    for number, check in enumerate(contract.to_schema().checks):
        yield _Test(None, rules["row", None, number].description, _outcome(check, lazy, None))


def _outcome(check: Any, lazy: pl.LazyFrame, column: str | None) -> pl.LazyFrame:
    """Ask a Pandera check about every row, without running it yet; what is unknown passes, as Pandera has it."""
    register_polars_backends()
    check(lazy.clear(), column)  # without rows: a check looks its function up when it is first called
    found = check.get_backend(lazy)(check).apply(PolarsData(lazy, column or "*"))
    if not isinstance(found, pl.LazyFrame):
        return pl.LazyFrame({_HOLDS: [bool(found)]})
    name = found.collect_schema().names()[0]
    return found.select(pl.col(name).fill_null(check.ignore_na).alias(_HOLDS))


def _breaches(test: _Test, frame: pl.DataFrame) -> pl.DataFrame:
    holds = test.outcome.collect().to_series()
    shown = frame if len(holds) == frame.height else frame.clear()
    rows = shown.with_row_index("row").filter(~holds).rechunk()  # several chunks make `concat_str` panic
    return rows.select(
        "row",
        pl.lit(test.column, pl.String).alias("column"),
        pl.lit(test.rule).alias("rule"),
        (pl.col(test.column).cast(pl.String) if test.column else _values_in(test.rule, frame)).alias("value"),
    )


def _values_in(rule: str, frame: pl.DataFrame) -> pl.Expr:
    """Show the columns that a rule speaks of: "starts_on=2026-01-02, ends_on=2026-01-01"."""
    try:
        names = [n for n in dict.fromkeys(pl.sql_expr(rule).meta.root_names()) if n in frame.columns]
    except pl.exceptions.PolarsError:  # a rule written in Python says itself in words
        names = []
    shown = [pl.format("{}={}", pl.lit(n), pl.col(n).cast(pl.String).fill_null("")) for n in names]
    return pl.concat_str(shown, separator=", ") if shown else pl.lit(None, pl.String)


def _missing(column: str, frame: pl.DataFrame) -> pl.DataFrame:
    rows = frame.select(column).with_row_index("row").filter(pl.col(column).is_null())
    return rows.select(
        "row", pl.lit(column).alias("column"), pl.lit("not null").alias("rule"), pl.lit(None, pl.String).alias("value")
    )
