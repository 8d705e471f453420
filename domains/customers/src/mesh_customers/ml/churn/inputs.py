"""From a row's features to the numbers that the models are fitted on, BG/NBD's view of the customer among them.

All are derived anew at every prediction, so that a changed feature changes everything that follows from it. They are
relative wherever they can be: the model learns from weeks of history and is used when there are months, so what merely
grows with the history (orders to date, longest interval) would take it to where it has never been.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from mesh_customers.ml.bgnbd import BgNbd, Histories
from mesh_platform.errors import MissingFeature

if TYPE_CHECKING:
    from collections.abc import Collection

LONG_AGO_DAYS = 60.0
"""Stands for "never" and for anything longer ago."""
LEAST_CHANCE = 1e-6
AGES = ("days_since_session", "days_since_cart")
"""Missing where there was no such visit, which is the same as long ago."""

LOGGED = (
    "silence_days",
    "silence_in_rhythms",
    "expected_purchases",
    "occasions_14d",
    "occasions_28d",
    "occasions_56d",
    "basket_mean",
    "basket_last",
    "sessions_7d",
    "sessions_14d",
    "sessions_28d",
    "product_views_28d",
    "add_to_carts_28d",
    "purchase_sessions_28d",
    "sessions_since_purchase",
    "carts_since_purchase",
    "days_since_session",
    "days_since_cart",
    "tenure_days",
    "returned_units_28d",
    "posts_90d",
)
"""Inputs of the logistic part that count or measure: twice as much matters as much, whatever it was."""
PLAIN = (
    "bgnbd_log_odds",
    "loyalty_tier",
    "mean_rating_90d",
    "store_share",
    "discount_share",
    "promotion_share",
    "never_visited",
    "silence_of_store_shoppers",
    "visits_of_store_shoppers",
    "silence_of_heavy_buyers",
)
LINEAR = (*LOGGED, *PLAIN)
TREES = (
    "bgnbd_log_odds",
    "p_alive",
    "expected_purchases",
    "silence_days",
    "silence_in_rhythms",
    "silence_of_interval",
    "silence_of_longest",
    "interval_variation",
    "occasions_14d",
    "occasions_28d",
    "occasions_56d",
    "amount_28d",
    "amount_56d",
    "basket_mean",
    "basket_last",
    "days_since_session",
    "days_since_cart",
    "sessions_7d",
    "sessions_14d",
    "sessions_28d",
    "sessions_since_purchase",
    "carts_since_purchase",
    "product_views_28d",
    "add_to_carts_28d",
    "purchase_sessions_28d",
    "net_amount_28d_change",
    "sessions_28d_change",
    "product_views_28d_change",
    "tenure_days",
    "loyalty_tier",
    "returned_units_28d",
    "posts_90d",
    "mean_rating_90d",
    "store_share",
    "discount_share",
    "promotion_share",
)


def histories(rows: pl.DataFrame) -> Histories:
    """What BG/NBD has to know, in days."""
    return Histories(*(rows[name].to_numpy() for name in ("repeats", "last_days", "age_days")))


def derive(rows: pl.DataFrame, bgnbd: BgNbd, days: float, features: Collection[str]) -> pl.DataFrame:
    """Add the derived inputs to rows.

    Args:
        rows: One row an example, with the features.
        bgnbd: Fitted on the history of the training's customers.
        days: The length of the label's window.
        features: What the rows must have.

    Raises:
        MissingFeature: Where one of them is not there.
    """
    if missing := [name for name in features if name not in rows.columns]:
        raise MissingFeature.of("churn", missing, rows.columns)
    known = histories(rows)
    silent = np.clip(1 - bgnbd.buys_within(known, days), LEAST_CHANCE, 1 - LEAST_CHANCE)
    when_last_seen = (bgnbd.r + known.repeats) / (bgnbd.alpha + known.last)
    silence, interval = pl.col("silence_days"), pl.col("interval_mean")
    return rows.with_columns(
        pl.Series("bgnbd_log_odds", np.log(silent / (1 - silent))),
        pl.Series("p_alive", bgnbd.alive(known)),
        pl.Series("expected_purchases", bgnbd.expected_purchases(known, days)),
        (silence * pl.Series(when_last_seen)).alias("silence_in_rhythms"),
        (silence / interval).alias("silence_of_interval"),
        (silence / pl.col("interval_max")).alias("silence_of_longest"),
        (pl.col("interval_sd") / interval).alias("interval_variation"),
    ).with_columns(
        (pl.col("sessions_28d").fill_null(0) == 0).cast(pl.Float64).alias("never_visited"),
        (pl.col("store_share") * (1 + silence).log()).alias("silence_of_store_shoppers"),
        (pl.col("store_share") * (1 + pl.col("sessions_since_purchase").fill_null(0)).log()).alias(
            "visits_of_store_shoppers"
        ),
        (silence * (1 + pl.col("expected_purchases")).log()).alias("silence_of_heavy_buyers"),
    )


def linear(derived: pl.DataFrame) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """The logistic part's inputs, not yet standardised; missing values as what missing means."""
    long_ago = [
        pl.col(c).fill_null(LONG_AGO_DAYS).clip(upper_bound=LONG_AGO_DAYS) for c in derived.columns if c in AGES
    ]
    filled = derived.with_columns(long_ago).select(pl.col(LINEAR).fill_null(0.0))
    logged = pl.col(LOGGED).clip(lower_bound=0.0).log1p()
    return np.asarray(filled.with_columns(logged).to_numpy(), np.float64)


def trees(derived: pl.DataFrame) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """The trees' inputs; missing values stay missing."""
    return np.asarray(derived.select(pl.col(TREES).cast(pl.Float64)).fill_null(np.nan).to_numpy(), np.float64)
