import pytest

from mesh_platform.errors import TooFewExamples, UnknownName, UserError
from mesh_platform.experiments import BROKEN_BELOW, sample_ratio_p_value


def test_the_p_value_is_that_of_the_chi_square_test() -> None:
    assert sample_ratio_p_value({"a": 50, "b": 70}, {"a": 1, "b": 1}) == pytest.approx(0.0679, abs=1e-4)


def test_a_variant_that_lost_visitors_is_noticed_and_chance_is_not() -> None:
    equal = {"control": 1, "a": 1, "b": 1}
    assert sample_ratio_p_value({"control": 2871, "a": 2857, "b": 2479}, equal) < BROKEN_BELOW
    assert sample_ratio_p_value({"control": 2871, "a": 2857, "b": 2790}, equal) > 0.2


def test_arms_need_not_be_planned_equal() -> None:
    assert sample_ratio_p_value({"control": 101, "treated": 899}, {"control": 0.1, "treated": 0.9}) > 0.8
    assert sample_ratio_p_value({"control": 150, "treated": 850}, {"control": 0.1, "treated": 0.9}) < BROKEN_BELOW


def test_an_arm_that_got_nobody_is_missed() -> None:
    assert sample_ratio_p_value({"control": 100}, {"control": 1, "a": 1}) < BROKEN_BELOW


def test_an_arm_that_nobody_planned_is_refused() -> None:
    with pytest.raises(UnknownName, match="no planned arm 'c'"):
        sample_ratio_p_value({"a": 1, "c": 1}, {"a": 1, "b": 1})


@pytest.mark.parametrize(("units", "share"), [(-1, 1.0), (1, 0.0)])
def test_negative_sizes_and_shares_are_refused(units: int, share: float) -> None:
    with pytest.raises(UserError, match="rule"):
        sample_ratio_p_value({"a": units, "b": 3}, {"a": share, "b": 1})


def test_nobody_or_one_arm_is_no_split() -> None:
    with pytest.raises(TooFewExamples, match="0 units in 2 planned arms"):
        sample_ratio_p_value({"a": 0}, {"a": 1, "b": 1})
    with pytest.raises(TooFewExamples, match="5 units in 1 planned arms"):
        sample_ratio_p_value({"a": 5}, {"a": 1})
