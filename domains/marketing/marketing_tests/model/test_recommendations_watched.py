"""Lists whose fortnight is over are judged by what was bought in it."""

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from marketing_tests.model.planted_taste import FIRST, Frames, order_lines, pinned, shop, sku
from mesh_marketing.ml.health import current, labelled
from mesh_marketing.ml.recommendations import RECIPE, WINDOW_DAYS

MADE = 30
KNOWN = datetime.fromisoformat("2026-01-31T00:00:00+00:00") + timedelta(days=WINDOW_DAYS + 1)


def lists(*of: tuple[str, int, list[int]]) -> pl.DataFrame:
    """Published lists: (customer, day, products in their order)."""
    rows = [
        {"customer_id": who, "as_of": FIRST + timedelta(days=day), "rank": at, "sku": sku(item), "model_version": 2}
        for who, day, items in of
        for at, item in enumerate(items, start=1)
    ]
    schema = {"customer_id": pl.String, "as_of": pl.Date, "rank": pl.Int64, "sku": pl.String, "model_version": pl.Int64}
    return pl.DataFrame(rows, schema=schema)


def frames(made: pl.DataFrame, *lines: tuple[int, str, int]) -> Frames:
    return {"marketing.recommendations": made, "sales.order_lines": order_lines(list(lines))}


def measured(rows: pl.DataFrame) -> float:
    return RECIPE.measure(rows, rows, np.ones(rows.height))


def test_a_list_is_worth_what_its_places_found() -> None:
    made = lists(("ann", MADE, [1, 2, 3]), ("bob", MADE, [4, 5, 6]))
    before = [(3, "ann", 9), (3, "bob", 9)]
    rows = labelled(pinned(frames(made, *before, (MADE + 2, "ann", 2), (MADE + 3, "bob", 9))), KNOWN)
    assert rows["day"].unique().to_list() == [date(2026, 2, 1)]
    assert rows["model_version"].unique().to_list() == [2]
    assert measured(rows.filter(customer_id="ann")) == pytest.approx(1 / np.log2(3))
    assert measured(rows) == pytest.approx(1 / np.log2(3) / 2)


def test_only_who_bought_before_and_within_the_fortnight_is_judged() -> None:
    made = lists(*((who, MADE, [1, 2]) for who in ("new", "silent", "late", "both")))
    before = [(3, who, 1) for who in ("silent", "late", "both")]
    after = [(MADE + 1, "new", 1), (MADE + 1 + WINDOW_DAYS, "late", 1), (MADE + 1, "both", 1)]
    rows = labelled(pinned(frames(made, *before, *after)), KNOWN)
    assert rows["customer_id"].unique().to_list() == ["both"]


def test_lists_wait_until_their_fortnight_is_over() -> None:
    made = lists(("ann", MADE, [1]), ("ann", MADE + 1, [2]))
    lines = [(3, "ann", 9), (MADE + 5, "ann", 1)]
    tables = pinned(frames(made, *lines))
    assert labelled(tables, KNOWN)["sku"].to_list() == [sku(1)]
    assert labelled(tables, KNOWN + timedelta(days=1))["sku"].to_list() == [sku(2)]
    assert labelled(tables, KNOWN - timedelta(days=1)).is_empty()


def test_what_became_known_later_is_not_seen() -> None:
    late = order_lines([(MADE + 5, "ann", 1)]).with_columns(ingested_at=pl.lit(KNOWN + timedelta(seconds=1)))
    found = frames(lists(("ann", MADE, [1])), (3, "ann", 9))
    tables = pinned(found | {"sales.order_lines": pl.concat([found["sales.order_lines"], late])})
    assert labelled(tables, KNOWN).is_empty()
    assert labelled(tables, KNOWN + timedelta(seconds=1)).height == 1


def test_features_looked_at_are_those_of_the_last_whole_fortnight() -> None:
    planted, newest = shop(), date(2026, 3, 25)
    rows = current(pinned(planted), frozenset({newest, newest - timedelta(days=1)}))
    holdout = RECIPE.examples(pinned(planted), datetime.fromisoformat("2026-03-26T00:00:00+00:00")).holdout
    assert rows.select(holdout.columns).equals(holdout)
