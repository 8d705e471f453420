import numpy as np
import polars as pl
import pytest
from scipy import stats

from mesh_platform.errors import TooFewExamples, UserError
from mesh_platform.experiments import Mean, Metric, Proportion, Ratio, detectable, units_needed

Z = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    rng = np.random.default_rng(5)
    before = rng.gamma(2.0, 10.0, 4000)
    return pl.DataFrame(
        {"before": before, "x": before + rng.normal(0, 5, 4000), "yes": before > 20, "n": 1 + (before > 9)}
    )


def test_the_detectable_difference_of_means_is_the_textbooks(rows: pl.DataFrame) -> None:
    found = detectable(rows, Mean("x"))
    wanted = Z * float(rows["x"].to_numpy().std(ddof=1)) * (2 / 2000) ** 0.5
    assert found.difference == pytest.approx(wanted, rel=0.01)
    assert found.lift == pytest.approx(wanted / float(rows["x"].to_numpy().mean()), rel=0.01)


def test_unequal_arms_and_an_unknown_past_make_less_detectable(rows: pl.DataFrame) -> None:
    cuped = detectable(rows, Mean("x", "before")).difference
    assert cuped < 0.5 * detectable(rows, Mean("x")).difference
    assert detectable(rows, Mean("x"), variant_per_control=9).difference > 1.5 * detectable(rows, Mean("x")).difference


@pytest.mark.parametrize("metric", [Mean("x"), Proportion("yes"), Ratio("x", "n")], ids=str)
def test_as_many_units_as_are_needed_find_the_lift(rows: pl.DataFrame, metric: Metric) -> None:
    lift = detectable(rows, metric).lift
    assert lift is not None
    assert units_needed(rows, metric, lift=lift) == pytest.approx(rows.height, rel=0.01)


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"power": 1.0}, "power 1.0"), ({"confidence": 0.0}, "confidence 0.0"), ({"variant_per_control": -1.0}, "-1.0")],
    ids=str,
)
def test_an_argument_out_of_its_range_is_refused(rows: pl.DataFrame, changes: dict[str, float], said: str) -> None:
    with pytest.raises(UserError, match=said):
        detectable(rows, Mean("x"), **changes)


def test_no_number_of_units_finds_nothing(rows: pl.DataFrame) -> None:
    with pytest.raises(UserError, match="lift 0"):
        units_needed(rows, Mean("x"), lift=0.0)


def test_units_that_are_all_alike_can_tell_nothing() -> None:
    with pytest.raises(TooFewExamples, match="5 units with 1 different values"):
        detectable(pl.DataFrame({"x": [1.0] * 5}), Mean("x"))
