import numpy as np
import pytest

from mesh_platform.errors import UserError
from mesh_platform.experiments import adjusted


def test_holm_adjusts_the_smallest_most_and_keeps_the_order() -> None:
    assert adjusted([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_benjamini_and_hochberg_adjust_less() -> None:
    assert adjusted([0.01, 0.04, 0.03, 0.005], "benjamini-hochberg") == pytest.approx([0.02, 0.04, 0.04, 0.02])


def test_a_comparison_that_is_still_to_come_counts_and_stays_unknown() -> None:
    assert adjusted([0.01, None, 0.02]) == [pytest.approx(0.03), None, pytest.approx(0.04)]


def test_an_adjusted_p_value_is_at_most_one() -> None:
    assert adjusted([0.6, 0.7]) == [1.0, 1.0]
    assert adjusted([]) == []


def test_of_families_without_any_effect_few_find_one() -> None:
    families = np.random.default_rng(1).random((1500, 8))
    assert np.mean((families < 0.05).any(axis=1)) > 0.3
    assert np.mean([min(p or 0.0 for p in adjusted(list(family))) < 0.05 for family in families]) < 0.065


@pytest.mark.parametrize("p_value", [-0.1, 1.2, float("nan")])
def test_what_is_no_probability_is_refused(p_value: float) -> None:
    with pytest.raises(UserError, match="from 0 to 1"):
        adjusted([0.5, p_value])
