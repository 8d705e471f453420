"""What an experiment of a size could have found, and the size that finds what is worth finding."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from mesh_platform.errors import TooFewExamples, UserError
from mesh_platform.experiments.metrics import Mean, Metric, Proportion, tea
from mesh_platform.experiments.outcomes import FEWEST_UNITS, check_values


@dataclass(frozen=True, slots=True)
class Detectable:
    """The smallest true effect that would mostly be found.

    Args:
        difference: In the metric's unit.
        lift: As a share of the metric's value; None where that is zero.
    """

    difference: float
    lift: float | None


def detectable(
    rows: pl.DataFrame,
    metric: Metric,
    *,
    variant_per_control: float = 1.0,
    power: float = 0.8,
    confidence: float = 0.95,
) -> Detectable:
    """The minimum detectable effect of a two-sided test with as many units as there are rows.

    Args:
        rows: One row a unit, of control and variant together.
        metric: What is compared.
        variant_per_control: Units of the variant for each of the control.
        power: The chance to find such an effect.
        confidence: One less the chance to find one where there is none.

    Raises:
        TooFewExamples: Where there are no two units, or all are alike.
        UserError: Where an argument is out of its range.
    """
    _check(rows, metric, power, confidence, variant_per_control)
    asked = tea(_mean_of(metric), confidence, power=power, ratio=variant_per_control)
    (found,) = asked.solve_power(_numbers(rows, metric), "effect_size")
    difference = abs(float(found.effect_size))
    share = abs(float(found.rel_effect_size))
    return Detectable(difference, share if share < float("inf") else None)


def units_needed(
    rows: pl.DataFrame,
    metric: Metric,
    *,
    lift: float,
    variant_per_control: float = 1.0,
    power: float = 0.8,
    confidence: float = 0.95,
) -> int:
    """How many units, of control and variant together, would mostly find a lift.

    Args:
        rows: One row a unit of an earlier time, for the metric's value and variance.
        metric: What will be compared.
        lift: The effect worth finding, as a share of the metric's value; not zero.
        variant_per_control: Units of the variant for each of the control.
        power: The chance to find it.
        confidence: One less the chance to find one where there is none.

    Raises:
        TooFewExamples: Where there are no two units, or all are alike.
        UserError: Where an argument is out of its range.
    """
    _check(rows, metric, power, confidence, variant_per_control)
    if lift == 0:
        raise UserError("power: lift 0 (rule: not 0); no number of units finds an effect that isn't there")
    asked = tea(_mean_of(metric), confidence, power=power, ratio=variant_per_control, rel_effect_size=lift)
    (found,) = asked.solve_power(_numbers(rows, metric), "n_obs")
    return int(found.n_obs)


def _mean_of(metric: Metric) -> Metric:
    """A share is the mean of zeros and ones; tea-tasting solves the power of means."""
    return Mean(metric.value) if isinstance(metric, Proportion) else metric


def _numbers(rows: pl.DataFrame, metric: Metric) -> pl.DataFrame:
    return rows.select(pl.col(metric.columns).cast(pl.Float64))


def _check(rows: pl.DataFrame, metric: Metric, power: float, confidence: float, ratio: float) -> None:
    for name, value, fits in (
        ("power", power, 0 < power < 1),
        ("confidence", confidence, 0 < confidence < 1),
        ("variant_per_control", ratio, ratio > 0),
    ):
        if not fits:
            rule = "> 0" if name == "variant_per_control" else "between 0 and 1"
            raise UserError(f"power: {name} {value} (rule: {rule}); choose another")
    check_values(rows, [metric])
    if rows.height < FEWEST_UNITS or rows[metric.columns[0]].n_unique() == 1:
        raise TooFewExamples(
            f"power: {rows.height} units with {rows[metric.columns[0]].n_unique()} different values of "
            f"'{metric.columns[0]}' (rule: units that differ); give outcomes of an earlier time"
        )
