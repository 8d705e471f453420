from datetime import date, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from customers_tests.conftest import Build
from customers_tests.data.worlds import FIRST, Story, expected, story
from customers_tests.samples import MONDAY, TUESDAY, WEDNESDAY, order, post, profile, session
from mesh_customers.domain import DOMAIN
from mesh_platform.contract import shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.testing import at

CONTRACT = DOMAIN.product("customer_360").contract
LONG = story(seed=1, customers=12, days=430)


@pytest.fixture
def whole(build: Build) -> pl.DataFrame:
    """All days of the long story, made at once."""
    return build("customer_360", **LONG.rows())


def days_later(days: int) -> date:
    return FIRST + timedelta(days=days)


def test_every_row_is_what_working_it_out_by_hand_gives(whole: pl.DataFrame) -> None:
    by_hand = pl.DataFrame(expected(LONG), schema=shape_of(CONTRACT).schema, orient="row")
    assert by_hand.height > 3000
    assert by_hand.filter(pl.col("orders_to_date") > 0)["currency"].n_unique() > 1, "some mix currencies, some don't"
    assert_frame_equal(whole, by_hand, check_exact=True)


@pytest.mark.parametrize(
    "days", [(0, 0), (100, 100), (429, 429), (28, 56), (90, 300), (365, 429), (0, 429)], ids=lambda d: f"{d[0]}-{d[1]}"
)
def test_days_made_alone_equal_the_same_days_made_with_all(
    build: Build, whole: pl.DataFrame, days: tuple[int, int]
) -> None:
    first, last = map(days_later, days)
    alone = build("customer_360", (first, last), **LONG.rows())
    assert_frame_equal(alone, whole.filter(pl.col("as_of").is_between(first, last)), check_exact=True)


def test_no_row_knows_what_happened_after_its_day(build: Build, whole: pl.DataFrame) -> None:
    day = days_later(200)
    told = build("customer_360", **LONG.until(day).rows())
    known = told["customer_id"].unique().to_list()
    assert len(known) >= 5
    assert_frame_equal(told, whole.filter(pl.col("as_of") <= day, pl.col("customer_id").is_in(known)))


def test_a_row_that_used_what_came_late_says_so(build: Build) -> None:
    late = order("o2", "c1", TUESDAY, ingested_at=at(date(2026, 1, 9), "00:00"))
    orders = [order("o1", "c1", MONDAY), late, order("o3", "c1", date(2026, 1, 10))]
    rows = build("customer_360", profiles=[profile("c1")], orders=orders)
    not_in_time = rows.filter(pl.col("ingested_at").dt.date() > pl.col("as_of") + timedelta(days=1))
    assert not_in_time["as_of"].to_list() == [TUESDAY, WEDNESDAY]


def test_a_customer_of_whom_only_the_profile_is_known_has_a_row_and_zeros(build: Build) -> None:
    rows = build("customer_360", profiles=[profile("c1"), profile("quiet")], orders=[order("o1", "c1")])
    quiet = rows.row(by_predicate=pl.col("customer_id") == "quiet", named=True)
    assert quiet["orders_to_date"] == 0
    assert quiet["recency_days"] is None


def test_only_customers_with_a_profile_have_rows(build: Build) -> None:
    orders = [order("o1", "c1"), order("o2", "unknown"), order("o3", None)]
    assert build("customer_360", profiles=[profile("c1")], orders=orders)["customer_id"].to_list() == ["c1"]


def test_the_rows_keep_their_contract(whole: pl.DataFrame) -> None:
    assert whole.schema == shape_of(CONTRACT).schema
    assert screen(CONTRACT, whole).is_empty()
    assert not whole.select("customer_id", "as_of").is_duplicated().any()


def test_purchases_on_both_channels_with_ratings_and_visits_make_one_row(build: Build) -> None:
    told = Story(
        profiles=[profile("c1")],
        posts=[post("p1", customer_id="c1", rating=2), post("p2", customer_id="c1")],
        orders=[order("o1", "c1"), order("o2", "c1", channel="store")],
        sessions=[session("s1", "c1"), session("s2", "c1", purchases=1)],
    )
    [row] = build("customer_360", **told.rows()).to_dicts()
    assert (row["channels_used"], row["share_store_orders"], row["orders_28d"]) == (2, 0.5, 2)
    assert (row["sessions_28d"], row["purchase_sessions_28d"], row["product_views_28d"]) == (2, 1, 2)
    assert (row["posts_90d"], row["ratings_90d"], row["mean_rating_90d"]) == (2, 1, 2.0)
