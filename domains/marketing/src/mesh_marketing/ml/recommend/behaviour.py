"""Promises about the ranker, tried on the hold-out: what must not matter, and which way things must go."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from mesh_marketing.ml.recommend.rows import PLACES
from mesh_platform.ml.recipe import Check

Predict = Callable[[pl.DataFrame], pl.DataFrame]
TRIED_CUSTOMERS = 300
SAME = 1e-9


def check_behaviours(predict: Predict, holdout: pl.DataFrame) -> tuple[Check, ...]:
    """Try all promises on some customers' candidates."""
    some = holdout["customer_id"].unique().sort().head(TRIED_CUSTOMERS)
    rows = holdout.filter(pl.col("customer_id").is_in(some.to_list()))
    return (
        _names_do_not_matter(predict, rows),
        _a_liked_category_keeps_its_places(predict, rows),
        _stock(predict, rows),
    )


def _names_do_not_matter(predict: Predict, rows: pl.DataFrame) -> Check:
    order = np.random.default_rng(0).permutation(rows.height)
    renamed = rows[order].with_columns(pl.format("renamed-{}", pl.col("sku").str.reverse()).alias("sku"))
    moved = float(np.abs(predict(renamed)["score"].to_numpy() - predict(rows)["score"].to_numpy()[order]).max())
    return Check("new ids and another order change no score", moved <= SAME, f"largest change {moved:.2g}")


def _a_liked_category_keeps_its_places(predict: Predict, rows: pl.DataFrame) -> Check:
    """Another purchase in a category raises its share and its lift for all of its products."""
    category = rows["category"].mode().sort()[0]
    here = pl.col("category") == category
    more = rows.with_columns(
        pl.when(here).then(pl.col("category_share") + 0.1).otherwise("category_share").cast(pl.Float32),
        pl.when(here).then(pl.col("category_lift") + 0.5).otherwise("category_lift").cast(pl.Float32),
    )
    before, after = (_places(predict(tried), rows, category) for tried in (rows, more))
    detail = f"{category}: {before} of the places before, {after} after"
    return Check("more purchases in a category do not lower its share of places", after >= before, detail)


def _places(predictions: pl.DataFrame, rows: pl.DataFrame, category: str) -> int:
    return int(((predictions["rank"] <= PLACES) & (rows["category"] == category)).sum())


def _stock(predict: Predict, rows: pl.DataFrame) -> Check:
    """Of each list's products every third is taken away; the others must fill the places."""
    gone = pl.Series(predict(rows)["rank"] % 3 == 1)
    left = rows.with_columns(available=~gone)
    ranks = predict(left).select("rank", gone=gone, customer_id=rows["customer_id"])
    enough = ((~pl.col("gone")).sum().over("customer_id") >= PLACES) & pl.col("gone")
    wrong = ranks.filter(enough & (pl.col("rank") <= PLACES)).height
    return Check("what is out of stock is never in a list", wrong == 0, f"{wrong} of {int(gone.sum())} taken away are")
