"""BG/NBD: when customers of a shop without contracts buy again, and whether they still do.

While active, a customer buys as a Poisson process; after every purchase they leave for good with some chance. The rates
are gamma distributed over the customers, the chances beta distributed (Fader, Hardie and Lee 2005, "Counting Your
Customers the Easy Way", Marketing Science 24(2)). Who has not bought again yet can't have left: their P(alive) is 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

from mesh_platform.errors import TooFewExamples

if TYPE_CHECKING:
    from collections.abc import Mapping

Floats = npt.NDArray[np.float64]

LOG_BOUNDS = (-7.0, 9.0)
"""Parameters stay between 0.001 and 8,000: beyond, one of the mixtures is a point and the likelihood is flat."""
NEAR_ONE = 1e-6
"""The expectation has a removable pole where a = 1."""


@dataclass(frozen=True, slots=True)
class Histories:
    """What BG/NBD has to know of customers; three arrays of one length, in one unit of time.

    Args:
        repeats: How often each bought again after the first time (x).
        last: The time from the first purchase to the last one (t_x); 0 where none was repeated.
        age: The time from the first purchase to now (T).
    """

    repeats: Floats
    last: Floats
    age: Floats

    def __post_init__(self) -> None:
        wrong = ~((self.repeats >= 0) & (self.last >= 0) & (self.last <= self.age))
        if wrong.any():
            at = int(np.argmax(wrong))
            raise ValueError(
                f"{int(wrong.sum())} of {len(wrong)} histories contradict themselves, such as x={self.repeats[at]:g}, "
                f"t_x={self.last[at]:g}, T={self.age[at]:g} (rule: x >= 0 and 0 <= t_x <= T); see how they are counted"
            )


@dataclass(frozen=True, slots=True)
class BgNbd:
    """A fitted BG/NBD model.

    Args:
        r: Shape of the purchase rates' gamma distribution.
        alpha: Its rate, in the unit of time of the histories.
        a: First parameter of the beta distribution of leaving after a purchase.
        b: Its second parameter.
    """

    r: float
    alpha: float
    a: float
    b: float

    @classmethod
    def fit(cls, histories: Histories) -> Self:
        """Fit by maximum likelihood.

        Raises:
            TooFewExamples: Where nobody bought again, which says nothing about leaving.
        """
        if not histories.repeats.any():
            raise TooFewExamples(
                f"BG/NBD: none of {len(histories.repeats)} customers bought again (rule: some did); take more history"
            )
        rows, counts = np.unique(
            np.column_stack([histories.repeats, histories.last, histories.age]), axis=0, return_counts=True
        )
        few = Histories(*rows.T)

        def loss(logs: Floats) -> float:
            return -float(np.average(cls(*np.exp(logs)).log_likelihood(few), weights=counts))

        typical = float(np.median(histories.age[histories.repeats > 0]))
        start = np.log([1.0, max(typical, 1e-3), 1.0, 2.0])
        found = minimize(loss, start, method="L-BFGS-B", bounds=[LOG_BOUNDS] * 4)
        return cls(*(float(v) for v in np.exp(found.x)))

    @classmethod
    def from_parts(cls, parts: Mapping[str, float]) -> Self:
        """Take up a stored model."""
        return cls(parts["r"], parts["alpha"], parts["a"], parts["b"])

    def parts(self) -> dict[str, float]:
        """The four parameters, to be stored."""
        return {"r": self.r, "alpha": self.alpha, "a": self.a, "b": self.b}

    def log_likelihood(self, histories: Histories) -> Floats:
        """The log likelihood of each history; sums of logarithms, so that many purchases don't overflow."""
        x = histories.repeats
        shared = gammaln(self.r + x) - gammaln(self.r) + self.r * np.log(self.alpha)
        stayed = betaln(self.a, self.b + x) - betaln(self.a, self.b) - (self.r + x) * np.log(self.alpha + histories.age)
        return np.asarray(shared + stayed + np.logaddexp(0.0, self._log_odds_of_having_left(histories)), np.float64)

    def alive(self, histories: Histories) -> Floats:
        """P(alive): the chance that a customer has not left yet."""
        return np.asarray(np.exp(-np.logaddexp(0.0, self._log_odds_of_having_left(histories))), np.float64)

    def buys_within(self, histories: Histories, time: float) -> Floats:
        """The chance of at least one purchase in the next stretch of time: alive, and not silent by chance."""
        return self.alive(histories) * -np.expm1(self._log_of_silence(histories, time))

    def expected_purchases(self, histories: Histories, time: float) -> Floats:
        """The expected number of purchases in the next stretch of time (equation 10 of the paper)."""
        a = self.a if abs(self.a - 1) > NEAR_ONE else 1 + NEAR_ONE
        total = a + self.b + histories.repeats - 1
        ahead = time / (self.alpha + histories.age + time)
        # Euler's transformation of the paper's series: its terms stay small however many purchases there were
        stays = (1 - ahead) ** (a - 1) * hyp2f1(a - 1, a + self.b - 1 - self.r, total, ahead)
        return np.asarray(self.alive(histories) * total / (a - 1) * (1 - stays), np.float64)

    def _log_of_silence(self, histories: Histories, time: float) -> Floats:
        """The log of the chance that an active customer buys nothing in the next stretch of time."""
        now = self.alpha + histories.age
        return np.asarray((self.r + histories.repeats) * (np.log(now) - np.log(now + time)), np.float64)

    def _log_odds_of_having_left(self, histories: Histories) -> Floats:
        x = histories.repeats
        again = np.maximum(x, 1)
        waited = np.log(self.alpha + histories.age) - np.log(self.alpha + histories.last)
        odds = np.log(self.a) - np.log(self.b + again - 1) + (self.r + x) * waited
        return np.asarray(np.where(x > 0, odds, -np.inf), np.float64)
