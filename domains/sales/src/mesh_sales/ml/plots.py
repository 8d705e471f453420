"""Pictures of a fraud model: calibration, precision and recall, importance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from mesh_platform.ml.recipe import Fitted
from mesh_sales.ml.judging import BINS
from mesh_sales.ml.model import booster_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = 20


def calibration(fraud: pl.Series, probability: pl.Series) -> Figure:
    """Promised beside actual frauds; bins are equally wide on the log scale, for most probabilities are tiny."""
    figure, axes = _empty("promised probability", "share of frauds")
    edges = np.geomspace(1e-4, 1, BINS + 1)
    place = np.digitize(probability.to_numpy().clip(1e-4, 1 - 1e-9), edges) - 1
    found = [(probability.to_numpy()[place == b], fraud.to_numpy()[place == b]) for b in range(BINS)]
    points = [(promised.mean(), actual.mean()) for promised, actual in found if len(promised)]
    axes.plot(edges, edges, ":", label="perfect")
    axes.plot(*zip(*points, strict=True), "o-", label="model")
    axes.set_xscale("log")
    axes.set_yscale("symlog", linthresh=1e-4)
    axes.legend()
    return figure


def precision_recall(fraud: pl.Series, predictions: dict[str, pl.DataFrame]) -> Figure:
    """The model's curve beside those of the rules."""
    from sklearn.metrics import precision_recall_curve

    figure, axes = _empty("recall", "precision")
    for name, predicted in predictions.items():
        precision, recall, _ = precision_recall_curve(fraud.to_numpy(), predicted["probability"].to_numpy())
        axes.plot(recall, precision, label=name)
    axes.legend()
    return figure


def importance(fitted: Fitted) -> Figure:
    """The features that reduce the loss most, in shares of the total."""
    gain = booster_of(fitted).feature_importance("gain")
    top = np.argsort(gain)[-SHOWN:]
    figure, axes = _empty("share of the gain", "")
    axes.barh([fitted["features"][i] for i in top], gain[top] / max(gain.sum(), 1e-12))
    return figure


def _empty(across: str, up: str) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 5), layout="constrained")
    axes = figure.subplots()
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    return figure, axes
