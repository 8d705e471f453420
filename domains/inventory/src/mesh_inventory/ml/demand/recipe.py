"""The demand forecast as a recipe: examples, trees, gate, plots, predictions and their reasons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from mesh_inventory.ml.demand import examples as collecting
from mesh_inventory.ml.demand import model
from mesh_inventory.ml.demand.baselines import NAMES, baseline_forecast
from mesh_inventory.ml.demand.behaviour import check_behaviours
from mesh_inventory.ml.demand.design import FEATURES, HORIZON_DAYS, ahead_of, design
from mesh_inventory.ml.demand.judge import judge, weighted_pinball
from mesh_inventory.ml.demand.panel import SERIES
from mesh_platform.errors import TooFewExamples
from mesh_platform.ml import Check, Examples, Explanation, Metric, Recipe

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from matplotlib.figure import Figure

    from mesh_platform.lake import Pinned
    from mesh_platform.ml import Making
    from mesh_platform.ml.recipe import Fitted


class DemandRecipe(Recipe):
    """One model for every sku at every location, 28 days ahead, with intervals."""

    name: ClassVar[str] = "demand"
    purpose: ClassVar[str] = (
        "Forecasts how many pieces customers will ask for, by sku, location and day, 28 days ahead, to decide what to "
        "order. It forecasts demand, not sales: it does not know whether there will be stock. Not for single "
        "customers, not for new assortments without any history, and not for what a promotion would change."
    )
    tables: ClassVar[tuple[str, ...]] = (collecting.TABLE,)
    feature_table: ClassVar[str] = collecting.TABLE
    metric: ClassVar[Metric] = Metric("pinball loss", higher_is_better=False)
    unit: ClassVar[str] = "sku"
    needs_days: ClassVar[int] = collecting.NEEDS_DAYS
    live: ClassVar[str] = "mesh_inventory.ml.demand.live:LIVE"

    def examples(self, tables: Pinned, as_of: datetime) -> Examples:
        """Collect what was known on every day, and what was sold up to 28 days later."""
        return collecting.collect(tables, as_of)

    def fit(self, examples: Examples, seed: int) -> Fitted:
        """Fit trees and width of the intervals on the training rows."""
        return model.fit(examples.train, seed)

    def predict(self, fitted: Fitted, rows: pl.DataFrame) -> pl.DataFrame:
        """Forecast mean, standard deviation and quantiles."""
        return model.predict(fitted, rows)

    def baselines(self, examples: Examples) -> dict[str, pl.DataFrame]:
        """Seasonal naive, exponential smoothing and Croston's method, made from the days before the hold-out."""
        return {name: baseline_forecast(examples.holdout, name) for name in NAMES}

    def measure(self, rows: pl.DataFrame, predictions: pl.DataFrame, weight: npt.NDArray[np.float64]) -> float:
        """The mean pinball loss in pieces."""
        return weighted_pinball(rows, predictions, weight)

    def judge(self, rows: pl.DataFrame, predictions: pl.DataFrame) -> dict[str, float]:
        """Pinball loss, RMSSE, WAPE, bias, coverage."""
        return judge(rows, predictions)

    def behaviours(self, fitted: Fitted, examples: Examples) -> tuple[Check, ...]:
        """More sold means more forecast; a promotion lowers nothing; names mean nothing."""
        return check_behaviours(fitted, examples.holdout)

    def fairness(self, rows: pl.DataFrame, predictions: pl.DataFrame) -> tuple[Check, ...]:
        """None: nothing is decided about people."""
        return ()

    def plots(self, fitted: Fitted, examples: Examples, predictions: pl.DataFrame) -> dict[str, Figure]:
        """Forecast against actual, calibration, importance."""
        from mesh_inventory.ml.demand.plots import draw

        return draw(fitted, examples.holdout, predictions)

    def score(self, fitted: Fitted, making: Making) -> pl.DataFrame:
        """Forecast every series that was ever at its location, from the newest day on.

        Raises:
            TooFewExamples: Where the newest day has no features.
        """
        today = (making.known_until - timedelta(days=1)).date()
        known = collecting.read(making.tables, [today])
        if known.is_empty():
            raise TooFewExamples(
                f"demand: no features of {today} (rule: features of the newest day); make {collecting.TABLE} first"
            )
        rows = design(ahead_of(known.drop(collecting.OUTCOME), HORIZON_DAYS))
        return rows.select(
            *SERIES,
            "day",
            forecast_on="origin",
            horizon_days=pl.col("horizon_days").cast(pl.Int64),
        ).hstack(model.predict(fitted, rows))

    def explain(self, fitted: Fitted, tables: Pinned, row: Mapping[str, Any]) -> Explanation:
        """Explain a forecast by what moves it away from the series' level and weekday."""
        known = collecting.read(tables, [row["forecast_on"]]).filter(sku=row["sku"], location_id=row["location_id"])
        rows = design(ahead_of(known.drop(collecting.OUTCOME), HORIZON_DAYS)).filter(day=row["day"])
        if rows.is_empty():
            raise TooFewExamples(
                f"demand: no features of {row['sku']} at {row['location_id']} on {row['forecast_on']} "
                f"(rule: one row); they were not in {collecting.TABLE} when it was forecast"
            )
        parts = model.contributions(fitted, rows)
        values = {name: rows[name][0] for name in ("expected", *FEATURES)}
        return Explanation(
            values, tuple(sorted(parts.items(), key=lambda one: -abs(one[1]))), "log of the ratio to `expected`"
        )


RECIPE = DemandRecipe()
