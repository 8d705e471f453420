"""The fraud model as the platform knows it: which orders it learns from, how it is judged, used and explained."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_platform.errors import UnknownName
from mesh_platform.ml import Check, Examples, Explanation, Metric, Recipe
from mesh_platform.ml.recipe import Fitted
from mesh_sales.ml import examples, judging, plots, promises, rules
from mesh_sales.ml.decision import decide, threshold
from mesh_sales.ml.features import orders
from mesh_sales.ml.model import contributions, fit, probabilities
from mesh_sales.ml.reasons import words
from mesh_sales.ml.score import score

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mesh_platform.lake import Pinned
    from mesh_platform.ml import Making


class FraudRecipe(Recipe):
    """How likely an order is a fraud, and what to do about it."""

    name = "fraud"
    purpose = (
        "Tells how likely an order is a fraud, so that it is accepted, reviewed or declined at the least expected "
        "cost. Not for judging people: not for credit, prices or service, nor for closing an account without a review."
    )
    tables = ("sales.order_features", "sales_raw.fraud_reports", "customers.customers")
    feature_table = "sales.order_features"
    metric = Metric("average precision")
    unit = "buyer"
    needs_days = examples.NEEDS_DAYS
    segments = ("channel", "region")
    live = "mesh_sales.ml.live:LIVE"

    def examples(self, tables: Pinned, as_of: datetime) -> Examples:
        """Collect orders with the frauds that were known of them; see `mesh_sales.ml.examples`."""
        return examples.collect(tables, as_of)

    def fit(self, examples: Examples, seed: int) -> Fitted:
        """Fit trees, calibration and the threshold of reviews."""
        fitted, late = fit(examples.train, examples.features, seed)
        return {**fitted, "least_saving": threshold(late)}

    def predict(self, fitted: Fitted, rows: pl.DataFrame) -> pl.DataFrame:
        """Predict `probability`, `decision` and `expected_loss`."""
        return decide(rows, probabilities(fitted, rows), float(fitted["least_saving"]))

    def baselines(self, examples: Examples) -> dict[str, pl.DataFrame]:
        """The amount rule and the velocity rule."""
        return {
            "amount rule": rules.amount_rule(examples.holdout),
            "velocity rule": rules.velocity_rule(examples.holdout),
        }

    def measure(self, rows: pl.DataFrame, predictions: pl.DataFrame, weight: npt.NDArray[np.float64]) -> float:
        """Average precision."""
        return judging.average_precision(rows, predictions, weight)

    def judge(self, rows: pl.DataFrame, predictions: pl.DataFrame) -> dict[str, float]:
        """Ranking, the review team's day, money, calibration; see `mesh_sales.ml.judging`."""
        return judging.judge(rows, predictions)

    def behaviours(self, fitted: Fitted, examples: Examples) -> tuple[Check, ...]:
        """Names don't matter; velocity, amounts and known frauds don't speak for an order."""
        return promises.behaviours(fitted, examples)

    def fairness(self, rows: pl.DataFrame, predictions: pl.DataFrame) -> tuple[Check, ...]:
        """Honest customers of every age band and region are bothered about equally often."""
        return promises.fairness(rows, predictions)

    def plots(self, fitted: Fitted, examples: Examples, predictions: pl.DataFrame) -> dict[str, Figure]:
        """Calibration, precision and recall, importance."""
        fraud = examples.holdout["fraud"]
        return {
            "calibration": plots.calibration(fraud, predictions["probability"]),
            "precision and recall": plots.precision_recall(fraud, {"model": predictions, **self.baselines(examples)}),
            "importance": plots.importance(fitted),
        }

    def score(self, fitted: Fitted, making: Making) -> pl.DataFrame:
        """Score the orders of the days that are made."""
        return score(fitted, making)

    def explain(self, fitted: Fitted, tables: Pinned, row: Mapping[str, Any]) -> Explanation:
        """Tell what each feature added to an order's log odds.

        Raises:
            UnknownName: Where the feature table lacks the order.
        """
        order = str(row["order_id"])
        quoted = order.replace("'", "''")
        found = orders(tables, f"order_id = '{quoted}'")
        if found.is_empty():
            raise UnknownName(f"no order '{order}' in {self.feature_table}; name one of a published prediction")
        names = list(fitted["features"])
        values = found.select(names).row(0, named=True)
        shares = contributions(fitted, found)[0]
        strongest = np.argsort(-np.abs(shares), kind="stable")
        reasons = tuple((words(names[i], values[names[i]]), float(shares[i])) for i in strongest if shares[i])
        return Explanation(values, reasons, "log odds")


RECIPE = FraudRecipe()
