"""Experiment results: every experiment that web analytics saw, variant by variant; the statistics are next door."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from mesh_marketing.ml.experiments_comparison import (
    METRICS,
    Found,
    comparisons,
    control_of,
    estimate,
    is_broken,
    split,
    winners,
)
from mesh_marketing.products.experiment_results import ExperimentResults
from mesh_platform.contract import shape_of

if TYPE_CHECKING:
    from mesh_platform.ml.making import Making

VALUE_DAYS = 60
"""How long a visitor's orders count for value_60d; the mart's SQL has the number, too."""
OVER_AFTER = timedelta(days=2)
"""An experiment that nobody saw for so long is over; no system tells its end. A shop has no day without visitors."""


def results(making: Making) -> pl.DataFrame:
    """Make the rows of marketing.experiment_results."""
    visitors = making.tables.sql("select * from marts.fct_experiment_visitors")
    return results_of(visitors, making.known_until)


def results_of(visitors: pl.DataFrame, known_until: datetime) -> pl.DataFrame:
    """Compare the variants of every experiment.

    Args:
        visitors: The rows of fct_experiment_visitors: an experiment and visitor each.
        known_until: The end of the newest day that the mesh knows.

    Returns:
        One row an experiment, variant and metric, as the product's contract says.
    """
    schema = shape_of(ExperimentResults).schema
    numbers = [pl.col("order_value", "value_60d", "value_before").cast(pl.Float64)]
    ready = visitors.with_columns(*numbers, converted=(pl.col("orders") > 0).cast(pl.Int64))
    each = ready.sort("experiment_id", "visitor_id").partition_by("experiment_id", maintain_order=True)
    rows = [row for experiment in each for row in _rows(experiment, known_until)]
    return pl.DataFrame(rows, schema=schema, orient="row")


def ripe(last_seen_at: datetime, known_until: datetime) -> list[str]:
    """The metrics that can be told of an experiment; none while it runs."""
    if known_until - last_seen_at < OVER_AFTER:
        return []
    if known_until - last_seen_at < timedelta(days=VALUE_DAYS):
        return [name for name in METRICS if name != "value_60d"]
    return list(METRICS)


def _rows(experiment: pl.DataFrame, known_until: datetime) -> list[dict[str, Any]]:
    """The rows of one experiment."""
    first, last = experiment.select(pl.col("first_seen_at").min(), pl.col("last_seen_at").max()).row(0)
    told, p_value = ripe(last, known_until), split(experiment)
    found = {} if is_broken(p_value) else comparisons(experiment, told)
    best, control = winners(found), control_of(experiment["variant"].unique().to_list())
    compared = {metric for _, metric in found}
    return [
        {
            "experiment_id": experiment["experiment_id"][0],
            "variant": variant["variant"][0],
            "metric": metric,
            "status": _status(metric, told, is_broken(p_value), metric in compared),
            "winner": (variant["variant"][0], metric) in best,
            "started_on": first.date(),
            "last_seen_on": last.date(),
            "visitors": variant.height,
            "sample_ratio_p_value": p_value,
            "estimate": estimate(variant, metric),
            **_told(found.get((variant["variant"][0], metric)), is_control=variant["variant"][0] == control),
            "known_until": known_until,
        }
        for variant in experiment.sort("variant", "visitor_id").partition_by("variant", maintain_order=True)
        for metric in METRICS
    ]


def _status(metric: str, told: list[str], is_unequal: bool, is_compared: bool) -> str:
    if is_unequal:
        return "sample ratio broken"
    if not told:
        return "running"
    if metric not in told:
        return "too early"
    return "measured" if is_compared else "no comparison"


def _told(found: Found | None, *, is_control: bool) -> dict[str, Any]:
    if found is None:
        return {"verdict": "control" if is_control else None}
    one = found.comparison
    return {
        "verdict": found.verdict,
        "difference": one.difference,
        "difference_low": one.difference_low,
        "difference_high": one.difference_high,
        "lift": one.lift,
        "lift_low": one.lift_low,
        "lift_high": one.lift_high,
        "p_value": one.p_value,
        "p_value_adjusted": found.p_value_adjusted,
        "detectable_lift": found.detectable_lift,
    }
