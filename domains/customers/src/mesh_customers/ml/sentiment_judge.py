"""How good predicted moods are."""

from __future__ import annotations

import numpy as np
import polars as pl

from mesh_customers.ml.sentiment_model import MOODS, NEGATIVE, POSITIVE, Floats, Ints

BINS = 10
"""Steps of confidence in the calibration error."""


def as_frame(chances: Floats) -> pl.DataFrame:
    """Name the moods' probabilities, the most probable mood, and the score in [-1, 1] between the extremes."""
    return pl.DataFrame(
        {
            "mood": pl.Series([MOODS[mood] for mood in chances.argmax(axis=1)], dtype=pl.String),
            "sentiment": chances[:, POSITIVE] - chances[:, NEGATIVE],
            **{f"chance_{name}": chances[:, mood] for mood, name in enumerate(MOODS)},
        }
    )


def chances_of(predictions: pl.DataFrame) -> Floats:
    """The probabilities of predictions: one column a mood."""
    return predictions.select(f"chance_{name}" for name in MOODS).to_numpy().astype(np.float64)


def macro_f1(moods: Ints, chances: Floats, weight: Floats) -> float:
    """The mean of the moods' F1; a mood that neither occurs nor is predicted counts as 0."""
    size = len(MOODS)
    table = np.bincount(moods * size + chances.argmax(axis=1), weight, size * size).reshape(size, size)
    both = table.sum(axis=0) + table.sum(axis=1)
    return float(np.mean(2 * np.diag(table) / np.where(both > 0, both, 1)))


def judged(moods: Ints, chances: Floats, familiar: Floats | None = None) -> dict[str, float]:
    """What a practitioner asks of a three-way sentiment model.

    Args:
        moods: The true moods.
        chances: The predicted probabilities.
        familiar: 1 where the very text was among those learnt from, else 0: templates and copies flatter a model.
    """
    from sklearn.metrics import average_precision_score

    ones, right = np.ones(len(moods)), chances.argmax(axis=1) == moods
    truth = np.eye(len(MOODS))[moods]
    found = {
        "macro F1": macro_f1(moods, chances, ones),
        "accuracy": float(right.mean()),
        "average precision of negative": float(average_precision_score(moods == NEGATIVE, chances[:, NEGATIVE])),
        "log loss": float(-np.log(np.maximum(chances[np.arange(len(moods)), moods], 1e-6)).mean()),
        "Brier score": float(((chances - truth) ** 2).sum(axis=1).mean()),
        "calibration error": calibration_error(chances.max(axis=1), right.astype(np.float64)),
    }
    if familiar is not None and (familiar == 0).any():
        found["macro F1 on new texts"] = macro_f1(moods, chances, 1.0 - familiar)
    return found


def calibration_error(confidence: Floats, right: Floats) -> float:
    """The mean gap between how sure the predictions are and how often they are right, over steps of confidence."""
    step = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(step, confidence - right, BINS)
    return float(np.abs(gaps).sum() / len(confidence))
