"""The outcomes that an analysis starts from, refused with a reason where no analysis could be right."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import polars as pl

from mesh_platform.errors import TooFewExamples, UnknownName, UserError
from mesh_platform.experiments.metrics import Metric, Proportion, Ratio

FEWEST_UNITS = 2
"""A variance needs two units; how many an interval needs to be honest is the caller's to say."""


def check_arms(rows: pl.DataFrame, arm: str, control: str) -> dict[str, int]:
    """Count the units of each arm.

    Raises:
        TooFewExamples: Where there is only one arm, or one with too few units.
        UnknownName: Where the arm's column or the control does not exist.
    """
    check_columns(rows, [arm])
    if rows.is_empty():
        raise TooFewExamples("experiment: no units (rule: two arms with outcomes); wait for the first assignments")
    if rows[arm].null_count():
        raise UserError(
            f"experiment: {rows[arm].null_count():,} units have no '{arm}' (rule: each unit has one arm); "
            "leave out those that were not assigned"
        )
    units = {str(name): int(count) for name, count in rows[arm].value_counts().sort(arm).iter_rows()}
    if control not in units:
        raise UnknownName.of(f"arm in '{arm}'", control, list(units))
    if len(units) == 1:
        raise TooFewExamples(
            f"experiment: all {len(rows):,} units are of arm '{control}' (rule: at least two arms); "
            "without a second arm nothing can be compared"
        )
    for name, count in units.items():
        if count < FEWEST_UNITS:
            raise TooFewExamples(
                f"experiment: arm '{name}' has {count} unit (rule: at least {FEWEST_UNITS}); wait for more"
            )
    return units


def check_columns(rows: pl.DataFrame, columns: Iterable[str]) -> None:
    """Refuse columns that do not exist.

    Raises:
        UnknownName: Where one does not.
    """
    for name in columns:
        if name not in rows.columns:
            raise UnknownName.of("column of the outcomes", name, rows.columns)


def check_values(rows: pl.DataFrame, metrics: Collection[Metric]) -> None:
    """Refuse values that a metric can't be made of.

    Raises:
        UnknownName: Where a metric's column does not exist.
        UserError: Where a value is missing or not finite, a share not 0 or 1, or a denominator negative.
    """
    for metric in metrics:
        check_columns(rows, metric.columns)
        for name in metric.columns:
            bad = rows.filter(~pl.col(name).cast(pl.Float64).is_finite().fill_null(value=False)).height
            _refuse(name, bad, rows.height, "are missing or not finite", "a finite number; zero where nothing happened")
        if isinstance(metric, Proportion):
            bad = rows.filter(~pl.col(metric.value).cast(pl.Float64).is_in([0.0, 1.0])).height
            _refuse(metric.value, bad, rows.height, "are neither 0 nor 1", "a share is of yes and no")
        if isinstance(metric, Ratio):
            bad = rows.filter(pl.col(metric.denominator) < 0).height
            _refuse(metric.denominator, bad, rows.height, "are negative", "a denominator is >= 0")


def _refuse(name: str, bad: int, all_of: int, what: str, rule: str) -> None:
    if bad:
        raise UserError(
            f"outcomes.{name}: {bad:,} of {all_of:,} values {what} (rule: {rule}); mend or leave out these units"
        )
