"""What the churn model must beat: a rule of thumb on recency, and BG/NBD by itself."""

from __future__ import annotations

import numpy as np
import polars as pl
from sklearn.isotonic import IsotonicRegression

from mesh_customers.ml.bgnbd import BgNbd
from mesh_customers.ml.churn.inputs import LEAST_CHANCE, histories


def by_recency(train: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The rule of thumb: the longer silent, the likelier gone; how likely is the share seen after such a silence."""
    rule = IsotonicRegression(y_min=LEAST_CHANCE, y_max=1 - LEAST_CHANCE, out_of_bounds="clip")
    rule.fit(train["silence_days"].to_numpy(), train["churned"].to_numpy().astype(np.float64))
    return pl.DataFrame({"probability": rule.predict(rows["silence_days"].to_numpy())})


def by_bgnbd(train: pl.DataFrame, rows: pl.DataFrame, days: float) -> pl.DataFrame:
    """One less BG/NBD's chance of a purchase, fitted on the histories at the newest of the training's cut-offs."""
    fitted = BgNbd.fit(histories(train.filter(pl.col("at") == pl.col("at").max())))
    silent = 1 - fitted.buys_within(histories(rows), days)
    return pl.DataFrame({"probability": np.clip(silent, LEAST_CHANCE, 1 - LEAST_CHANCE)})
