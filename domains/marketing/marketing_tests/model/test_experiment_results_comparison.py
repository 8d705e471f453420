"""The verdicts of experiments on made-up visitors."""

import numpy as np
import polars as pl
import pytest

from mesh_marketing.ml.experiments_comparison import METRICS, comparisons, control_of, is_broken, split, winners


def visitors(seed: int, **conversion: float) -> pl.DataFrame:
    """Five hundred visitors a variant, who buy with the given chance."""
    rng = np.random.default_rng(seed)
    frames = []
    for variant, chance in conversion.items():
        orders = (rng.random(500) < chance).astype(np.int64)
        seen = 1 + rng.poisson(8, 500)
        value = orders * rng.lognormal(3, 0.6, 500)
        told = {"orders": orders, "converted": orders, "order_value": value, "value_60d": value}
        shown = {"impressions": seen, "clicks": rng.binomial(seen, 0.2), "value_before": rng.lognormal(1, 1, 500)}
        frames.append(pl.DataFrame({"variant": [variant] * 500, **told, **shown}))
    return pl.concat(frames)


def test_the_best_of_the_better_variants_wins() -> None:
    found = comparisons(visitors(1, control=0.1, a=0.22, b=0.35), ["conversion"])
    assert {key: one.verdict for key, one in found.items()} == {
        ("a", "conversion"): "better",
        ("b", "conversion"): "better",
    }
    assert winners(found) == {("b", "conversion")}


def test_a_worse_variant_is_said_to_be_worse_and_never_wins() -> None:
    found = comparisons(visitors(1, control=0.3, a=0.1), ["conversion"])
    assert found["a", "conversion"].verdict == "worse"
    assert not winners(found)


def test_more_variants_make_the_same_p_value_count_less() -> None:
    few = visitors(4, control=0.1, a=0.1, b=0.16)
    many = pl.concat([few, few.filter(variant="a").with_columns(variant=pl.lit("c"))])
    one, other = (comparisons(rows, list(METRICS))["b", "conversion"] for rows in (few, many))
    assert one.comparison.p_value == other.comparison.p_value
    assert one.p_value_adjusted < other.p_value_adjusted


def test_metrics_that_are_still_to_come_count_in_the_adjustment() -> None:
    found = comparisons(visitors(1, control=0.2, a=0.28), ["conversion"])["a", "conversion"]
    assert found.comparison.p_value is not None
    assert found.p_value_adjusted == pytest.approx(len(METRICS) * found.comparison.p_value)


def test_a_metric_of_too_few_events_is_not_compared() -> None:
    found = comparisons(visitors(1, control=0.2, a=0.008), list(METRICS))
    assert {metric for _, metric in found} == {"click_through"}


def test_without_a_variant_of_that_name_the_first_is_the_control() -> None:
    assert control_of(["b", "control", "a"]) == "control"
    assert control_of(["green", "blue"]) == "blue"


def test_a_variant_that_lost_a_sixth_of_its_visitors_is_noticed() -> None:
    whole = pl.concat([visitors(seed, control=0.2, a=0.2, b=0.2) for seed in range(3)]).with_row_index()
    lost = whole.filter((pl.col("variant") != "b") | (pl.col("index") % 6 > 0))
    assert not is_broken(split(whole))
    assert is_broken(split(lost))
