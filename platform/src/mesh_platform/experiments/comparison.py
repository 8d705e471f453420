"""Each variant against the control, metric by metric: difference, relative lift, intervals, p-value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from mesh_platform.experiments.metrics import Metric, tea
from mesh_platform.experiments.outcomes import check_arms, check_values


@dataclass(frozen=True, slots=True)
class Comparison:
    """A variant beside the control on one metric; None where the outcomes don't determine a figure.

    Args:
        variant: The variant.
        metric: The metric's name.
        control_units: Units of the control.
        variant_units: Units of the variant.
        control_value: The control's value, at equal covariates where the metric has one.
        variant_value: The variant's value, in the same way.
        difference: Variant less control, in the metric's unit.
        difference_low: Lower end of its interval.
        difference_high: Upper end.
        lift: Difference as a share of the control's value.
        lift_low: Lower end of its interval; the interval is symmetric in the logarithm.
        lift_high: Upper end.
        p_value: Two-sided; of one comparison alone, see `adjusted`.
    """

    variant: str
    metric: str
    control_units: int
    variant_units: int
    control_value: float | None
    variant_value: float | None
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    lift: float | None
    lift_low: float | None
    lift_high: float | None
    p_value: float | None


def compare(
    rows: pl.DataFrame,
    metrics: Mapping[str, Metric],
    *,
    arm: str = "arm",
    control: str = "control",
    confidence: float = 0.95,
) -> list[Comparison]:
    """Compare every variant with the control on every metric.

    Args:
        rows: One row a unit of the random assignment, with its arm and outcomes.
        metrics: Name → metric.
        arm: The column of the arm.
        control: The arm that the others are compared with.
        confidence: The coverage of the intervals.

    Returns:
        Variants in the order of their names, and metrics as they were given.

    Raises:
        TooFewExamples: Where there is only one arm, or one with too few units.
        UnknownName: Where a column or the control does not exist.
        UserError: Where a value is missing, or can't be what the metric says.
    """
    import tea_tasting as tt

    units = check_arms(rows, arm, control)
    check_values(rows, metrics.values())
    needed = {column for metric in metrics.values() for column in metric.columns}
    outcomes = rows.select(pl.col(arm).cast(pl.String), *(pl.col(c).cast(pl.Float64) for c in sorted(needed)))
    made = {name: tea(metric, confidence) for name, metric in metrics.items()}
    with np.errstate(divide="ignore", invalid="ignore"):  # a metric that never varies has no interval: told as None
        found = tt.Experiment(made, variant=arm).analyze(outcomes, control, all_variants=True)
    return [
        _told(variant, name, units[control], units[variant], result)
        for (_, variant), results in found.items()
        for name, result in results.items()
    ]


def _told(variant: str, metric: str, control_units: int, variant_units: int, result: Any) -> Comparison:
    low, high = _known(result.effect_size_ci_lower), _known(result.effect_size_ci_upper)
    lift = _known(result.rel_effect_size)
    determined = low is not None and high is not None
    return Comparison(
        variant=variant,
        metric=metric,
        control_units=control_units,
        variant_units=variant_units,
        control_value=_known(result.control),
        variant_value=_known(result.treatment),
        difference=_known(result.effect_size),
        difference_low=low,
        difference_high=high,
        lift=lift,
        lift_low=_known(result.rel_effect_size_ci_lower) if lift is not None else None,
        lift_high=_known(result.rel_effect_size_ci_upper) if lift is not None else None,
        p_value=_known(result.pvalue) if determined else None,
    )


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
