from datetime import date, timedelta
from random import Random

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from marketing_tests.conftest import Build
from marketing_tests.samples import MONDAY, TUESDAY, WEDNESDAY, event
from mesh_marketing.domain import DOMAIN
from mesh_marketing.sources import EVENT_KINDS
from mesh_platform.contract import shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.testing import Row, at, end_of

CONTRACT = DOMAIN.product("sessions").contract
DAYS = [MONDAY + timedelta(days=n) for n in range(6)]
NIGHT = [
    event("e1", "night", MONDAY, "23:50", visitor_id="first", kind="impression", campaign_id="c"),
    event("e2", "night", MONDAY, "23:58", customer_id="a", kind="product_view", referrer="news"),
    event("e3", "night", TUESDAY, "00:01", customer_id="b", kind="checkout", visitor_id="other"),
    event("e4", "night", TUESDAY, "00:02", kind="purchase", order_id="o1", experiment_id="x", variant="b"),
    event("e5", "night", TUESDAY, "00:03", kind="purchase", order_id="o2"),
]


def web(seed: int) -> list[Row]:
    """Visits of five evenings and the nights after them, many of which cross midnight."""
    chance, events = Random(seed), list[Row]()  # noqa: S311 - a story, not a secret
    for number in range(80):
        begun = at(chance.choice(DAYS[:-1]), "22:00") + timedelta(minutes=chance.randrange(119))
        for n in range(chance.randint(1, 6)):
            when = begun + timedelta(minutes=chance.randrange(240))
            who = chance.choice([None, "a", "b"])
            moment: Row = {"occurred_at": when, "ingested_at": end_of(when.date()), "customer_id": who}
            kind = chance.choice([kind for kind in EVENT_KINDS if kind != "purchase"])
            events.append(event(f"e{number}-{n}", f"s{number}", when.date(), kind=kind, **moment))
    return events


def test_a_session_that_crosses_midnight_is_one_row_of_its_first_day(build: Build) -> None:
    [row] = build("sessions", web_events=NIGHT).to_dicts()
    wanted = {
        "session_id": "night",
        "started_on": MONDAY,
        "started_at": at(MONDAY, "23:50"),
        "ended_at": at(TUESDAY, "00:03"),
        "visitor_id": "first",
        "customer_id": "a",
        "impressions": 1,
        "product_views": 1,
        "checkouts": 1,
        "purchases": 2,
        "order_id": "o1",
        "referrer": "news",
        "campaign_id": "c",
        "experiment_id": "x",
        "variant": "b",
        "converted": True,
        "bounced": False,
        "duration_seconds": 780,
        "ingested_at": end_of(TUESDAY),
    }
    assert {name: row[name] for name in wanted} == wanted


def test_a_session_ends_with_its_second_day(build: Build) -> None:
    told = [event("e1", "s", MONDAY), event("e2", "s", TUESDAY), event("e3", "s", WEDNESDAY)]
    for days in (None, (MONDAY, MONDAY)):
        [row] = build("sessions", days, web_events=told).to_dicts()
        assert (row["started_on"], row["page_views"]) == (MONDAY, 2)
    for day in (TUESDAY, WEDNESDAY):
        assert_is_empty(build, day, told)


def assert_is_empty(build: Build, day: date, told: list[Row]) -> None:
    other = event("other", "other", day)
    assert build("sessions", (day, day), web_events=[*told, other])["session_id"].to_list() == ["other"]


@pytest.mark.parametrize("length", [1, 2, 6])
def test_days_made_alone_equal_the_same_days_made_with_all(build: Build, length: int) -> None:
    told = web(seed=2)
    whole = build("sessions", web_events=told)
    assert (whole["ended_at"].dt.date() > whole["started_on"]).sum() > 20
    spans = [(DAYS[n], DAYS[n + length - 1]) for n in range(0, len(DAYS), length)]
    alone = pl.concat([build("sessions", span, web_events=told) for span in spans])
    assert_frame_equal(alone.sort("session_id"), whole, check_exact=True)


def test_a_day_that_lands_changes_its_own_rows_and_those_of_the_days_beside_it_only(build: Build) -> None:
    told = web(seed=3)
    rows = pl.DataFrame(schema=shape_of(CONTRACT).schema)
    for landing in chronological_but_for_one():
        known = [row for row in told if row["_day"] in landing.landed]
        beside = (landing.day - timedelta(days=1), landing.day + timedelta(days=1))
        made = build("sessions", beside, web_events=known)
        rows = pl.concat([rows.filter(~pl.col("started_on").is_between(*beside)), made])
    assert_frame_equal(rows.sort("session_id"), build("sessions", web_events=told), check_exact=True)


class Landing:
    """A day that lands, and all that have landed then."""

    def __init__(self, day: date, landed: list[date]) -> None:
        self.day, self.landed = day, landed


def chronological_but_for_one() -> list[Landing]:
    """The days in order, but the third comes last."""
    order = [*DAYS[:2], *DAYS[3:], DAYS[2]]
    return [Landing(day, order[: n + 1]) for n, day in enumerate(order)]


def test_the_order_of_the_events_in_the_files_does_not_matter(build: Build) -> None:
    told = web(seed=4)
    assert_frame_equal(build("sessions", web_events=told), build("sessions", web_events=told[::-1]), check_exact=True)


def test_every_event_is_counted_once(build: Build) -> None:
    told = web(seed=5)
    counts = [
        "page_views",
        "searches",
        "impressions",
        "product_views",
        "add_to_carts",
        "remove_from_carts",
        "checkouts",
    ]
    assert build("sessions", web_events=told).select(pl.sum_horizontal(pl.col(counts).sum())).item() == len(told)


def test_an_id_that_comes_back_after_a_silent_day_breaks_the_key(build: Build) -> None:
    rows = build("sessions", web_events=[event("e1", "s", MONDAY), event("e2", "s", WEDNESDAY)])
    assert rows["session_id"].to_list() == ["s", "s"]
    assert shape_of(CONTRACT).key == ("session_id",)


def test_the_rows_keep_their_contract(build: Build) -> None:
    rows = build("sessions", web_events=[*NIGHT, *web(seed=6)])
    assert rows.schema == shape_of(CONTRACT).schema
    assert screen(CONTRACT, rows).is_empty()
    assert rows["session_id"].is_unique().all()
