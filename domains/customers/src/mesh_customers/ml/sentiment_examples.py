"""What the sentiment model learns from: posts whose authors gave stars, as known at a time."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from mesh_customers.ml.sentiment_model import MOODS, NEGATIVE, NEUTRAL, POSITIVE
from mesh_customers.ml.sentiment_text import NEGATION, all_seen
from mesh_platform.errors import TooFewExamples
from mesh_platform.lake import Pinned
from mesh_platform.ml.recipe import Examples

POSTS = "customers_raw.posts"
READ = ("post_id", "posted_at", "network", "language", "text", "rating", "sku", "ingested_at", "_day")
LEARN_SHARE = 0.75
"""The share of the rated posts, the oldest ones, to learn from; the day that crosses it is learnt from too."""
MIN_A_MOOD = 30
"""Fewer examples of a mood tell more about their authors than about the mood."""
MIN_JUDGED_A_MOOD = 10
"""Fewer of a mood make the hold-out's figures noise."""
MIN_A_LANGUAGE = 30
"""A language with fewer rated posts is not read: its words would all be unknown."""
WATCHED = ("language", "words", "negations")
"""What of the posts has a distribution to watch; the text itself has none."""


def posts(tables: Pinned, as_of: datetime) -> pl.LazyFrame:
    """The posts known at a time, with what is watched of them."""
    known = tables.scan(POSTS, columns=READ).filter(pl.col("ingested_at") <= as_of, pl.col("posted_at") < as_of)
    return known.sort("posted_at", "post_id").with_columns(pl.col("language").str.to_lowercase())


def watched(rows: pl.DataFrame) -> pl.DataFrame:
    """Add how long the texts are and how much they negate."""
    words = [text.lower().split() for text in all_seen(rows["text"])]
    return rows.with_columns(
        pl.Series("words", [len(w) for w in words], pl.Int64),
        pl.Series("negations", [sum(NEGATION.fullmatch(one) is not None for one in w) for w in words], pl.Int64),
    )


def mood_of(stars: pl.Expr) -> pl.Expr:
    """The mood of a post by its stars: one and two are negative, three neutral, four and five positive."""
    return pl.when(stars <= 2).then(NEGATIVE).when(stars == 3).then(NEUTRAL).otherwise(POSITIVE).cast(pl.Int64)


def collect(tables: Pinned, as_of: datetime) -> Examples:
    """Split the rated posts at a day: the oldest to learn from, the newest to be judged on.

    Raises:
        TooFewExamples: Where a mood is too rare to learn or to judge.
    """
    rated = posts(tables, as_of).filter(pl.col("rating").is_not_null()).collect()
    rated = rated.with_columns(mood_of(pl.col("rating")).alias("mood"))
    cut = rated["_day"][int(len(rated) * LEARN_SHARE)] if len(rated) else None
    old, new = rated.filter(pl.col("_day") <= cut), rated.filter(pl.col("_day") > cut)
    languages = learnt_languages(old)
    train, holdout = (watched(part.filter(pl.col("language").is_in(languages))) for part in (old, new))
    _enough(train, MIN_A_MOOD, "to learn from", as_of)
    _enough(holdout, MIN_JUDGED_A_MOOD, "to be judged on", as_of)
    about: dict[str, str | float | int] = {
        "learnt until": str(cut),
        "learnt posts": len(train),
        "judged posts": len(holdout),
        "languages": ", ".join(languages),
        "rated posts in other languages": len(rated) - len(train) - len(holdout),
    }
    repeated = pl.col("text").is_in(train["text"].unique().to_list()).alias("text_was_learnt")
    return Examples(train, holdout.with_columns(repeated), WATCHED, about)


def learnt_languages(rated: pl.DataFrame) -> list[str]:
    """The languages with enough rated posts."""
    counts = rated.group_by("language").len().filter(pl.col("len") >= MIN_A_LANGUAGE)
    return sorted(counts["language"])


def _enough(rows: pl.DataFrame, least: int, use: str, as_of: datetime) -> None:
    counts = {name: rows.filter(pl.col("mood") == mood).height for mood, name in enumerate(MOODS)}
    if min(counts.values()) < least:
        found = ", ".join(f"{count} {name}" for name, count in counts.items())
        raise TooFewExamples(
            f"sentiment: posts with stars {use}, known by {as_of:%Y-%m-%d}: {found} "
            f"(rule: at least {least} of each, in languages with {MIN_A_LANGUAGE}); wait for more reviews"
        )
