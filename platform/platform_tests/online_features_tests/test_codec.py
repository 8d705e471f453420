"""What comes out of the store's bytes is what went in."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesh_platform.errors import BadContract
from mesh_platform.features.online.codec import HistoryReader, VectorReader, histories, vectors
from mesh_platform.features.online.kinds import kind_of

TYPES: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "whole": (pl.Int64(), st.integers(-(2**63), 2**63 - 1)),
    "real": (pl.Float64(), st.floats()),
    "yes": (pl.Boolean(), st.booleans()),
    "day": (pl.Date(), st.dates()),
    "moment": (pl.Datetime("us", "UTC"), st.datetimes(timezones=st.just(UTC))),
    "local": (pl.Datetime("us"), st.datetimes()),
    "money": (pl.Decimal(18, 4), st.decimals(-(10**13), 10**13, places=4)),
    "long": (pl.Decimal(38, 2), st.decimals(-(10**30), 10**30, places=2)),
    "word": (pl.String(), st.text()),
}
SCHEMA = pl.Schema({name: dtype for name, (dtype, _) in TYPES.items()})
FIELDS = tuple((name, kind_of(dtype, name).name) for name, (dtype, _) in TYPES.items())
ROWS = st.lists(st.fixed_dictionaries({name: st.none() | values for name, (_, values) in TYPES.items()}), min_size=1)


def same(one: Any, other: Any) -> bool:
    """Equal to the bit, and of one type."""
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    if isinstance(one, datetime) and isinstance(other, datetime):  # Polars calls the same zone by another name
        return one == other and one.utcoffset() == other.utcoffset()
    return type(one) is type(other) and one == other and repr(one) == repr(other)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_a_vector_comes_back_to_the_bit(rows: list[dict[str, Any]]) -> None:
    frame = pl.DataFrame(rows, schema=SCHEMA)
    moments = pl.Series([datetime(2026, 1, 2, tzinfo=UTC)] * len(rows), dtype=pl.Datetime("us", "UTC"))
    reader = VectorReader(FIELDS)
    blobs = list(vectors(frame, FIELDS, moments))
    expected = frame.to_dicts()
    assert all(same(reader.read(b)[name], row[name]) for b, row in zip(blobs, expected, strict=True) for name in SCHEMA)
    assert {reader.moment(blob) for blob in blobs} == {1_767_312_000_000_000}


@settings(max_examples=40, deadline=None)
@given(ROWS, st.integers(0, 5))
def test_a_history_comes_back_to_the_bit_and_in_its_order(rows: list[dict[str, Any]], cut: int) -> None:
    frame = pl.DataFrame(rows, schema=SCHEMA)
    lengths = [n for n in (min(cut, len(rows)), len(rows) - min(cut, len(rows))) if n]
    found = [HistoryReader(FIELDS).read(blob) for blob in histories(frame, FIELDS, lengths)]
    back = {name: [value for part in found for value in part[name]] for name in SCHEMA}
    assert [len(part["word"]) for part in found] == lengths
    expected = frame.to_dict(as_series=False)
    assert all(same(a, b) for name in SCHEMA for a, b in zip(back[name], expected[name], strict=True))


def test_a_type_that_cannot_be_kept_is_refused_by_name() -> None:
    with pytest.raises(BadContract, match=r"column tags is List.*cast it"):
        kind_of(pl.List(pl.Int64), "column tags")


def test_a_decimal_keeps_its_places() -> None:
    frame = pl.DataFrame({"money": [Decimal("0.1000")]}, schema={"money": pl.Decimal(18, 4)})
    (blob,) = histories(frame, (("money", "decimal:4"),), [1])
    assert repr(HistoryReader((("money", "decimal:4"),)).read(blob)["money"]) == "[Decimal('0.1000')]"


def test_a_day_before_1970_is_a_day() -> None:
    frame = pl.DataFrame({"day": [date(1955, 5, 5)]})
    assert (
        HistoryReader((("day", "date"),)).read(*histories(frame, (("day", "date"),), [1]))["day"]
        == frame["day"].to_list()
    )
