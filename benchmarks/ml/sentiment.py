"""Sentiment of 14,640 tweets to airlines, by the text model of `customers.post_sentiment`; and how far it carries over.

Three things are told apart: how good the kind of model is on real texts (learnt on tweets, judged on other tweets), how
little a shop's reviews teach about tweets to airlines (learnt on simulated reviews, judged on the tweets), and how well
reviews teach about the same shop's unrated posts (judged by the simulator's hidden truth).
"""

import json
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.ml.table import Row
from mesh_customers.ml.sentiment_baselines import by_word_list, majority
from mesh_customers.ml.sentiment_examples import mood_of
from mesh_customers.ml.sentiment_judge import judged
from mesh_customers.ml.sentiment_model import MOODS, Floats, Ints, chances, learn
from mesh_platform.ml.recipe import Fitted
from mesh_simulator import simulate

FOLDS = 5
SEED = 0
METRIC = "accuracy / macro F1"
WORLD_DAYS, WORLD_SEED = 60, 11
TWEETS = "airline tweets, three moods"


def measure(data: Path) -> list[Row]:
    """Measure the model on tweets, and what it carries over from simulated reviews."""
    tweets = pl.read_parquet(data / "airline-tweets" / "tweets.parquet").select("text", "airline_sentiment")
    texts, moods = tweets["text"].to_list(), _moods(tweets["airline_sentiment"])
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        posts = _simulated(Path(folder))
    rated = posts.filter(pl.col("rating").is_not_null()).with_columns(mood_of(pl.col("rating")).alias("mood"))
    fitted = learn(rated["text"].to_list(), rated["mood"].to_numpy(), SEED)
    learnt = time.perf_counter() - started
    return [_folds(texts, moods), _carried(fitted, texts, moods, learnt), *_unrated(fitted, posts, learnt)]


def _moods(named: pl.Series) -> Ints:
    numbers = named.replace_strict({name: mood for mood, name in enumerate(MOODS)}, return_dtype=pl.Int64)
    return np.asarray(numbers.to_numpy(), np.int64)


def _folds(texts: list[str], moods: Ints) -> Row:
    """Learn and judge by folds; equal tweets are in one fold, since a copy in the learning part would be the answer."""
    from sklearn.model_selection import StratifiedGroupKFold

    started, ours, list_of_words, always = time.perf_counter(), [], [], []
    for learning, judging in StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED).split(texts, moods, texts):
        shuffled = np.random.default_rng(SEED).permutation(learning)  # `learn` tunes on the last of them
        held, true = [texts[i] for i in judging], moods[judging]
        fitted = learn([texts[i] for i in shuffled], moods[shuffled], SEED)
        ours.append(_figures(true, chances(fitted, held)))
        list_of_words.append(_figures(true, by_word_list(held)))
        always.append(_figures(true, majority(moods[learning], len(held))))
    return Row(
        TWEETS,
        f"learnt on tweets: stratified {FOLDS}-fold, copies in one fold, tuned within the learning part",
        METRIC,
        f"{_mean(list_of_words)} word list, {_mean(always)} majority (both measured here)",
        _mean(ours),
        time.perf_counter() - started,
    )


def _carried(fitted: Fitted, texts: list[str], moods: Ints, learnt: float) -> Row:
    started = time.perf_counter()
    ours, words = _figures(moods, chances(fitted, texts)), _figures(moods, by_word_list(texts))
    return Row(
        TWEETS,
        "learnt on simulated reviews of a shop, all tweets judged",
        METRIC,
        f"{_mean([words])} word list (measured here)",
        _mean([ours]),
        learnt + time.perf_counter() - started,
    )


def _unrated(fitted: Fitted, posts: pl.DataFrame, learnt: float) -> list[Row]:
    """Judge by the hidden truth, which only an evaluation may read."""
    unrated = posts.filter(pl.col("rating").is_null())
    parts = {"that name a product": pl.col("sku").is_not_null(), "of all kinds": pl.lit(value=True)}
    rows = []
    for which, part in parts.items():
        started, held = time.perf_counter(), unrated.filter(part)
        true, texts = _moods(held["sentiment"]), held["text"].to_list()
        ours, words = _figures(true, chances(fitted, texts)), _figures(true, by_word_list(texts))
        rows.append(
            Row(
                f"simulated posts without stars, {which}",
                f"learnt on {len(posts) - len(unrated):,} reviews, judged on {len(held):,} posts by the hidden truth",
                METRIC,
                f"{_mean([words])} word list (measured here)",
                _mean([ours]),
                learnt + time.perf_counter() - started,
            )
        )
    return rows


def _simulated(folder: Path) -> pl.DataFrame:
    """The posts of a simulated shop, with their hidden sentiment."""
    simulate(folder / "landing", folder / "truth", days=WORLD_DAYS, seed=WORLD_SEED, bad_rate=0.0)
    files = sorted((folder / "landing" / "customers" / "posts").iterdir())
    said = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    kinds = {"post_id": pl.String, "text": pl.String, "rating": pl.Int64, "sku": pl.String}
    posts = pl.DataFrame([{name: post.get(name) for name in kinds} for post in said], schema=kinds)
    truth = pl.read_parquet(folder / "truth" / "posts" / "*.parquet").select("post_id", "sentiment")
    return posts.join(truth, on="post_id", maintain_order="left")


def _figures(moods: Ints, found: Floats) -> tuple[float, float]:
    figures = judged(moods, found)
    return figures["accuracy"], figures["macro F1"]


def _mean(folds: list[tuple[float, float]]) -> str:
    return " / ".join(f"{figure:.3f}" for figure in np.mean(folds, axis=0))
