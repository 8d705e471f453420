"""Why something is recommended, in words that a customer may read."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from mesh_marketing.ml.recommend.generator import Generator, Ints, Scores
from mesh_marketing.ml.recommend.item_knn import ItemKnn
from mesh_marketing.ml.recommend.taste import Taste

SOURCES = ("bought_before", "looked_at", "item_knn", "ease", "profile", "content", "popularity")
"""What a recommendation came from: the customer's own purchases or visits, else the generator that ranked it best."""
ITEM_TO_ITEM = ("item_knn", "ease")


def sources_of(rows: pl.DataFrame) -> Ints:
    """Where each candidate came from, as a position in `SOURCES`.

    Args:
        rows: Candidates with their features.
    """
    ranks = np.stack([rows[f"{name}_rank"].to_numpy() for name in SOURCES[2:]])
    seen = (rows["times_sought"] + rows["times_clicked"] + rows["times_carted"]).to_numpy() > 0
    return np.where(rows["times_bought"].to_numpy() > 0, 0, np.where(seen, 1, 2 + ranks.argmin(axis=0)))


def because_of(taste: Taste, generators: Mapping[str, Generator], customer: Ints, item: Ints) -> Ints:
    """The item of each customer's history that speaks most for another item, by item-kNN; -1 where none does."""
    knn = generators["item_knn"]
    assert isinstance(knn, ItemKnn)  # noqa: S101 - `fitted_generators` made it
    assert knn.alike is not None  # noqa: S101
    because = np.full(len(item), -1)
    for start in range(0, len(item), 8192):
        at = slice(start, start + 8192)
        support: Scores = taste.history[customer[at]].toarray() * knn.alike[:, item[at]].T
        support[np.arange(len(support)), item[at]] = 0
        because[at] = np.where(support.max(axis=1) > 0, support.argmax(axis=1), -1)
    return because


def in_words(rows: pl.DataFrame) -> pl.Series:
    """Say it.

    Args:
        rows: source, times_bought, days_since_item, because (a product's name, may be missing), category.
    """
    times = pl.when(pl.col("times_bought") > 1).then(pl.format("{} times", pl.col("times_bought").cast(pl.Int64)))
    said = (
        pl.when(pl.col("source") == "bought_before")
        .then(
            pl.format(
                "bought {}, last {} days ago", times.otherwise(pl.lit("once")), pl.col("days_since_item").cast(pl.Int64)
            )
        )
        .when(pl.col("source") == "looked_at")
        .then(pl.lit("looked at in the web shop"))
        .when(pl.col("source").is_in(ITEM_TO_ITEM) & pl.col("because").is_not_null())
        .then(pl.format("bought with {}", "because"))
        .when(pl.col("source").is_in(["profile", "content"]) & pl.col("because").is_not_null())
        .then(pl.format("suits the {} bought before", "category"))
        .otherwise(pl.format("popular now in {}", "category"))
    )
    return rows.select(said.alias("reason"))["reason"]
