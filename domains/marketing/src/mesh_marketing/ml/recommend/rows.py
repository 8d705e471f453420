"""Candidates as rows: what the ranker learns from, is judged on, and scores."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from mesh_marketing.ml.recommend.candidates import Candidates, blocks, fitted_generators, gather
from mesh_marketing.ml.recommend.evidence import Evidence
from mesh_marketing.ml.recommend.features import FEATURES, feature_matrix
from mesh_marketing.ml.recommend.generator import Generator, Ints
from mesh_marketing.ml.recommend.metrics import discounts
from mesh_marketing.ml.recommend.profile import Profile
from mesh_marketing.ml.recommend.taste import Taste, matrix, taste_at

PLACES = 20
"""The length of a list."""


def labelled_rows(evidence: Evidence, cut: int, days: int) -> pl.DataFrame:
    """Candidates as of a cut of those who bought in so many days after it; the columns are those of `rows_about`."""
    return rows_about(evidence, cut, evidence.bought_within(cut, cut + days))


def rows_about(evidence: Evidence, cut: int, bought: pl.DataFrame) -> pl.DataFrame:
    """Candidates as of a cut of those who bought after it, with what they bought.

    Only customers who had bought before the cut have rows. What counts is every distinct product bought, whether for
    the first time or again: in a shop that sells coffee and dish soap, being reminded of it is worth as much.

    Args:
        evidence: Holds the stock of the cut.
        cut: The day at whose beginning the candidates are made.
        bought: customer, item: what was bought after the cut, by `Evidence.bought_within` or `next_baskets`.

    Returns:
        One row a customer and candidate: cut, customer_id, sku, category, available, `FEATURES`, relevant, and of the
        customer `wanted` (distinct products bought, candidates or not), `ideal` (the best possible gain of a list) and
        `share` (1 / the customer's rows).
    """
    taste = taste_at(evidence, cut)
    known = np.asarray(taste.bought.sum(axis=1)).ravel() > 0
    bought = bought.filter(pl.Series(known[bought["customer"].to_numpy()], dtype=pl.Boolean))
    wanted = matrix(bought, np.ones(bought.height), taste.history.shape)
    who = np.unique(bought["customer"].to_numpy())
    generators = fitted_generators(taste)
    made = []
    for block in blocks(who):
        found = gather(taste, generators, block)
        relevant = np.asarray(wanted[block[found.row], found.item]).ravel() > 0
        rows = candidate_rows(taste, generators, found).with_columns(relevant=pl.Series(relevant))
        made.append(rows.with_columns(pl.Series("wanted", _counts(wanted[block])[found.row])))
    if not made:
        return pl.DataFrame()
    best = np.concatenate([[0.0], np.cumsum(discounts(PLACES))])
    rows = pl.concat(made)
    return rows.with_columns(
        pl.Series("ideal", best[np.minimum(rows["wanted"].to_numpy(), PLACES)]),
        share=1.0 / pl.len().over("customer_id"),
    )


def candidate_rows(taste: Taste, generators: Mapping[str, Generator], found: Candidates) -> pl.DataFrame:
    """A block's candidates with their features."""
    profile = generators["profile"]
    assert isinstance(profile, Profile)  # noqa: S101 - `fitted_generators` made it
    features = pl.DataFrame(feature_matrix(taste, profile, found), schema=list(FEATURES))
    return features.with_columns(
        taste.items.select("sku", "category")[found.item].get_columns(),
        cut=pl.lit(taste.cut),
        customer_id=taste.customers.gather(found.who[found.row]),
        available=pl.lit(value=True),
    )


def _counts(wanted: object) -> Ints:
    return np.asarray((wanted != 0).sum(axis=1)).ravel()  # type: ignore[attr-defined]
