"""Has a distribution moved? The population stability index and the Kolmogorov-Smirnov distance, with their noise.

Both grow by chance alone when rows are few, so each threshold is the larger of a fixed one, below which a change does
not matter, and one that chance passes in a thousandth of the cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from mesh_platform.ml.watch.distribution import Distribution, numbers, sample_of
from mesh_platform.ml.watch.segments import FEWEST_ROWS

if TYPE_CHECKING:
    import numpy.typing as npt
    import polars as pl

Status = Literal["ok", "watch", "drift", "decay", "mismatch", "unknown"]

PSI_WATCH, PSI_DRIFT = 0.1, 0.25
"""A minor and a major shift (Siddiqi, Credit Risk Scorecards, 2006, chapter 8)."""
KS_WATCH, KS_DRIFT = 0.1, 0.2
"""The share of rows that would have to move: a tenth, a fifth. Our choice; there is no standard, and p alone finds any
difference significant once rows are many."""
FALSE_ALARMS = 0.001
"""The share of tests that may alarm where nothing changed: one a month for thirty features watched daily."""
EMPTY_SHARE = 1e-4
"""What an empty bin counts as, since PSI's logarithm needs a share."""
KS_ROWS = 20_000
"""Of so many current rows KS uses a sample: the reference's sample limits its precision anyway."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How far a distribution has moved.

    Args:
        value: PSI or the KS distance; None where nothing could be compared.
        threshold: The one that was passed, else the lower one.
        p_value: The probability of such a KS distance by chance.
        rows: How many current rows it rests on.
        status: What it means.
    """

    value: float | None
    threshold: float | None
    p_value: float | None
    rows: int
    status: Status


def psi(expected: npt.ArrayLike, actual: npt.ArrayLike) -> float:
    """Compute the population stability index, sum of (a - e) ln(a / e) over the bins' shares.

    Args:
        expected: Rows a bin of the reference.
        actual: Rows a bin now.
    """
    e, a = np.asarray(expected, dtype=float), np.asarray(actual, dtype=float)
    e, a = np.maximum(e / e.sum(), EMPTY_SHARE), np.maximum(a / a.sum(), EMPTY_SHARE)
    return float(np.sum((a - e) * np.log(a / e)))


def psi_noise(bins: int, expected_rows: int, actual_rows: int) -> float:
    """Compute the PSI that chance passes in `FALSE_ALARMS` of the cases where nothing changed.

    Under no change, PSI is about chi-square with bins - 1 degrees of freedom times (1/n + 1/m) (Yurdakul and Naranjo,
    Statistical properties of the population stability index, Journal of Risk Model Validation, 2020).
    """
    from scipy.special import chdtri

    return float(chdtri(max(bins - 1, 1), FALSE_ALARMS) * (1 / expected_rows + 1 / actual_rows))


def ks(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Compute the two-sample Kolmogorov-Smirnov distance and its asymptotic p-value.

    Args:
        one: A sorted sample.
        other: Another one.
    """
    from scipy.special import kolmogorov

    at = np.concatenate([one, other])
    shares = (np.searchsorted(sample, at, side="right") / len(sample) for sample in (one, other))
    distance = float(np.max(np.abs(np.subtract(*shares))))
    return distance, float(kolmogorov(distance / np.sqrt(1 / len(one) + 1 / len(other))))


def ks_noise(one_rows: int, other_rows: int) -> float:
    """Compute the KS distance that chance passes in `FALSE_ALARMS` of the cases (Smirnov's limit)."""
    return float(np.sqrt(-np.log(FALSE_ALARMS / 2) / 2 * (1 / one_rows + 1 / other_rows)))


def psi_moved(reference: Distribution, values: pl.Series) -> Moved:
    """Judge a column by PSI."""
    counts = reference.count(values)
    rows = int(counts.sum())
    if not rows or not reference.rows:
        return Moved(None, None, None, rows, "unknown")
    value = psi(reference.counts, counts)
    filled = int(np.sum((np.asarray(reference.counts) + counts) > 0))
    noise = psi_noise(filled, reference.rows, rows)
    return _moved(value, max(PSI_WATCH, noise), max(PSI_DRIFT, noise), None, min(rows, reference.rows), rows)


def ks_moved(reference: Distribution, values: pl.Series) -> Moved:
    """Judge a column of numbers by KS; missing values are left to PSI."""
    known = numbers(values)
    known = known[~np.isnan(known)]
    rows, sample = len(known), np.asarray(reference.sample)
    if not rows or not len(sample):
        return Moved(None, None, None, rows, "unknown")
    current = sample_of(known, KS_ROWS)
    value, p_value = ks(sample, current)
    noise = ks_noise(len(sample), len(current))
    return _moved(value, max(KS_WATCH, noise), max(KS_DRIFT, noise), p_value, min(rows, len(sample)), rows)


def _moved(value: float, watch: float, drift: float, p_value: float | None, fewest: int, rows: int) -> Moved:
    if fewest < FEWEST_ROWS:
        return Moved(value, watch, p_value, rows, "unknown")
    status: Status = "drift" if value > drift else "watch" if value > watch else "ok"
    return Moved(value, drift if status == "drift" else watch, p_value, rows, status)
