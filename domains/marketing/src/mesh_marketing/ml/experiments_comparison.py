"""One experiment: its variants compared with the control on every metric, if they may be compared at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from mesh_platform.errors import TooFewExamples
from mesh_platform.experiments import (
    BROKEN_BELOW,
    Comparison,
    Mean,
    Metric,
    Proportion,
    Ratio,
    adjusted,
    compare,
    detectable,
    sample_ratio_p_value,
)

METRICS: Mapping[str, Metric] = {
    "click_through": Ratio("clicks", "impressions"),
    "conversion": Proportion("converted"),
    "order_value": Ratio("order_value", "orders"),
    "value_60d": Mean("value_60d", "value_before"),
}
EVENTS = {"click_through": "clicks", "conversion": "converted", "order_value": "orders", "value_60d": "value_60d"}
"""What must have happened for a metric to be compared."""
FEWEST_VISITORS = 100
FEWEST_EVENTS = 10
"""Visitors with such an event that each of two variants needs: the normal approximation fails below."""
FOUND_BELOW = 0.05
"""The level that adjusted p-values are held against."""


@dataclass(frozen=True, slots=True)
class Found:
    """A comparison with the control, adjusted for its family.

    Args:
        comparison: As it is alone.
        p_value_adjusted: Adjusted over all variants and metrics of the experiment.
        detectable_lift: The smallest lift that would mostly be found.
        verdict: "better", "worse" or "no difference shown".
    """

    comparison: Comparison
    p_value_adjusted: float
    detectable_lift: float | None
    verdict: str


def control_of(variants: list[str]) -> str:
    """The variant that the others are compared with: the one called so, or the first by name."""
    return "control" if "control" in variants else min(variants)


def split(visitors: pl.DataFrame) -> float | None:
    """Test whether the variants are equally large, as the shop draws them; None where there is one."""
    units = {str(name): int(count) for name, count in visitors["variant"].value_counts().iter_rows()}
    return sample_ratio_p_value(units, dict.fromkeys(units, 1.0)) if len(units) > 1 else None


def is_broken(p_value: float | None) -> bool:
    """Whether the split's p-value forbids any comparison."""
    return p_value is not None and p_value < BROKEN_BELOW


def estimate(visitors: pl.DataFrame, metric: str) -> float | None:
    """A variant's own value of a metric."""
    match METRICS[metric]:
        case Ratio(above, below):
            divided = float(visitors[below].sum())
            return float(visitors[above].sum()) / divided if divided else None
        case Mean(value) | Proportion(value):
            return float(visitors[value].sum()) / visitors.height


def comparisons(visitors: pl.DataFrame, metrics: list[str]) -> dict[tuple[str, str], Found]:
    """Compare the variants of an experiment.

    Args:
        visitors: One row a visitor of the experiment: variant and outcomes as numbers.
        metrics: Those that can be told by now; the others count in the adjustment all the same.

    Returns:
        (variant, metric) → what was found; a metric with too few visitors or events is missing.
    """
    variants = visitors["variant"].unique().sort().to_list()
    if len(variants) < 2 or not metrics:
        return {}
    control = control_of(variants)
    every = compare(visitors, {name: METRICS[name] for name in metrics}, arm="variant", control=control)
    told = [c for c in every if c.p_value is not None and _enough(visitors, control, c)]
    unknown = (len(variants) - 1) * len(METRICS) - len(told)
    p_values = adjusted([c.p_value for c in told] + [None] * unknown)
    return {
        (c.variant, c.metric): Found(c, p_value, _detectable(visitors, control, c), _verdict(c, p_value))
        for c, p_value in zip(told, p_values, strict=False)
        if p_value is not None
    }


def winners(found: Mapping[tuple[str, str], Found]) -> set[tuple[str, str]]:
    """The best variant of each metric among those that are better than the control."""
    best: dict[str, Comparison] = {}
    for (_, metric), one in found.items():
        value = one.comparison.difference or 0.0
        if one.verdict == "better" and (metric not in best or value > (best[metric].difference or 0.0)):
            best[metric] = one.comparison
    return {(c.variant, metric) for metric, c in best.items()}


def _enough(visitors: pl.DataFrame, control: str, one: Comparison) -> bool:
    happened = pl.col(EVENTS[one.metric]) > 0
    arms = [visitors.filter(variant=arm) for arm in (control, one.variant)]
    return all(a.height >= FEWEST_VISITORS and a.filter(happened).height >= FEWEST_EVENTS for a in arms)


def _verdict(one: Comparison, p_value: float) -> str:
    if p_value >= FOUND_BELOW:
        return "no difference shown"
    return "better" if (one.difference or 0.0) > 0 else "worse"


def _detectable(visitors: pl.DataFrame, control: str, one: Comparison) -> float | None:
    both = visitors.filter(pl.col("variant").is_in([control, one.variant]))
    try:
        found = detectable(both, METRICS[one.metric], variant_per_control=one.variant_units / one.control_units)
    except TooFewExamples:  # all are alike: there is nothing to find
        return None
    return found.lift
