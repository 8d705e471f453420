from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from mesh_platform.errors import TooFewExamples, UnknownName, UserError
from mesh_platform.experiments import Comparison, Mean, Metric, Proportion, Ratio, compare

UNITS, EFFECT, WORLDS = 400, 3.0, 120


def spenders(rng: np.random.Generator) -> pl.DataFrame:
    """People whose spend in the experiment resembles what they spent before; some spend nothing."""
    habit = rng.gamma(1.0, 20.0, UNITS)
    arm = rng.permutation(np.repeat(["control", "a"], UNITS // 2))
    spends = rng.random((2, UNITS)) < 0.9
    before, during = habit * rng.gamma(4.0, 0.25, (2, UNITS)) * spends
    return pl.DataFrame({"arm": arm, "before": before, "spend": during + EFFECT * (arm == "a")})


def visitors(rng: np.random.Generator) -> pl.DataFrame:
    """Visitors who see many lists or few, and click a lot or hardly: their impressions are not independent."""
    seen = 1 + rng.poisson(rng.gamma(1.0, 8.0, UNITS))
    clicked = rng.binomial(seen, rng.beta(0.6, 2.4, UNITS))
    arm = rng.permutation(np.repeat(["control", "a"], UNITS // 2))
    return pl.DataFrame({"arm": arm, "clicks": clicked, "impressions": seen})


def repeated(world: Callable[[np.random.Generator], pl.DataFrame], *metrics: Metric) -> list[list[Comparison]]:
    """What many worlds show of each metric."""
    named = {str(metric): metric for metric in metrics}
    worlds = [compare(world(np.random.default_rng(n)), named) for n in range(WORLDS)]
    return [list(found) for found in zip(*worlds, strict=True)]


def differences(found: list[Comparison]) -> np.ndarray[Any, Any]:
    return np.array([c.difference for c in found])


def widths(found: list[Comparison]) -> np.ndarray[Any, Any]:
    return np.array([(c.difference_high or 0.0) - (c.difference_low or 0.0) for c in found])


def test_cuped_lowers_the_variance_and_leaves_the_effect_as_it_is() -> None:
    plain, cuped = repeated(spenders, Mean("spend"), Mean("spend", "before"))
    assert differences(cuped).var() < 0.85 * differences(plain).var()
    assert (widths(cuped) ** 2).mean() < 0.85 * (widths(plain) ** 2).mean()
    assert abs(differences(cuped).mean() - EFFECT) < 3 * differences(cuped).std() / WORLDS**0.5


def test_a_covariate_that_says_nothing_changes_nothing() -> None:
    rows = spenders(np.random.default_rng(1)).with_columns(before=pl.lit(0.0))
    plain, cuped = compare(rows, {"plain": Mean("spend"), "cuped": Mean("spend", "before")})
    assert cuped.difference == pytest.approx(plain.difference)
    assert cuped.difference_low == pytest.approx(plain.difference_low)


def test_the_interval_of_a_mean_is_welchs() -> None:
    rows = spenders(np.random.default_rng(2))
    (found,) = compare(rows, {"m": Mean("spend")}, confidence=0.9)
    treated, control = (rows.filter(arm=arm)["spend"].to_numpy() for arm in ("a", "control"))
    welch = stats.ttest_ind(treated, control, equal_var=False)
    low, high = welch.confidence_interval(0.9)
    assert found.p_value == pytest.approx(welch.pvalue)
    assert found.difference_low == pytest.approx(low)
    assert found.difference_high == pytest.approx(high)


def test_the_interval_of_a_ratio_is_as_wide_as_ratios_of_visitors_really_scatter() -> None:
    (found,) = repeated(visitors, Ratio("clicks", "impressions"))
    claimed = widths(found).mean() / (2 * stats.norm.ppf(0.975))
    really = differences(found).std(ddof=1)
    assert claimed == pytest.approx(really, rel=0.15)
    impressions = UNITS / 2 * 9
    as_if_independent = (2 * 0.2 * 0.8 / impressions) ** 0.5
    assert as_if_independent < 0.6 * really


def test_the_share_of_units_has_the_interval_of_a_binomial() -> None:
    rows = pl.DataFrame(
        {"arm": ["control"] * 1000 + ["a"] * 1000, "yes": [1] * 100 + [0] * 900 + [1] * 150 + [0] * 850}
    )
    (found,) = compare(rows, {"p": Proportion("yes")})
    half = 1.96 * (0.1 * 0.9 / 1000 + 0.15 * 0.85 / 1000) ** 0.5
    assert found.difference == pytest.approx(0.05)
    assert found.difference_high == pytest.approx(0.05 + half, abs=0.0015)
    assert found.lift == pytest.approx(0.5)


def test_every_variant_is_compared_with_the_control_on_every_metric() -> None:
    rows = pl.DataFrame({"arm": ["b", "c", "a"] * 20, "x": list(range(60)), "n": [2] * 60})
    found = compare(rows, {"mean": Mean("x"), "ratio": Ratio("x", "n")}, control="b")
    assert [(c.variant, c.metric) for c in found] == [("a", "mean"), ("a", "ratio"), ("c", "mean"), ("c", "ratio")]
    assert all((c.control_units, c.variant_units) == (20, 20) for c in found)


@pytest.mark.parametrize(
    "metric", [Mean("none"), Mean("none", "x"), Proportion("none"), Ratio("x", "none"), Ratio("none", "x")], ids=str
)
def test_where_nothing_happened_the_figures_are_unknown(metric: Metric) -> None:
    rows = pl.DataFrame({"arm": ["control", "a"] * 20, "x": list(range(40)), "none": [0] * 40})
    (found,) = compare(rows, {"m": metric})
    assert (found.p_value, found.lift, found.difference_low) == (None, None, None)


GOOD = {"arm": ["control", "control", "a", "a"], "x": [1.0, 2.0, 3.0, 5.0]}


@pytest.mark.parametrize(
    ("changes", "metric", "error", "said"),
    [
        ({"arm": [], "x": []}, Mean("x"), TooFewExamples, "no units"),
        ({"arm": ["control"] * 4}, Mean("x"), TooFewExamples, "all 4 units are of arm 'control'"),
        ({"arm": ["control"] * 3 + ["a"]}, Mean("x"), TooFewExamples, "arm 'a' has 1 unit"),
        ({"arm": ["A", "A", "B", "B"]}, Mean("x"), UnknownName, "no arm in 'arm' 'control'"),
        ({"arm": ["control", "control", None, "a"]}, Mean("x"), UserError, "1 units have no 'arm'"),
        ({}, Mean("y"), UnknownName, "no column of the outcomes 'y'"),
        ({"x": [1.0, None, 3.0, 5.0]}, Mean("x"), UserError, "1 of 4 values are missing or not finite"),
        ({"x": [1.0, float("nan"), 3.0, 5.0]}, Mean("x"), UserError, "1 of 4 values are missing or not finite"),
        ({"x": [1.0, 2.0, -3.0, 5.0]}, Ratio("x", "x"), UserError, "1 of 4 values are negative"),
        ({}, Proportion("x"), UserError, "3 of 4 values are neither 0 nor 1"),
    ],
)
def test_what_no_analysis_could_be_right_about_is_refused_with_a_reason(
    changes: dict[str, Any], metric: Metric, error: type[Exception], said: str
) -> None:
    rows = pl.DataFrame({**GOOD, **changes}, schema={"arm": pl.String, "x": pl.Float64})
    with pytest.raises(error, match=said):
        compare(rows, {"m": metric})
