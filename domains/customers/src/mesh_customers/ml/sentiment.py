"""The recipe "sentiment": how unrated posts feel, learnt from the posts whose authors gave stars.

What surprises: it learns from reviews and is used on posts of social networks, which talk about other things too. A
post about nothing of ours gets the mood that its words would have in a review.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_customers.ml.sentiment_baselines import by_word_list, majority
from mesh_customers.ml.sentiment_behaviours import behaviours
from mesh_customers.ml.sentiment_examples import POSTS, collect, learnt_languages, posts
from mesh_customers.ml.sentiment_judge import as_frame, chances_of, judged, macro_f1
from mesh_customers.ml.sentiment_model import chances, contributions, learn
from mesh_platform.errors import MissingFeature, UnknownName
from mesh_platform.ml.recipe import Check, Examples, Explanation, Fitted, Metric, Recipe

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mesh_platform.lake import Pinned
    from mesh_platform.ml.making import Making

NEEDED = ["text", "language"]


class Sentiment(Recipe):
    """Negative, neutral or positive: a logistic regression over n-grams of words and characters."""

    name: ClassVar[str] = "sentiment"
    purpose: ClassVar[str] = (
        "Says how posts without stars feel about what they talk about, to sum up the voice of many customers. "
        "Not for judging an author, nor for answering a single post unread."
    )
    tables: ClassVar[tuple[str, ...]] = (POSTS,)
    feature_table: ClassVar[str] = POSTS
    metric: ClassVar[Metric] = Metric("macro F1")
    unit: ClassVar[str] = "post_id"
    needs_days: ClassVar[int] = 28

    def examples(self, tables: Pinned, as_of: datetime) -> Examples:
        """Collect the posts with stars: the oldest to learn from, the newest to be judged on."""
        return collect(tables, as_of)

    def fit(self, examples: Examples, seed: int) -> Fitted:
        """Fit on the posts to learn from, all languages in one model: their words differ anyway."""
        train = examples.train
        languages = learnt_languages(train)
        return learn(train["text"].to_list(), train["mood"].to_numpy(), seed) | {"languages": languages}

    def predict(self, fitted: Fitted, rows: pl.DataFrame) -> pl.DataFrame:
        """Predict each post's mood, its score and the moods' probabilities."""
        if missing := [name for name in NEEDED if name not in rows.columns]:
            raise MissingFeature.of(self.name, missing, rows.columns)
        return as_frame(chances(fitted, rows["text"].to_list()))

    def baselines(self, examples: Examples) -> dict[str, pl.DataFrame]:
        """Always the same answer, and a list of words."""
        holdout = examples.holdout
        return {
            "majority": as_frame(majority(examples.train["mood"].to_numpy(), len(holdout))),
            "word list": as_frame(by_word_list(holdout["text"].to_list())),
        }

    def measure(self, rows: pl.DataFrame, predictions: pl.DataFrame, weight: npt.NDArray[np.float64]) -> float:
        """The macro F1: each mood counts the same, however rare."""
        return macro_f1(rows["mood"].to_numpy(), chances_of(predictions), weight)

    def judge(self, rows: pl.DataFrame, predictions: pl.DataFrame) -> dict[str, float]:
        """Hits, ranking and calibration; where known, also on the texts that were not learnt word by word."""
        familiar = rows["text_was_learnt"].cast(pl.Float64).to_numpy() if "text_was_learnt" in rows.columns else None
        return judged(rows["mood"].to_numpy(), chances_of(predictions), familiar)

    def behaviours(self, fitted: Fitted, examples: Examples) -> tuple[Check, ...]:
        """Invariance to writing and names; direction of negation, praise and complaint."""
        return behaviours(fitted, examples)

    def fairness(self, rows: pl.DataFrame, predictions: pl.DataFrame) -> tuple[Check, ...]:
        """None: what a post says decides nothing about its author."""
        return ()

    def plots(self, fitted: Fitted, examples: Examples, predictions: pl.DataFrame) -> dict[str, Figure]:
        """Draw confusion, calibration and the words that speak loudest."""
        from mesh_customers.ml.sentiment_plots import plots

        return plots(fitted, examples.holdout["mood"].to_numpy(), chances_of(predictions))

    def score(self, fitted: Fitted, making: Making) -> pl.DataFrame:
        """Read the posts without stars in the languages that were learnt."""
        silent = posts(making.tables, making.known_until).filter(
            pl.col("rating").is_null(), pl.col("language").is_in(fitted["languages"])
        )
        if making.days is not None:
            silent = silent.filter(pl.col("_day").is_in(making.days))
        rows = silent.collect()
        said = rows.select("post_id", pl.col("_day").alias("posted_on"), "sku", "network", "language")
        return pl.concat([said, self.predict(fitted, rows), rows.select("ingested_at")], how="horizontal")

    def explain(self, fitted: Fitted, tables: Pinned, row: Mapping[str, Any]) -> Explanation:
        """Split the log odds of positive against negative over the post's words."""
        post = tables.scan(POSTS).filter(pl.col("post_id") == row["post_id"]).collect()
        if post.is_empty():
            raise UnknownName(f"no post '{row['post_id']}' in {POSTS} at the prediction's snapshot; was it erased?")
        said = post.select("text", "language", "network").row(0, named=True)
        return Explanation(said, tuple(contributions(fitted, said["text"])), "log odds of positive against negative")


RECIPE = Sentiment()
