"""What any sensible demand forecast does, whatever it has learnt."""

from __future__ import annotations

import numpy as np
import polars as pl

from mesh_inventory.ml.demand.design import PLANNED
from mesh_inventory.ml.demand.distribution import QUANTILES
from mesh_inventory.ml.demand.model import Fitted, predict
from mesh_inventory.ml.demand.panel import SERIES
from mesh_platform.ml import Check

ROWS = 20_000
"""Enough rows to find a broken promise, few enough to take no time."""
TWICE = np.log(2)
LEAST_RISE = 1.2
"""A series that sold twice as much is forecast at least so many times as high; trees may dampen, not undo."""


def check_behaviours(fitted: Fitted, holdout: pl.DataFrame) -> tuple[Check, ...]:
    """Test the model on changed copies of hold-out rows."""
    rows = holdout.gather_every(max(1, len(holdout) // ROWS))
    plain = predict(fitted, rows)
    return (
        _a_scaled_up_history_raises_the_forecast(fitted, rows, plain),
        _a_promotion_lowers_nothing(fitted, rows, plain),
        _names_mean_nothing(fitted, rows, plain),
        _quantiles_are_in_order(plain),
    )


def _a_scaled_up_history_raises_the_forecast(fitted: Fitted, rows: pl.DataFrame, plain: pl.DataFrame) -> Check:
    """Ratios stay as they are when everything doubles; the level and the expectation double."""
    doubled = rows.with_columns(pl.col("expected") * 2, pl.col("log_level") + TWICE)
    ratio = predict(fitted, doubled)["mean"] / plain["mean"]
    risen = float(np.mean(ratio.to_numpy() > 1))
    mean = float(np.mean(ratio.to_numpy()))
    return Check(
        "twice the sales raise the forecast", risen > 0.99 and mean >= LEAST_RISE, f"{risen:.1%} rise, {mean:.2f} times"
    )


def _a_promotion_lowers_nothing(fitted: Fitted, rows: pl.DataFrame, plain: pl.DataFrame) -> Check:
    promoted = predict(fitted, rows.with_columns(pl.lit(0.3, pl.Float32).alias(PLANNED)))
    without = predict(fitted, rows.with_columns(pl.lit(0.0, pl.Float32).alias(PLANNED)))
    ratio = (promoted["mean"] / without["mean"]).to_numpy()
    return Check(
        "a promotion that goes on lowers no forecast",
        bool(ratio.min() >= 1 - 1e-9),
        f"30% off: {ratio.min():.3f} to {ratio.max():.3f} times",
    )


def _names_mean_nothing(fitted: Fitted, rows: pl.DataFrame, plain: pl.DataFrame) -> Check:
    renamed = rows.with_columns(pl.format("x{}", name).alias(name) for name in SERIES)
    same = bool(predict(fitted, renamed).equals(plain))
    return Check("renamed skus and locations are forecast alike", same, "equal" if same else "they differ")


def _quantiles_are_in_order(plain: pl.DataFrame) -> Check:
    falls = int((np.diff(plain.select(QUANTILES).to_numpy(), axis=1) < 0).sum())
    return Check("quantiles never fall", falls == 0, f"{falls} falls in {len(plain)} rows")
