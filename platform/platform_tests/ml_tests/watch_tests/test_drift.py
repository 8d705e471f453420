"""PSI and KS: their values, and how often they cry wolf."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from scipy.stats import ks_2samp

from mesh_platform.ml.watch.distribution import Distribution
from mesh_platform.ml.watch.drift import ks, ks_moved, psi, psi_moved, psi_noise


def column(values: Sequence[float | None] | npt.NDArray[np.float64]) -> pl.Series:
    return pl.Series("x", values)


def test_psi_is_what_one_calculates_by_hand() -> None:
    by_hand = (0.4 - 0.5) * math.log(0.4 / 0.5) + (0.6 - 0.5) * math.log(0.6 / 0.5)
    assert psi([50, 50], [40, 60]) == pytest.approx(by_hand)
    assert psi([1, 3], [25, 75]) == 0


def test_a_bin_that_is_new_makes_psi_large_but_finite() -> None:
    assert psi([100, 0], [50, 50]) == pytest.approx(0.5 * math.log(2) + 0.4999 * math.log(5_000), rel=1e-3)


def test_ks_is_the_largest_distance_between_the_two_distributions() -> None:
    distance, _ = ks(np.array([1.0, 2, 3, 4]), np.array([3.0, 4, 5, 6]))
    assert distance == 0.5


def test_ks_agrees_with_scipy() -> None:
    rng = np.random.default_rng(0)
    one, other = np.sort(rng.normal(0, 1, 800)), np.sort(rng.normal(0.1, 1, 900))
    distance, p_value = ks(one, other)
    theirs = ks_2samp(one, other, method="asymp")
    assert distance == pytest.approx(theirs.statistic)
    assert p_value == pytest.approx(theirs.pvalue, rel=0.1)


@pytest.mark.parametrize("rows", [100, 300, 5_000])
def test_the_same_distribution_hardly_ever_alarms_however_few_rows(rows: int) -> None:
    rng = np.random.default_rng(rows)
    known = Distribution.of(column(rng.normal(size=5_000)))
    moved = [column(rng.normal(size=rows)) for _ in range(300)]
    found = [status for values in moved for status in (psi_moved(known, values), ks_moved(known, values))]
    assert sum(m.status != "ok" for m in found) <= 3  # 0.6 are expected of 600


def test_the_noise_of_psi_is_passed_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    drawn = rng.multinomial(500, [0.1] * 10, size=4_000)
    passed = np.mean([psi([1_000] * 10, counts) > psi_noise(10, 10_000, 500) for counts in drawn])
    assert passed <= 0.004


@pytest.mark.parametrize("shift", [0.8, -0.8])
def test_a_shifted_feature_drifts(shift: float) -> None:
    rng = np.random.default_rng(1)
    known = Distribution.of(column(rng.normal(size=5_000)))
    moved = column(rng.normal(shift, size=1_000))
    assert psi_moved(known, moved).status == "drift"
    found = ks_moved(known, moved)
    assert found.status == "drift"
    assert found.p_value is not None
    assert found.p_value < 0.001


def test_a_small_shift_is_only_watched() -> None:
    rng = np.random.default_rng(2)
    found = psi_moved(Distribution.of(column(rng.normal(size=5_000))), column(rng.normal(0.4, size=5_000)))
    assert (found.status, found.threshold) == ("watch", 0.1)


def test_values_that_go_missing_drift() -> None:
    known = Distribution.of(column(np.arange(1_000.0)))
    found = psi_moved(known, column([*range(600), *[None] * 400]))
    assert found.status == "drift"


def test_new_categories_drift() -> None:
    known = Distribution.of(pl.Series("job", ["baker", "nurse"] * 500))
    assert psi_moved(known, pl.Series("job", ["baker", "nurse", "pilot"] * 300)).status == "drift"
    assert psi_moved(known, pl.Series("job", ["baker", "nurse"] * 300)).status == "ok"


def test_no_rows_and_few_rows_are_unknown() -> None:
    known = Distribution.of(column(np.arange(1_000.0)))
    for values in ([], [99_999.0] * 99):
        assert psi_moved(known, pl.Series("x", values, dtype=pl.Float64)).status == "unknown"
        assert ks_moved(known, pl.Series("x", values, dtype=pl.Float64)).status == "unknown"
    assert ks_moved(known, column([None] * 500)).value is None
