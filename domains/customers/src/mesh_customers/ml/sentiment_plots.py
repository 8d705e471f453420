"""What a practitioner looks at in a sentiment model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mesh_customers.ml.sentiment_model import MOODS, Floats, Ints, word_weights
from mesh_platform.ml.recipe import Fitted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WORDS = 15
STEPS = np.linspace(0, 1, 11)


def plots(fitted: Fitted, moods: Ints, chances: Floats) -> dict[str, Figure]:
    """Draw the confusion of moods, the calibration of each, and the loudest words."""
    return {
        "confusion": _confusion(moods, chances),
        "calibration": _calibration(moods, chances),
        "words": _words(fitted),
    }


def _figure() -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(6, 4.5), layout="constrained")


def _confusion(moods: Ints, chances: Floats) -> Figure:
    size = len(MOODS)
    table = np.bincount(moods * size + chances.argmax(axis=1), minlength=size * size).reshape(size, size)
    drawn = _figure()
    axes = drawn.subplots()
    axes.imshow(table / np.maximum(table.sum(axis=1, keepdims=True), 1), cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(size, size):
        axes.text(column, row, f"{table[row, column]:,}", ha="center", va="center")
    axes.set(xticks=range(size), yticks=range(size), xticklabels=MOODS, yticklabels=MOODS)
    axes.set(xlabel="predicted", ylabel="by the stars", title="Confusion")
    return drawn


def _calibration(moods: Ints, chances: Floats) -> Figure:
    drawn = _figure()
    axes = drawn.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    for mood, name in enumerate(MOODS):
        step = np.clip(np.digitize(chances[:, mood], STEPS) - 1, 0, len(STEPS) - 2)
        count = np.bincount(step, minlength=len(STEPS) - 1)
        held = count > 0
        said = np.bincount(step, chances[:, mood], len(STEPS) - 1)[held] / count[held]
        seen = np.bincount(step, moods == mood, len(STEPS) - 1)[held] / count[held]
        axes.plot(said, seen, marker="o", label=name)
    axes.set(xlabel="predicted probability", ylabel="share that were so", title="Calibration")
    axes.legend()
    return drawn


def _words(fitted: Fitted) -> Figure:
    weights = word_weights(fitted)
    loudest = sorted({*weights[:WORDS], *weights[-WORDS:]}, key=lambda one: one[1])
    drawn = _figure()
    axes = drawn.subplots()
    axes.barh([word for word, _ in loudest], [weight for _, weight in loudest])
    axes.tick_params(axis="y", labelsize=6)
    axes.set(xlabel="log odds of positive against negative", title="What speaks loudest")
    return drawn
