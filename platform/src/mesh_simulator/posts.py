"""Posts and reviews: buyers judge what they bought, shoppers complain about empty shelves, and some just talk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from mesh_simulator.arrays import NOBODY, Bools, Floats, Ints, Table, constant, mixed, pick_same
from mesh_simulator.baskets import Baskets, Wishes
from mesh_simulator.ids import instants, look, numbered, optional, written
from mesh_simulator.orders import Lines
from mesh_simulator.texts import MOODS, NEGATIVE, NEUTRAL, THEMES, compose, small_talk
from mesh_simulator.today import Today
from mesh_simulator.vocabulary import BRANDS, CATEGORIES, FIRST_NAMES

NETWORKS = ("reviews", "twitter", "instagram", "facebook", "tiktok")
REVIEWED = 0.05
COMPLAINS = 0.05
MENTIONS_A_DAY = 5.0
UNRELATED_A_DAY = 3.0
UNRELATED = -2
"""The theme of a post that is about nothing of ours."""
AVAILABILITY = THEMES.index("availability")


@dataclass(slots=True)
class Posts(Table):
    """One row a post that is written today."""

    customer: Ints
    sku: Ints
    network: Ints
    rating: Ints
    mood: Ints
    theme: Ints


def schedule_posts(today: Today, sold: Lines, baskets: Baskets, wishes: Wishes, missed: Bools) -> None:
    """Decide who will write about today's purchases and today's empty shelves."""
    rng = today.rng("future posts")
    _schedule_reviews(today, rng, sold)
    sad = wishes.where(missed & (rng.random(len(wishes)) < COMPLAINS))
    who = baskets.customer[sad.basket]
    network = 1 + pick_same(rng, np.array([0.5, 0.15, 0.25, 0.1]), len(sad))
    today.state.posts.add(
        today.day + rng.integers(0, 2, len(sad)),
        customer=np.where(rng.random(len(sad)) < 0.3, who, NOBODY),
        sku=sad.sku,
        network=network,
        rating=constant(len(sad)),
        mood=np.where(rng.random(len(sad)) < 0.85, NEGATIVE, NEUTRAL),
        theme=constant(len(sad), AVAILABILITY),
    )


def _schedule_reviews(today: Today, rng: np.random.Generator, sold: Lines) -> None:
    bought = sold.where((sold.shown >= 0) & (sold.manner == 0) & (rng.random(len(sold)) < REVIEWED))
    felt = 0.75 + 0.9 * today.state.catalogue.quality[bought.sku] + rng.normal(0, 0.9, len(bought))
    felt -= 0.6 * (today.state.people.annoyed[bought.shown] > 0.8)
    rating, mood = stars(felt), moods(felt)
    shown = np.where(rng.random(len(bought)) < 0.03, 6 - rating, rating)  # some mistake the stars
    network = np.where(rng.random(len(bought)) < 0.8, 0, rng.integers(1, 5, len(bought)))
    theme = pick_same(rng, np.array([0.5, 0.15, 0.12, 0.1, 0.03, 0.1]), len(bought))
    today.state.posts.add(
        today.day + 2 + rng.geometric(0.15, len(bought)),
        customer=bought.shown,
        sku=bought.sku,
        network=network,
        rating=np.where(network == 0, shown, NOBODY),
        mood=mood,
        theme=theme,
    )


def stars(felt: Floats) -> Ints:
    """The stars that somebody gives who feels so."""
    return (1 + np.searchsorted([-0.9, -0.2, 0.5, 1.3], felt)).astype(np.int64)


def moods(felt: Floats) -> Ints:
    """The mood of somebody who feels so: what goes with one or two stars is negative, with three neutral."""
    return np.searchsorted([-0.2, 0.5], felt).astype(np.int64)


def post_rows(today: Today) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Write the day's posts, and the truth about them."""
    rng = today.rng("posts")
    due = today.state.posts.take(today.day)
    due.pop("due")
    posts = Posts.of(due).stack(_mentions(today, rng), _small_talk(today, rng))
    size = len(posts)
    at = np.sort(rng.integers(6 * 3_600_000, 86_390_000, size))
    posts = posts.where(rng.permutation(size))
    german = rng.random(size) < 0.1
    number = today.state.count("posts", size) + np.arange(size) + 1
    texts = _texts(today, rng, posts, german)
    tells = (posts.sku >= 0) & ((posts.network == 0) | (rng.random(size) < 0.35))
    named = (posts.network == 0) | (rng.random(size) < 0.2)
    ids = numbered("T", number, 8)
    author = np.where(posts.customer >= 0, posts.customer, 10_000_000 + rng.integers(0, 500_000, size))
    rows = written(
        {
            "post_id": ids,
            "posted_at": instants(today.date, at),
            "network": look(NETWORKS, posts.network),
            "author_handle": _handles(author),
            "text": pl.Series(texts, dtype=pl.String),
            "rating": optional(posts.rating),
            "sku": numbered("P", np.where(tells, posts.sku + 1, NOBODY), 5),
            "customer_id": numbered("C", np.where(named, posts.customer, NOBODY), 7),
            "language": look(("en", "de"), (german & (posts.theme != UNRELATED)).astype(np.int64)),
        }
    )
    truth = written(
        {
            "post_id": ids,
            "sentiment": look(MOODS, posts.mood),
            "theme": look([*THEMES, "unrelated"], np.where(posts.theme == UNRELATED, len(THEMES), posts.theme)),
            "sku": numbered("P", np.where(posts.sku >= 0, posts.sku + 1, NOBODY), 5),
        }
    )
    return rows, truth


def _mentions(today: Today, rng: np.random.Generator) -> Posts:
    """People talk about goods that they have seen, by how good these are."""
    size = int(rng.poisson(MENTIONS_A_DAY * today.world.scale))
    sku = pick_same(rng, today.wanted, size)
    felt = 0.3 + 0.6 * today.state.catalogue.quality[sku] + rng.normal(0, 1, size)
    return Posts(
        constant(size), sku, rng.integers(1, 5, size), constant(size), moods(felt), rng.integers(0, len(THEMES), size)
    )


def _small_talk(today: Today, rng: np.random.Generator) -> Posts:
    size = int(rng.poisson(UNRELATED_A_DAY * today.world.scale))
    return Posts(
        constant(size), constant(size), rng.integers(1, 5, size), constant(size), constant(size, NEUTRAL),
        constant(size, UNRELATED),
    )  # fmt: skip


def _texts(today: Today, rng: np.random.Generator, posts: Posts, german: Bools) -> list[str]:
    goods = today.state.catalogue
    texts = []
    for sku, mood, theme, in_german in zip(posts.sku, posts.mood, posts.theme, german, strict=True):
        if theme == UNRELATED:
            texts.append(small_talk(rng))
            continue
        noun = CATEGORIES[int(goods.category[sku])].nouns[int(goods.noun[sku])]
        if rng.random() < 0.3:
            noun = f"{BRANDS[int(goods.brand[sku])]} {noun}"
        texts.append(compose(rng, int(mood), int(theme), noun, german=bool(in_german)))
    return texts


def _handles(author: Ints) -> pl.Series:
    first = look([f"@{name.lower()}" for name in FIRST_NAMES], author % len(FIRST_NAMES)).series()
    return first + pl.Series(mixed(author, 5) % 100_000).cast(pl.String)
