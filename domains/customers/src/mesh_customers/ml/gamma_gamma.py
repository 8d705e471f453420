"""Gamma-gamma: what a customer's purchases are worth on average, learnt from few of them.

Every purchase of a customer scatters around the customer's own mean; the means themselves scatter over the customers.
The expected mean lies between the two, the nearer to the customer's own the more purchases there are (Fader and Hardie
2013, "The Gamma-Gamma Model of Monetary Value").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import gammaln

from mesh_platform.errors import TooFewExamples

if TYPE_CHECKING:
    from collections.abc import Mapping

Floats = npt.NDArray[np.float64]

LEAST = 0.01
"""A purchase that was as good as free: the distribution knows no amounts of zero or less."""
LOG_BOUNDS = (-5.0, 9.0)
SMALLEST_Q = 1.05
"""The mean of the means exists for q > 1 only."""


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """A fitted gamma-gamma model.

    Args:
        p: Shape of a customer's purchases.
        q: Shape of the distribution of the customers' rates.
        v: Its scale, in the unit of the amounts.
    """

    p: float
    q: float
    v: float

    @classmethod
    def fit(cls, purchases: Floats, mean: Floats) -> Self:
        """Fit by maximum likelihood.

        Args:
            purchases: How many purchases each customer made, at least one.
            mean: Their mean amount.

        Raises:
            TooFewExamples: Where there is nobody.
        """
        if not len(purchases):
            raise TooFewExamples("gamma-gamma: no customers (rule: at least one purchase); take a longer history")
        paid = np.maximum(mean, LEAST)

        def loss(logs: Floats) -> float:
            p, q, v = np.exp(logs)
            q += SMALLEST_Q
            total = p * purchases
            each = gammaln(total + q) - gammaln(total) - gammaln(q) + q * np.log(v)
            each += (total - 1) * np.log(paid) + total * np.log(purchases) - (total + q) * np.log(v + purchases * paid)
            return -float(np.mean(each))

        start = np.log([2.0, 2.0, float(np.median(paid))])
        found = np.exp(minimize(loss, start, method="L-BFGS-B", bounds=[LOG_BOUNDS] * 3).x)
        return cls(float(found[0]), float(found[1]) + SMALLEST_Q, float(found[2]))

    @classmethod
    def from_parts(cls, parts: Mapping[str, float]) -> Self:
        """Take up a stored model."""
        return cls(parts["p"], parts["q"], parts["v"])

    def parts(self) -> dict[str, float]:
        """The three parameters, to be stored."""
        return {"p": self.p, "q": self.q, "v": self.v}

    def expected_basket(self, purchases: Floats, mean: Floats) -> Floats:
        """The expected mean of each customer's next purchases."""
        total = self.p * purchases
        return np.asarray((self.v + purchases * np.maximum(mean, LEAST)) * self.p / (total + self.q - 1), np.float64)
