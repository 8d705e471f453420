"""The churn model as the platform knows it; what fits and predicts is imported when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from mesh_customers.ml.churn import examples
from mesh_customers.ml.churn.features import FEATURES, LABEL_DAYS, collect
from mesh_platform.errors import MissingFeature
from mesh_platform.ml import Check, Examples, Explanation, Metric, Recipe

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import numpy.typing as npt
    from matplotlib.figure import Figure

    from mesh_platform.lake import Pinned
    from mesh_platform.ml import Making
    from mesh_platform.ml.recipe import Fitted


class Churn(Recipe):
    """Who, of those who bought lately, will buy nothing in the next 60 days."""

    name = "churn"
    purpose = (
        "Tells of each customer who bought in the last 56 days how likely no purchase follows in the next 60, to "
        "decide whom an offer may keep. Not for prices, service levels or credit; not for customers silent for longer, "
        "who have as good as churned already; and a high risk alone is no reason to send anything: what an offer "
        "changes is."
    )
    tables = ("customers.customer_360", "customers.customers", "sales.orders", "marketing.sessions")
    feature_table = "customers.customer_360"
    metric = Metric("average precision")
    unit = "customer_id"
    needs_days = examples.NEEDS_DAYS
    segments = ("region",)
    live = "mesh_customers.ml.churn.live:LIVE"

    def examples(self, tables: Pinned, as_of: datetime) -> Examples:
        """Collect customers at several cut-offs; see the module `examples` for how they are split, and why."""
        return examples.examples(tables, as_of)

    def fit(self, examples_: Examples, seed: int) -> Fitted:
        """Fit BG/NBD, gamma-gamma, regression, trees and their calibration."""
        from mesh_customers.ml.churn import model

        return model.fit(examples_.train, tuple(examples_.features), LABEL_DAYS, seed)

    def predict(self, fitted: Fitted, rows: pl.DataFrame) -> pl.DataFrame:
        """Predict the probability of no purchase, and what it implies."""
        from mesh_customers.ml.churn import model

        return model.predict(fitted, rows)

    def baselines(self, examples_: Examples) -> dict[str, pl.DataFrame]:
        """The recency rule, and BG/NBD by itself."""
        from mesh_customers.ml.churn import baselines

        train, rows = examples_.train, examples_.holdout
        return {
            "recency rule": baselines.by_recency(train, rows),
            "BG/NBD": baselines.by_bgnbd(train, rows, LABEL_DAYS),
        }

    def measure(self, rows: pl.DataFrame, predictions: pl.DataFrame, weight: npt.NDArray[np.float64]) -> float:
        """Average precision."""
        from mesh_customers.ml.churn import metrics

        return metrics.average_precision(_labels(rows), predictions["probability"].to_numpy(), weight)

    def judge(self, rows: pl.DataFrame, predictions: pl.DataFrame) -> dict[str, float]:
        """Ranking, probabilities, money."""
        from mesh_customers.ml.churn import metrics

        return metrics.metrics(rows, predictions["probability"].to_numpy())

    def behaviours(self, fitted: Fitted, examples_: Examples) -> tuple[Check, ...]:
        """Invariance to ids and order; silence raises the risk, a filled cart doesn't."""
        from mesh_customers.ml.churn import behaviour

        return behaviour.behaviours(fitted, examples_.holdout)

    def fairness(self, rows: pl.DataFrame, predictions: pl.DataFrame) -> tuple[Check, ...]:
        """Calibration and false alarms by age band and region."""
        from mesh_customers.ml.churn import fairness

        return fairness.fairness(rows, predictions["probability"])

    def plots(self, fitted: Fitted, examples_: Examples, predictions: pl.DataFrame) -> dict[str, Figure]:
        """Calibration, precision and recall beside the baselines, importance."""
        from mesh_customers.ml.churn import model, plots

        labels, own = _labels(examples_.holdout), predictions["probability"].to_numpy()
        others = {name: p["probability"].to_numpy() for name, p in self.baselines(examples_).items()}
        return {
            "calibration": plots.calibration(labels, own),
            "precision and recall": plots.precision_recall(labels, {self.name: own, **others}),
            "importance": plots.importance(model.importance(fitted)),
        }

    def score(self, fitted: Fitted, making: Making) -> pl.DataFrame:
        """Make the newest day's rows of customers.churn_risk."""
        from mesh_customers.ml.churn import scoring

        return scoring.score(fitted, making)

    def explain(self, fitted: Fitted, tables: Pinned, row: Mapping[str, Any]) -> Explanation:
        """Explain a published row in log odds, from the features as known when it was made.

        Raises:
            MissingFeature: Where the snapshots no longer hold the customer's purchases.
        """
        from mesh_customers.ml.churn import model

        at = pl.Series("at", [row["predicted_from"]], dtype=pl.Datetime("us", "UTC"))
        found = collect(tables, pl.DataFrame({"customer_id": [row["customer_id"]]}).with_columns(at))
        if found["repeats"].null_count():
            raise MissingFeature(
                f"churn: the pinned sales.orders holds no purchase of the customer before {row['predicted_from']} "
                "(rule: those that the prediction was made from); explain it from the snapshots that it names"
            )
        seen = found.select(FEATURES).row(0, named=True)
        return Explanation(seen, model.explain(fitted, found), "log odds")


RECIPE = Churn()


def _labels(rows: pl.DataFrame) -> npt.NDArray[np.float64]:
    return np.asarray(rows["churned"].to_numpy(), np.float64)
