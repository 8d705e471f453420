"""The rules that a shop would start with, and that the model must beat: how much, and how fast.

A rule gives no probability, only an order of suspicion; it sends each day's most suspicious orders to review.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_sales.ml.decision import COSTS, REVIEWS_A_DAY

Floats = npt.NDArray[np.float64]


def amount_rule(rows: pl.DataFrame) -> pl.DataFrame:
    """The larger the amount, paid or paid out, the more suspicious."""
    return _reviewed(rows, rows["amount"].abs().to_numpy())


def velocity_rule(rows: pl.DataFrame) -> pl.DataFrame:
    """The more orders or refunds of the same card, device or customer just before, the more suspicious.

    Amounts decide between equals: they are scaled so that they never outweigh one order more.
    """
    recent = [pl.col(f"{who}_orders_1h").fill_null(0) for who in ("card", "device", "customer")]
    before = [pl.col(f"{who}_orders_1d").fill_null(0) / 10 for who in ("card", "device", "customer")]
    refunds = pl.col("customer_returns_30d").fill_null(0) * (pl.col("returned_units") > 0)
    counted = rows.select(pl.max_horizontal(*recent) + pl.max_horizontal(*before) + refunds).to_series().to_numpy()
    amount = rows["amount"].abs().to_numpy()
    return _reviewed(rows, counted + 0.01 * amount / (1 + amount))


def _reviewed(rows: pl.DataFrame, suspicion: Floats) -> pl.DataFrame:
    """Squeeze suspicion into 0 to 1 without changing its order, and review the top of each day."""
    score = suspicion / (1 + suspicion)
    place = rows.select("ordered_on", score=pl.Series(score)).select(
        pl.col("score").rank("ordinal", descending=True).over("ordered_on")
    )["score"]
    return pl.DataFrame(
        {
            "probability": score,
            "decision": np.where(place.to_numpy() <= REVIEWS_A_DAY, "review", "accept"),
            "expected_loss": score * COSTS.loss(rows["amount"].to_numpy()),
        }
    )
