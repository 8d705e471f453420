"""The joins against a definition so plain that it can be read, on random tables with late and corrected rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from mesh_platform.lake import Lake, Pinned

from .conftest import INSTANT, SCHEMA, VIEW

MOMENTS = st.integers(0, 12)
ROWS = st.lists(st.tuples(st.sampled_from("ab"), MOMENTS, st.integers(0, 99), MOMENTS), max_size=12)
ASKED = st.lists(st.tuples(st.sampled_from("abc"), MOMENTS), max_size=8)
LIVES = st.none() | st.integers(0, 6)

Row = tuple[str, int, int, int]


def instant(n: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n)


def tables(rows: list[Row]) -> Pinned:
    """Rows that are no table of the lake, which spares publishing them; no lake is asked."""
    frame = pl.DataFrame([(a, instant(e), v, instant(k)) for a, e, v, k in rows], schema=SCHEMA, orient="row")
    return Pinned(cast("Lake", None), {}, {VIEW.source: frame})


def as_defined(rows: list[Row], account: str, at: int, life: int | None) -> int | None:
    """Of the rows that had happened and were known, the last by event time, then knowledge; smallest value on a tie."""
    usable = [(event, known, -value) for a, event, value, known in rows if a == account and max(event, known) <= at]
    if not usable:
        return None
    event, _, value = max(usable)
    return None if life is not None and at > event + life else -value


def test_the_definition_itself() -> None:
    rows = [("a", 1, 10, 1), ("a", 2, 20, 6), ("a", 9, 90, 2)]
    assert [as_defined(rows, "a", at, None) for at in (0, 3, 6, 9)] == [None, 10, 20, 90]


@settings(max_examples=25, deadline=None)
@given(rows=ROWS, asked=ASKED, life=LIVES)
def test_historical_is_what_its_definition_says(
    rows: list[Row], asked: list[tuple[str, int]], life: int | None
) -> None:
    view = replace(VIEW, time_to_live=None if life is None else timedelta(hours=life))
    entities = pl.DataFrame(
        [(a, instant(t)) for a, t in asked], schema={"account": pl.String(), "at": INSTANT}, orient="row"
    )
    joined = view.historical(tables(rows), entities)
    assert joined["balance"].to_list() == [as_defined(rows, account, at, life) for account, at in asked]


@settings(max_examples=25, deadline=None)
@given(rows=ROWS, at=MOMENTS, life=LIVES)
def test_latest_is_historical_at_its_time(rows: list[Row], at: int, life: int | None) -> None:
    view = replace(VIEW, time_to_live=None if life is None else timedelta(hours=life))
    pinned = tables(rows)
    latest = view.latest(pinned, instant(at))
    entities = latest.select("account", at=pl.lit(instant(at), INSTANT))
    assert latest["account"].to_list() == sorted({a for a, event, _, known in rows if max(event, known) <= at})
    assert view.historical(pinned, entities)["balance"].to_list() == latest["balance"].to_list()
