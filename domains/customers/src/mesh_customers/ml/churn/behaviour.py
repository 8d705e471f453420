"""Tests of the churn model as a model: what must not matter does not, what must matter does in the right direction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from mesh_customers.ml.churn.model import predict
from mesh_platform.ml import Check

if TYPE_CHECKING:
    from mesh_platform.ml.recipe import Fitted

LONGER_DAYS = 14.0
"""How much longer the silence is made; ages grow with it, as they would."""
AGEING = ("silence_days", "age_days", "days_since_session", "days_since_cart")
AS_GOOD_AS_EQUAL = 1e-9
LEAST_GAIN = 0.005


def behaviours(fitted: Fitted, rows: pl.DataFrame) -> tuple[Check, ...]:
    """Check invariance and direction on labelled or unlabelled rows."""
    plain = _risk(fitted, rows)
    renamed = rows.with_columns(pl.lit("someone else").alias("customer_id")).reverse()
    moved = float(np.max(np.abs(_risk(fitted, renamed)[::-1] - plain)))
    longer = _risk(fitted, _silent_for_longer(rows))
    visited = _risk(fitted, _just_put_in_the_cart(rows))
    return (
        Check(
            "neither ids nor the order of rows matter",
            moved <= AS_GOOD_AS_EQUAL,
            f"largest change of a probability: {moved:.2g}",
        ),
        Check(
            "longer silence against the own rhythm raises the risk",
            float(np.mean(longer - plain)) > LEAST_GAIN,
            f"{LONGER_DAYS:g} more silent days: {np.mean(longer - plain):+.4f} on average, "
            f"up for {np.mean(longer >= plain):.0%} of the customers",
        ),
        Check(
            "something just put in the cart does not raise the risk",
            float(np.mean(visited - plain)) <= AS_GOOD_AS_EQUAL,
            f"{np.mean(visited - plain):+.4f} on average",
        ),
    )


def _risk(fitted: Fitted, rows: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(predict(fitted, rows)["probability"].to_numpy(), np.float64)


def _silent_for_longer(rows: pl.DataFrame) -> pl.DataFrame:
    """The same customers, had nothing happened in the fortnight after: windows over which purchases slide empty."""
    older = rows.with_columns(pl.col(name) + LONGER_DAYS for name in AGEING)
    return older.with_columns(
        pl.col("occasions_14d").alias("occasions_28d"),
        pl.col("amount_14d").alias("amount_28d"),
        pl.lit(0.0).alias("occasions_14d"),
        pl.lit(0.0).alias("sessions_7d"),
        pl.lit(0.0).alias("sessions_14d"),
    )


def _just_put_in_the_cart(rows: pl.DataFrame) -> pl.DataFrame:
    """The same customers, had they visited the web shop yesterday and put something in the cart."""
    one_more = (
        "sessions_7d",
        "sessions_14d",
        "sessions_28d",
        "sessions_since_purchase",
        "carts_since_purchase",
        "product_views_28d",
        "add_to_carts_28d",
    )
    return rows.with_columns(
        *(pl.col(name).fill_null(0.0) + 1.0 for name in one_more),
        pl.lit(1.0).alias("days_since_session"),
        pl.lit(1.0).alias("days_since_cart"),
    )
