from datetime import date, timedelta

import polars as pl

from customers_tests.conftest import Build
from customers_tests.samples import MONDAY, TUESDAY, post
from mesh_customers.domain import DOMAIN
from mesh_platform.contract import shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.testing import Row

NEXT_MONDAY = MONDAY + timedelta(days=7)
POSTS = [
    post("p1", sku="tea", rating=5),
    post("p2", TUESDAY, sku="tea", rating=1, network="twitter"),
    post("p3", TUESDAY, sku="tea", network="twitter"),
    post("p4", NEXT_MONDAY - timedelta(days=1), "23:59", sku="tea", rating=2),
    post("p5", NEXT_MONDAY, "00:00", sku="tea", network="tiktok"),
    post("p6", TUESDAY, sku="cup", rating=4),
    post("p7", TUESDAY),
]
SAID = [
    {"post_id": "p3", "posted_on": TUESDAY, "mood": "negative", "sentiment": -0.5, "model_version": 4},
    {"post_id": "p7", "posted_on": TUESDAY, "mood": "negative", "sentiment": -0.5, "model_version": 4},
]
"""What the model says of the posts without stars; it has not read p5 yet."""


def test_a_week_counts_what_was_said_and_how_it_was_rated(build: Build) -> None:
    row = build("customer_voice", posts=POSTS).filter(sku="tea", week=MONDAY).row(0, named=True)
    wanted: Row = {
        "mentions": 4,
        "reviews": 2,
        "networks": 2,
        "rated": 3,
        "unrated_posts": 1,
        "rating_1": 1,
        "rating_2": 1,
        "rating_3": 0,
        "rating_4": 0,
        "rating_5": 1,
        "mean_rating": 8 / 3,
        "share_negative_rated": 2 / 3,
        "share_positive_rated": 1 / 3,
    }
    assert {name: row[name] for name in wanted} == wanted


def test_a_product_that_nobody_rated_has_no_mean(build: Build) -> None:
    row = build("customer_voice", posts=POSTS).filter(sku="tea", week=NEXT_MONDAY).row(0, named=True)
    assert row["mentions"] == 1
    assert row["mean_rating"] is None
    assert row["share_negative_rated"] is None


def test_a_day_of_a_week_makes_the_whole_week_again(build: Build) -> None:
    whole = build("customer_voice", posts=POSTS)
    day: date
    for day in (MONDAY, TUESDAY, NEXT_MONDAY - timedelta(days=1)):
        alone = build("customer_voice", (day, day), posts=POSTS)
        assert alone.equals(whole.filter(pl.col("week") == MONDAY))


def test_the_rows_keep_their_contract(build: Build) -> None:
    for product in ("customer_voice", "voice_sentiment"):
        _keeps_its_contract(product, build(product, posts=POSTS, post_sentiment=SAID))


def _keeps_its_contract(product: str, rows: pl.DataFrame) -> None:
    contract = DOMAIN.product(product).contract
    assert rows.schema == shape_of(contract).schema
    assert screen(contract, rows).is_empty()


def test_stars_and_the_moods_of_posts_without_them_make_a_products_sentiment(build: Build) -> None:
    rows = build("voice_sentiment", posts=POSTS, post_sentiment=SAID)
    row = rows.filter(sku="tea", week=MONDAY).row(0, named=True)
    wanted: Row = {
        "mentions": 4,
        "rated": 3,
        "predicted": 1,
        "unread": 0,
        "negative": 3,
        "neutral": 0,
        "positive": 1,
        "share_negative": 0.75,
        "net_sentiment": -0.5,
        "mean_sentiment_unrated": -0.5,
        "model_version": 4,
    }
    assert {name: row[name] for name in wanted} == wanted


def test_a_post_that_the_model_has_not_read_has_no_mood(build: Build) -> None:
    rows = build("voice_sentiment", posts=POSTS, post_sentiment=SAID)
    row = rows.filter(sku="tea", week=NEXT_MONDAY).row(0, named=True)
    assert (row["mentions"], row["unread"]) == (1, 1)
    assert row["net_sentiment"] is None


def test_stars_speak_before_the_model(build: Build) -> None:
    wrong = [{**SAID[0], "post_id": "p1"}]
    row = build("voice_sentiment", posts=POSTS, post_sentiment=wrong).filter(sku="tea", week=MONDAY).row(0, named=True)
    assert (row["positive"], row["predicted"]) == (1, 0)


def test_the_sentiment_counts_the_mentions_that_the_voice_counts(build: Build) -> None:
    counts = ["sku", "week", "mentions", "rated"]
    voice = build("customer_voice", posts=POSTS).select(counts)
    assert build("voice_sentiment", posts=POSTS, post_sentiment=SAID).select(counts).equals(voice)


def test_a_day_makes_the_whole_weeks_sentiment_again(build: Build) -> None:
    whole = build("voice_sentiment", posts=POSTS, post_sentiment=SAID)
    alone = build("voice_sentiment", (TUESDAY, TUESDAY), posts=POSTS, post_sentiment=SAID)
    assert alone.equals(whole.filter(pl.col("week") == MONDAY))
