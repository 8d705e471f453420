"""From a fitted ranker to the product's rows: lists of 20 for every customer who consents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from mesh_marketing.ml.recommend.candidates import Candidates, blocks, fitted_generators, gather
from mesh_marketing.ml.recommend.diversity import ranked
from mesh_marketing.ml.recommend.features import FEATURES
from mesh_marketing.ml.recommend.generator import Generator, Ints
from mesh_marketing.ml.recommend.ranker import scores_of
from mesh_marketing.ml.recommend.reasons import SOURCES, because_of, in_words, sources_of
from mesh_marketing.ml.recommend.rows import PLACES, candidate_rows
from mesh_marketing.ml.recommend.taste import Taste

COLUMNS = ("customer_id", "rank", "sku", "score", "source", "because_sku", "reason")


def lists_for_all(booster: str, taste: Taste) -> pl.DataFrame:
    """Recommend to every customer of the taste.

    Args:
        booster: The ranker's text.
        taste: What is known now.

    Returns:
        `COLUMNS`, one row a customer and rank.
    """
    everybody: Ints = np.arange(len(taste.customers), dtype=np.int64)
    made = list(lists_in_blocks(booster, taste, fitted_generators(taste), everybody))
    return pl.concat(made).sort("customer_id", "rank") if made else _empty()


def lists_in_blocks(
    booster: str, taste: Taste, generators: Mapping[str, Generator], who: Ints
) -> Iterator[pl.DataFrame]:
    """Recommend block by block, in bounded memory."""
    for block in blocks(who):
        found = gather(taste, generators, block)
        rows = candidate_rows(taste, generators, found)
        score = scores_of(booster, rows.select(FEATURES).to_numpy())
        rank = ranked(rows, score).to_numpy()
        listed = np.flatnonzero(rank <= PLACES)
        rows = rows[listed].with_columns(rank=pl.Series(rank[listed]), score=pl.Series(score[listed]))
        yield _explained(taste, generators, found, rows, listed)


def _explained(
    taste: Taste, generators: Mapping[str, Generator], found: Candidates, rows: pl.DataFrame, listed: Ints
) -> pl.DataFrame:
    customer, item = found.who[found.row[listed]], found.item[listed]
    because = because_of(taste, generators, customer, item)
    names, skus = (taste.items[column].gather(np.maximum(because, 0)) for column in ("name", "sku"))
    there = pl.Series(because >= 0)
    rows = rows.with_columns(
        source=pl.Series(np.array(SOURCES)[sources_of(rows)]),
        because=pl.select(pl.when(there).then(names))[:, 0],
        because_sku=pl.select(pl.when(there).then(skus))[:, 0],
    )
    return rows.with_columns(in_words(rows)).select(COLUMNS)


def _empty() -> pl.DataFrame:
    kinds = (pl.String, pl.Int64, pl.String, pl.Float64, pl.String, pl.String, pl.String)
    return pl.DataFrame(schema=dict(zip(COLUMNS, kinds, strict=True)))
