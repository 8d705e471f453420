"""What a feature view may see, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from mesh_platform.errors import BadContract, MissingFeature, UnknownName
from mesh_platform.lake import Pinned

from .conftest import INSTANT, VIEW, Row

Publish = Callable[[list[Row]], Pinned]


def day(n: float) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=n)


def asked(*rows: tuple[str | None, datetime | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"account": pl.String(), "at": INSTANT}, orient="row")


def balances(tables: Pinned, *rows: tuple[str | None, datetime | None]) -> list[int | None]:
    return VIEW.historical(tables, asked(*rows))["balance"].to_list()


def test_a_value_that_happens_later_is_never_seen_though_it_is_known(pinned: Publish) -> None:
    tables = pinned([("a", day(1), 10, day(1)), ("a", day(5), 99, day(2))])
    assert balances(tables, ("a", day(3)), ("a", day(5))) == [10, 99]


def test_a_value_of_the_past_that_is_known_later_is_never_seen_before(pinned: Publish) -> None:
    tables = pinned([("a", day(1), 10, day(1)), ("a", day(2), 99, day(6))])
    assert balances(tables, ("a", day(3)), ("a", day(6))) == [10, 99]


def test_a_correction_takes_over_when_it_is_known(pinned: Publish) -> None:
    tables = pinned([("a", day(1), 10, day(1)), ("a", day(1), 11, day(4))])
    assert balances(tables, ("a", day(2)), ("a", day(4)), ("a", day(9))) == [10, 11, 11]


def test_a_late_row_about_an_older_time_does_not_replace_a_newer_one(pinned: Publish) -> None:
    tables = pinned([("a", day(3), 30, day(3)), ("a", day(1), 10, day(5))])
    assert balances(tables, ("a", day(6))) == [30]


def test_of_rows_that_become_usable_together_the_newest_counts(pinned: Publish) -> None:
    tables = pinned([("a", day(1), 10, day(5)), ("a", day(2), 20, day(5)), ("a", day(2), 21, day(1))])
    assert balances(tables, ("a", day(3)), ("a", day(5))) == [21, 20]


def test_a_row_can_be_used_at_the_very_moment_it_is_known_and_not_before(pinned: Publish) -> None:
    tables = pinned([("a", day(1), 10, day(2))])
    assert balances(tables, ("a", day(2) - timedelta(microseconds=1)), ("a", day(2))) == [None, 10]


def test_time_to_live_counts_from_the_event_not_from_when_it_was_known(pinned: Publish) -> None:
    tables = pinned([("a", day(1), 10, day(3))])
    view = replace(VIEW, time_to_live=timedelta(days=3))
    rows = view.historical(tables, asked(("a", day(3)), ("a", day(4)), ("a", day(4.1))))
    assert rows["balance"].to_list() == [10, 10, None]
    assert view.latest(tables, day(4))["balance"].to_list() == [10]
    assert view.latest(tables, day(4.1))["balance"].to_list() == [None]


def test_rows_keep_their_order_duplicates_and_other_columns(pinned: Publish) -> None:
    tables = pinned([("a", day(1), 10, day(1)), ("b", day(1), 20, day(1))])
    given = asked(("b", day(2)), ("a", day(2)), ("x", day(2)), ("b", day(2)), ("a", day(0))).with_columns(
        tag=pl.Series([[1], [2], None, [4], [5]])
    )
    joined = VIEW.historical(tables, given)
    assert joined.drop("balance").equals(given)
    assert joined["balance"].to_list() == [20, 10, None, 20, None]


def test_entities_and_times_that_are_missing_have_missing_features(pinned: Publish) -> None:
    tables = pinned([("a", day(1), 10, day(1)), (None, day(1), 20, day(1)), ("b", day(1), 30, None)])
    assert balances(tables, (None, day(2)), ("a", None), ("b", day(9))) == [None, None, None]


def test_no_entities_give_no_rows_with_the_features_type(pinned: Publish) -> None:
    joined = VIEW.historical(pinned([("a", day(1), 10, day(1))]), asked())
    assert joined.schema["balance"] == pl.Int64()
    assert joined.is_empty()


def test_a_date_can_be_the_event_time(pinned: Publish) -> None:
    tables = pinned([("a", day(1), 10, day(1))])
    view = replace(VIEW, event_time="cast(happened_at as date) + interval 1 day", known_at="")
    rows = view.historical(tables, asked(("a", day(1.9)), ("a", day(2))))
    assert rows["balance"].to_list() == [None, 10]


def test_rows_equal_in_both_times_always_give_the_same_one(pinned: Publish) -> None:
    tables = pinned([("a", day(1), n, day(1)) for n in (7, 3, 5)])
    assert balances(tables, ("a", day(2))) == [3]
    assert VIEW.latest(tables)["balance"].to_list() == [3]


def test_latest_without_a_time_is_all_that_is_known(pinned: Publish) -> None:
    tables = pinned([("b", day(1), 20, day(1)), ("a", day(1), 10, day(1)), ("a", day(2), 11, day(7))])
    rows = VIEW.latest(tables)
    assert rows.columns == ["account", "balance", "event_time"]
    assert rows.rows() == [("a", 11, day(2)), ("b", 20, day(1))]
    assert VIEW.latest(tables, day(0)).is_empty()


def test_an_unknown_source_or_column_is_named(pinned: Publish) -> None:
    tables = pinned([("a", day(1), 10, day(1))])
    given = asked(("a", day(2)))
    with pytest.raises(UnknownName, match="did you mean 'balance'"):
        replace(VIEW, features=("balanc",)).historical(tables, given)
    with pytest.raises(UnknownName, match=r"'bank.loans'"):
        replace(VIEW, source="bank.loans").historical(tables, given)
    with pytest.raises(UnknownName, match="hapened_at"):
        replace(VIEW, event_time="hapened_at").latest(tables)


def test_entities_that_cannot_be_joined_are_refused(pinned: Publish) -> None:
    tables = pinned([("a", day(1), 10, day(1))])
    given = asked(("a", day(2)))
    with pytest.raises(MissingFeature, match="lack account"):
        VIEW.historical(tables, given.drop("account"))
    with pytest.raises(MissingFeature, match="lack when"):
        VIEW.historical(tables, given, at="when")
    with pytest.raises(MissingFeature, match="time zone"):
        VIEW.historical(tables, given.with_columns(pl.col("at").dt.replace_time_zone(None)))
    with pytest.raises(MissingFeature, match="account is Int64"):
        VIEW.historical(tables, given.with_columns(account=pl.lit(1, pl.Int64)))
    with pytest.raises(BadContract, match="already have balance"):
        VIEW.historical(tables, given.with_columns(balance=pl.lit(1)))
    with pytest.raises(MissingFeature, match="has no time zone"):
        VIEW.latest(tables, datetime(2026, 1, 1))  # noqa: DTZ001 - that is the mistake
