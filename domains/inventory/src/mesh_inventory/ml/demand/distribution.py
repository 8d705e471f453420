"""The forecast's distribution: a negative binomial around the mean, as wide as forecasts were wrong before.

Counts of rare sales are no bell: most days are zero, and quantiles are whole pieces. A negative binomial with mean m
and size r has the variance m + m²/r; a Poisson is the limit of a large r. The size is a log-linear function of what
makes demand hard to foresee, fitted by maximum likelihood on forecasts of days that the model had not seen.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
QUANTILES = tuple(f"q{round(level * 100):02d}" for level in LEVELS)
FEW_PIECES = 60.0
"""Up to this mean, probabilities are added up piece by piece; above, SciPy's inverse is used."""
SIZES = (0.02, 1e4)
"""Bounds of the size: below, nearly everything is zero; above, a Poisson."""


def spread_terms(mean: Floats, horizon: Floats, interval: Floats) -> Floats:
    """What the size depends on.

    Args:
        mean: The forecast.
        horizon: Days ahead.
        interval: Average days between sales (ADI); missing where nothing was sold.

    Returns:
        (rows, 4): one, log mean, log of the horizon, log of the interval.
    """
    gap = np.log(np.nan_to_num(interval, nan=84.0).clip(1.0, 84.0))
    return np.column_stack([np.ones(len(mean)), np.log(mean), np.log(horizon), gap])


def fit_size(units: Floats, mean: Floats, terms: Floats) -> Floats:
    """Fit the coefficients of log size by maximum likelihood, held a little towards zero.

    Args:
        units: What was sold.
        mean: What was forecast, without having seen it.
        terms: `spread_terms`.
    """
    from scipy.optimize import minimize
    from scipy.special import digamma, gammaln

    scale = np.maximum(terms.std(axis=0), 1e-6)
    scale[0] = 1.0
    scaled = terms / scale

    def loss(coefficients: Floats) -> tuple[float, Floats]:
        size = np.exp((scaled @ coefficients).clip(*np.log(SIZES)))
        both = size + mean
        value = gammaln(units + size) - gammaln(size) + size * np.log(size / both) + units * np.log(mean / both)
        slope = digamma(units + size) - digamma(size) + np.log(size / both) + 1 - (units + size) / both
        penalty = 1e-4 * coefficients
        return float(-value.mean() + penalty @ coefficients / 2), -(scaled.T @ (slope * size)) / len(units) + penalty

    found = minimize(loss, np.array([1.0, 0.0, 0.0, 0.0]), jac=True, method="L-BFGS-B")
    return np.asarray(found.x / scale, np.float64)


def sizes(terms: Floats, coefficients: Floats) -> Floats:
    """The size of each row's distribution."""
    return np.asarray(np.exp((terms @ coefficients).clip(*np.log(SIZES))))


def deviation(mean: Floats, size: Floats) -> Floats:
    """The standard deviation."""
    return np.sqrt(mean + mean**2 / size)


def quantiles(mean: Floats, size: Floats, levels: Floats | tuple[float, ...] = LEVELS) -> Floats:
    """The smallest whole numbers that are not exceeded with the given probabilities.

    Args:
        mean: Means, positive.
        size: Sizes.
        levels: Probabilities, rising: the same for all rows, or (rows, levels).

    Returns:
        (rows, levels); never falling from left to right.
    """
    wanted = np.broadcast_to(np.asarray(levels, np.float64), (len(mean), np.shape(levels)[-1]))
    found = np.zeros(wanted.shape)
    few = mean <= FEW_PIECES
    found[few] = _counted(mean[few], size[few], wanted[few])
    if not few.all():
        from scipy.stats import nbinom

        many, chance = ~few, size / (size + mean)
        found[many] = nbinom.ppf(wanted[many], size[many, None], chance[many, None])
    return found


def _counted(mean: Floats, size: Floats, levels: Floats) -> Floats:
    """Add up probabilities from zero pieces on until the highest level is reached."""
    found = np.zeros(levels.shape)
    rows = np.arange(len(mean))
    step = mean / (size + mean)
    chance = np.exp(-size * np.log1p(mean / size))
    below = chance.copy()
    pieces = 0
    while len(rows):
        open_levels = below[:, None] < levels
        found[rows] += open_levels
        keep = open_levels[:, -1]
        rows, below, chance, mean = rows[keep], below[keep], chance[keep], mean[keep]
        step, size, levels = step[keep], size[keep], levels[keep]
        chance = chance * step * (pieces + size) / (pieces + 1)
        # beyond the mean, where probabilities are too small to be added, what is missing from the level is rounding
        below = np.where((chance < 1e-15) & (pieces > mean), 1.0, below + chance)
        pieces += 1
    return found


def interval_transform(units: Floats, mean: Floats, size: Floats, seed: int) -> Floats:
    """The randomised probability integral transform: even between 0 and 1 where the distribution is right.

    Source: Czado, Gneiting, Held, "Predictive model assessment for count data", Biometrics 2009.
    """
    from scipy.stats import nbinom

    chance = size / (size + mean)
    below = np.where(units > 0, nbinom.cdf(units - 1, size, chance), 0.0)
    upto = nbinom.cdf(units, size, chance)
    return np.asarray(below + np.random.default_rng(seed).random(len(units)) * (upto - below))
