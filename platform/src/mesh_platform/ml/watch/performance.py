"""Are the predictions still good? Judged when their labels have matured, and with the noise of few rows.

A label often comes late (a chargeback weeks after its order), and the absence of one says nothing until then. So a
prediction counts once its delay has passed, with what was known within that delay: old and young predictions are then
judged alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from mesh_platform.errors import TooFewExamples
from mesh_platform.ml.watch.drift import Status
from mesh_platform.ml.watch.segments import FEWEST_ROWS

if TYPE_CHECKING:
    import polars as pl

    from mesh_platform.ml.recipe import Metric
    from mesh_platform.ml.watch.watched import Judge

TOLERATED_LOSS = 0.1
"""The share of the hold-out's performance that may go before a loss matters; our choice."""
DRAWS = 50
"""Bootstrap draws: enough for a standard deviation within about 10%, and one draw costs one measurement."""
FEWEST_OF_A_CLASS = 20
"""With fewer frauds, say, one that was missed would decide; metrics of one class are defined by convention only."""
SURE = 1.96
"""Standard deviations on each side of a 95% interval."""
SEED = 20_062
"""Of the draws, so that watching the same rows twice says the same."""


@dataclass(frozen=True, slots=True)
class Score:
    """A measured performance.

    Args:
        value: The metric; None where it can't be measured, such as on rows of one class.
        low: The lower end of its 95% interval.
        high: The upper end.
        rows: How many labelled predictions it rests on.
    """

    value: float | None
    low: float | None
    high: float | None
    rows: int


def matured(
    predictions: pl.DataFrame,
    labels: pl.DataFrame,
    *,
    on: str,
    made_at: str,
    known_at: str,
    as_of: datetime,
    delay: timedelta,
    absent: dict[str, object] | None = None,
) -> pl.DataFrame:
    """Join predictions with their labels, once the labels' delay has passed.

    Args:
        predictions: Published predictions.
        labels: At most one row a `on` and time at which it became known; of several the last known in time counts.
        on: The column that both share.
        made_at: The column of the predictions that tells when they were made, an instant.
        known_at: The column of the labels that tells when the mesh knew them, an instant.
        as_of: The time at which this is asked.
        delay: How long after the prediction a label is waited for.
        absent: Label column → its value where no label came, such as {"fraud": False}; without it such rows are left
            out.

    Returns:
        The predictions that have matured, in their order, with the labels' columns.
    """
    import polars as pl

    old = predictions.filter(pl.col(made_at) + delay <= as_of).with_row_index("__row")
    columns = [name for name in labels.columns if name not in (on, known_at)]
    in_time = (
        old.select("__row", on, made_at)
        .join(labels, on=on)
        .filter((pl.col(known_at) <= pl.col(made_at) + delay) & (pl.col(known_at) <= as_of))
        .sort("__row", known_at)
        .unique("__row", keep="last")
        .select("__row", *columns)
    )
    how, fill = ("inner", {}) if absent is None else ("left", absent)
    joined = old.join(in_time, on="__row", how=how).sort("__row").drop("__row")  # type: ignore[arg-type]
    return joined.with_columns(pl.col(name).fill_null(value) for name, value in fill.items())


def measured(recipe: Judge, rows: pl.DataFrame, predictions: pl.DataFrame) -> float | None:
    """Measure the gate's metric; None where the rows don't allow it, being empty or of one class."""
    return _measure(recipe, rows, predictions, np.ones(rows.height)) if rows.height else None


def score(recipe: Judge, rows: pl.DataFrame, label: str = "") -> Score:
    """Measure labelled predictions, with an interval from redrawing the recipe's units.

    Args:
        recipe: Measures.
        rows: Labelled predictions, with what `Recipe.measure` reads of rows and of predictions.
        label: The column of the class, of each of which there must be enough; "" where there are no classes.
    """
    value = measured(recipe, rows, rows) if _has_classes(rows, label) else None
    if value is None:
        return Score(None, None, None, rows.height)
    ranks = rows[recipe.unit].rank("dense").fill_null(0).to_numpy().astype(int)
    units = ranks - ranks.min()
    count = int(units.max()) + 1
    rng = np.random.default_rng(SEED)
    drawn = (rng.multinomial(count, np.full(count, 1 / count))[units].astype(float) for _ in range(DRAWS))
    values = [v for weight in drawn if (v := _measure(recipe, rows, rows, weight)) is not None]
    if len(values) < DRAWS / 2:
        return Score(value, None, None, rows.height)
    spread = SURE * float(np.std(values, ddof=1))
    return Score(value, value - spread, value + spread, rows.height)


def _has_classes(rows: pl.DataFrame, label: str) -> bool:
    if not label:
        return True
    yes = int(rows[label].cast(bool).sum())
    return min(yes, rows.height - yes) >= FEWEST_OF_A_CLASS


def judged(score: Score, limit: float | None, metric: Metric) -> Status:
    """Say whether a score is sure to be beyond a limit (decay), seems to be (watch), or is not (ok).

    Args:
        score: The performance.
        limit: The worst that is good enough; None where it isn't known.
        metric: Which way is better.
    """
    if score.value is None or score.low is None or score.high is None or limit is None or score.rows < FEWEST_ROWS:
        return "unknown"
    better = 1 if metric.higher_is_better else -1
    best = score.high if metric.higher_is_better else score.low
    if better * best < better * limit:
        return "decay"
    return "watch" if better * score.value < better * limit else "ok"


def limit_of(reference: float, metric: Metric) -> float:
    """The worst performance that is still within the tolerated loss."""
    loss = TOLERATED_LOSS * abs(reference)
    return reference - loss if metric.higher_is_better else reference + loss


def best_baseline(metrics: Mapping[str, float], metric: Metric) -> float | None:
    """The best hold-out performance among the baselines, recorded as "<metric> of <baseline>"."""
    found = [value for name, value in metrics.items() if name.startswith(f"{metric.name} of ")]
    return (max if metric.higher_is_better else min)(found, default=None)


def _measure(recipe: Judge, rows: pl.DataFrame, predictions: pl.DataFrame, weight: np.ndarray) -> float | None:
    try:
        value = recipe.measure(rows, predictions, weight)
    except TooFewExamples:
        return None
    return float(value) if np.isfinite(value) else None
