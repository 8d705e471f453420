"""What a practitioner looks at: calibration, precision against recall, and what the model goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve

from mesh_customers.ml.churn.metrics import BINS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mesh_customers.ml.churn.metrics import Floats

SHOWN = 15


def calibration(churned: Floats, probability: Floats) -> Figure:
    """Found against promised shares of churners, in ten bins of equally many customers."""
    figure = Figure(figsize=(5, 5), layout="tight")
    axes = figure.subplots()
    bins = [b for b in np.array_split(np.argsort(probability, kind="stable"), BINS) if len(b)]
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    axes.plot([probability[b].mean() for b in bins], [churned[b].mean() for b in bins], marker="o")
    axes.set(xlabel="predicted share of churners", ylabel="found share", title="Calibration")
    return figure


def precision_recall(churned: Floats, curves: Mapping[str, Floats]) -> Figure:
    """Precision against recall, the baselines beside the model.

    Args:
        churned: The labels.
        curves: Name → probabilities.
    """
    figure = Figure(figsize=(5, 5), layout="tight")
    axes = figure.subplots()
    for name, probability in curves.items():
        precision, recall, _ = precision_recall_curve(churned, probability)
        axes.plot(recall, precision, label=name)
    axes.axhline(float(churned.mean()), color="grey", linewidth=1, label="by lot")
    axes.set(xlabel="recall", ylabel="precision", title="Churners found", ylim=(0, 1))
    axes.legend()
    return figure


def importance(shares: Mapping[str, float]) -> Figure:
    """The inputs with the largest shares in what the model does."""
    figure = Figure(figsize=(6, 5), layout="tight")
    axes = figure.subplots()
    shown = list(shares.items())[:SHOWN][::-1]
    axes.barh([name for name, _ in shown], [share for _, share in shown])
    axes.set(xlabel="share of weights and gains", title="What the model goes by")
    return figure
