"""What is remembered of a hold-out."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from mesh_platform.errors import MissingFeature
from mesh_platform.ml.watch import Reference
from mesh_platform.ml.watch.distribution import MAX_CATEGORIES, SAMPLE_ROWS, Distribution

from .world import FEATURES, Lender, applications


def numbers(*values: float | None) -> pl.Series:
    return pl.Series("x", values, dtype=pl.Float64)


def test_numbers_fall_into_deciles_and_leave_the_known_range_on_either_side() -> None:
    known = Distribution.of(numbers(*range(100)))
    assert known.counts == (0, *[10] * 9, 10, 0, 0)
    assert known.count(numbers(-1, 0, 99, 99.5, None, float("nan"), float("inf"))).tolist() == [
        *(1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 2)
    ]


def test_a_constant_is_left_to_either_side() -> None:
    known = Distribution.of(numbers(5, 5, 5))
    assert known.counts == (0, 3, 0, 0)
    assert known.count(numbers(4, 6, 5)).tolist() == [1, 1, 1, 0]


def test_categories_are_counted_with_new_ones_as_other_and_missing_apart() -> None:
    known = Distribution.of(pl.Series("job", ["baker", "nurse", "nurse", None]))
    assert (known.categories, known.counts) == (("baker", "nurse"), (1, 2, 0, 1))
    assert known.count(pl.Series("job", ["nurse", "pilot", None, None])).tolist() == [0, 1, 1, 2]


def test_of_many_categories_the_most_frequent_are_kept() -> None:
    names = [f"c{n:02}" for n in range(MAX_CATEGORIES + 5) for _ in range(n + 1)]
    known = Distribution.of(pl.Series("rows", names))
    assert known.categories == tuple(f"c{n:02}" for n in range(5, MAX_CATEGORIES + 5))
    assert known.counts[-2:] == (15, 0)


@pytest.mark.parametrize("dtype", [pl.Int32(), pl.Decimal(18, 4), pl.Boolean(), pl.Float32(), pl.Date()])
def test_every_type_of_a_feature_can_be_remembered(dtype: pl.DataType) -> None:
    values = pl.Series("x", [0, 1, None]).cast(dtype)
    known = Distribution.of(values)
    assert known.rows == 3
    assert known.counts[-1] == 1


def test_a_feature_that_is_a_list_is_refused_by_name() -> None:
    with pytest.raises(MissingFeature, match=r"feature 'tags' is List\(Int64\)"):
        Distribution.of(pl.Series("tags", [[1], [2]]))


def test_a_reference_is_the_same_after_it_was_written_and_read() -> None:
    rows = applications().with_columns(empty=pl.lit(None, pl.Float64), endless=pl.lit(float("inf")))
    reference = Reference.of(
        rows.drop("risk"), rows.select("risk"), (*FEATURES, "empty", "endless"), ("channel",), Lender()
    )
    assert Reference.from_json(reference.to_json()) == reference
    assert set(reference.features) == set(reference.performance) == {"all", "channel=web", "channel=store"}


def test_all_columns_are_features_where_none_are_named_and_texts_are_no_predictions() -> None:
    predictions = pl.DataFrame({"risk": [0.1, 0.2], "decision": ["no", "yes"]})
    reference = Reference.of(pl.DataFrame({"a": [1, 2], "b": [date(2026, 1, 1)] * 2}), predictions)
    assert set(reference.features["all"]) == {"a", "b"}
    assert set(reference.predictions["all"]) == {"risk"}
    assert reference.performance == {}


def test_the_sample_is_bounded_and_the_same_every_time() -> None:
    values = pl.Series("x", range(10 * SAMPLE_ROWS))
    assert len(Distribution.of(values).sample) == SAMPLE_ROWS
    assert Distribution.of(values) == Distribution.of(values)
