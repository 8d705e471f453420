"""How good churn probabilities are: as a ranking, as probabilities, and in money."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

Floats = npt.NDArray[np.float64]

BINS = 10
ADDRESSED_SHARE = 0.1
"""The share of the customers that the retention budget reaches, in the comparison of models."""
KEPT_SHARE = 0.1
"""How many of those about to leave an offer keeps, and
CONTACT_EUR what it costs: round assumptions in the manner of Neslin et al. 2006 ("Defection Detection"), the same for
every model compared. What offers really change is measured from hold-outs, see `uplift`."""
CONTACT_EUR = 1.0
MARGIN = 0.35
"""The share of a purchase's net amount that is left after the cost of the goods: the house's planning figure."""


def average_precision(churned: Floats, probability: Floats, weight: Floats) -> float:
    """Average precision with weighted rows; without a churner it is 0."""
    if not (weight[churned > 0] > 0).any():
        return 0.0
    return float(average_precision_score(churned, probability, sample_weight=weight))


def metrics(rows: pl.DataFrame, probability: Floats) -> dict[str, float]:
    """All figures of a set of labelled rows."""
    churned = rows["churned"].to_numpy().astype(np.float64)
    top = np.argsort(-probability, kind="stable")[: max(1, round(len(churned) * ADDRESSED_SHARE))]
    return {
        "average precision": average_precision(churned, probability, np.ones(len(churned))),
        "AUC": float(roc_auc_score(churned, probability)),
        "log loss": float(log_loss(churned, probability, labels=[0, 1])),
        "Brier": float(brier_score_loss(churned, probability)),
        "calibration error": calibration_error(churned, probability),
        "churn rate": float(churned.mean()),
        "mean probability": float(probability.mean()),
        "lift of the top tenth": float(churned[top].mean() / churned.mean()),
        "profit at the budget, EUR": profit_at_budget(rows, probability),
    }


def calibration_error(churned: Floats, probability: Floats) -> float:
    """Mean distance between promised and found shares, over ten bins of equally many rows."""
    bins = np.array_split(np.argsort(probability, kind="stable"), BINS)
    gaps = [len(b) * abs(float(churned[b].mean() - probability[b].mean())) for b in bins if len(b)]
    return float(sum(gaps) / len(churned))


def profit_at_budget(rows: pl.DataFrame, probability: Floats) -> float:
    """The profit of addressing those with the most at risk, as their labels turned out.

    A churner who is kept goes on buying as in the 56 days before; addressing anybody costs the same.
    """
    worth = rows["amount_56d"].to_numpy() * MARGIN * KEPT_SHARE
    addressed = np.argsort(-probability * worth, kind="stable")[: round(len(worth) * ADDRESSED_SHARE)]
    churned = rows["churned"].to_numpy()[addressed]
    return float((worth[addressed] * churned - CONTACT_EUR).sum())
