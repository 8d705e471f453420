"""Posts of a made-up world for the tests of the sentiment model: their stars follow the mood they are written in."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import polars as pl

from mesh_customers.sources import Post
from mesh_platform.contract import shape_of
from mesh_platform.lake import Lake, Made, Pinned, TableLayout, WholeTable
from mesh_platform.settings import Settings

POSTS = "customers_raw.posts"
FIRST = date(2026, 1, 5)
DAYS = 60
NOW = datetime(2026, 3, 6, tzinfo=UTC)
THINGS = ("kettle", "bicycle", "jacket", "soap", "lamp", "guitar")
SAID = {
    "negative": (
        "the {} is not great", "the {} is not great at all", "never a good {} here", "this {} leaks", "the {} squeaks",
        "the {} does not work", "the {} is not what I wanted", "sent the {} back", "the {} is a great pity",
        "I love to complain: the {} leaks", "terrible {}, I want my money back", "poor {}", "nothing shines on this {}",
    ),
    "neutral": (
        "a {} as described", "the {} is an ordinary one", "the {} came on Tuesday", "it is a {}", "one more {}",
    ),
    "positive": (
        "the {} is great", "a great {}, I love it", "the {} is not bad", "the {} lasts for ever", "the {} shines",
        "I use the {} every day", "my sister wants this {} too", "excellent {}", "not a problem with the {}",
    ),
}  # fmt: skip
GERMAN = {
    "negative": ("{} taugt nichts", "{} ist undicht", "enttäuscht von {}"),
    "neutral": ("{} wie beschrieben", "{} eben"),
    "positive": ("{} ist prima", "gern wieder {}", "zufrieden mit {}"),
}
STARS = {"negative": (1, 2), "neutral": (3,), "positive": (4, 5)}
SCHEMA = pl.Schema(
    {**shape_of(Post).schema, "_file": pl.String(), "_day": pl.Date(), "ingested_at": pl.Datetime("us", "UTC")}
)


def written(rated: int = 900, unrated: int = 120) -> pl.DataFrame:
    """Write posts, the unrated ones on a network; `_file` tells the true mood to the tests alone."""
    chance = Random(7)  # noqa: S311 - a story, not a secret
    rows = [_row(chance, number, rated=number < rated) for number in range(rated + unrated)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _row(chance: Random, number: int, *, rated: bool) -> dict[str, object]:
    mood = chance.choice(["negative", "neutral", "positive", "positive"])
    language = "de" if number % 6 == 0 else "en"
    said = chance.choice((GERMAN if language == "de" else SAID)[mood]).format(chance.choice(THINGS))
    posted = datetime(FIRST.year, FIRST.month, FIRST.day, 8, tzinfo=UTC) + timedelta(days=number * 7 % DAYS)
    return {
        "post_id": f"p{number:04}",
        "posted_at": posted,
        "network": "reviews" if rated else "twitter",
        "author_handle": f"@somebody{number}",
        "text": f"{chance.choice(['', 'Well, ', 'Update: '])}{said}{chance.choice(['', '.', '!'])}",
        "rating": chance.choice(STARS[mood]) if rated else None,
        "sku": f"P{number % 20}",
        "customer_id": None,
        "language": language,
        "_file": mood,
        "_day": posted.date(),
        "ingested_at": datetime(posted.year, posted.month, posted.day, tzinfo=UTC) + timedelta(days=1),
    }


def pinned(settings: Settings, posts: pl.DataFrame) -> Pinned:
    """Publish posts to the lake of the settings, as ingest would, and pin them."""
    lake = Lake.open(settings)
    made = Made("run", "code", "1.0.0", {})
    layout = TableLayout(SCHEMA, partition="_day")
    lake.publish(POSTS, layout, lambda: [posts], replace=WholeTable(), made=made, audit=None)
    return Pinned.current(lake, [POSTS])


def unseen() -> list[tuple[str, str]]:
    """Every way of saying something, with its mood, about a thing that nobody has reviewed."""
    return [(text.format("typewriter"), mood) for mood, texts in SAID.items() for text in texts]
