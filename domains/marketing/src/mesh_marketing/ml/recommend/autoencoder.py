"""A denoising autoencoder: histories through a narrow layer and back (after Liang et al. 2018, Mult-DAE).

Small on purpose: one hidden layer in NumPy, trained for seconds. It stands for the neural approaches in the comparison.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np

from mesh_marketing.ml.recommend.content import unit_rows
from mesh_marketing.ml.recommend.generator import Floats, Generator, Scores, Sparse

BETAS = (0.9, 0.999)
"""Decays of Adam's two moments (Kingma & Ba 2015)."""


@dataclass(slots=True)
class Autoencoder(Generator):
    """Scores an item by the logit with which the network restores it from the history.

    Args:
        hidden: Width of the hidden layer.
        epochs: Passes over the histories.
        batch: Histories a step.
        rate: Adam's learning rate.
        keep: The share of a history's items that the network is shown while it learns.
        decay: Weight decay: how far each step draws weights to 0.
        seed: Of weights, order and noise.
    """

    hidden: int = 96
    epochs: int = 30
    batch: int = 256
    rate: float = 0.003
    keep: float = 0.5
    decay: float = 0.002
    seed: int = 0
    weights: list[Floats] = field(default_factory=list)
    name: ClassVar[str] = "autoencoder"

    def fit(self, history: Sparse) -> Self:
        """Minimise the multinomial loss by Adam."""
        rng = np.random.default_rng(self.seed)
        items = history.shape[1]
        shapes = ((items, self.hidden), (self.hidden,), (self.hidden, items), (items,))
        self.weights = [rng.normal(0, len(s) - 1 and s[0] ** -0.5, s).astype(np.float32) for s in shapes]
        moments = [(np.zeros_like(w), np.zeros_like(w)) for w in self.weights]
        people = np.flatnonzero(np.diff(history.indptr))
        step = 0
        for _ in range(self.epochs):
            rng.shuffle(people)
            for start in range(0, len(people), self.batch):
                step += 1
                self._step(history[people[start : start + self.batch]], moments, step, rng)
        return self

    def score(self, history: Sparse) -> Scores:
        """Restore the histories."""
        into, bias_in, out, bias_out = self.weights
        hidden = np.tanh(unit_rows(history) @ into + bias_in)
        return np.asarray(hidden @ out + bias_out, np.float32)

    def _step(self, wanted: Sparse, moments: list[tuple[Floats, Floats]], step: int, rng: np.random.Generator) -> None:
        slopes = self._slopes(wanted, rng)
        for at, (weight, slope) in enumerate(zip(self.weights, slopes, strict=True)):
            first = BETAS[0] * moments[at][0] + (1 - BETAS[0]) * slope
            second = BETAS[1] * moments[at][1] + (1 - BETAS[1]) * slope**2
            moments[at] = (first, second)
            size = np.sqrt(second / (1 - BETAS[1] ** step)) + 1e-8
            self.weights[at] = weight - self.rate * (first / (1 - BETAS[0] ** step) / size + self.decay * weight)

    def _slopes(self, wanted: Sparse, rng: np.random.Generator) -> tuple[Floats, ...]:
        """The loss's gradient by each weight; shown is what noise leaves of the histories."""
        _, _, out, bias_out = self.weights
        shown = wanted.copy()
        shown.data = shown.data * (rng.random(len(shown.data)) < self.keep)
        shown = unit_rows(shown)
        hidden = np.tanh(shown @ self.weights[0] + self.weights[1])
        logits = hidden @ out + bias_out
        chance = np.exp(logits - logits.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
        truth = wanted.toarray()
        error = (chance * truth.sum(axis=1, keepdims=True) - truth) / wanted.shape[0]
        back = (error @ out.T) * (1 - hidden**2)
        return shown.T @ back, back.sum(axis=0), hidden.T @ error, error.sum(axis=0)
