"""The learnt ranker: boosted trees over candidates, kept as LightGBM's text.

It learns the chance of each candidate by itself. Lambdarank (Burges 2010), which learns the order, was no better on
fortnights of the training window and takes ten times as long.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mesh_marketing.ml.recommend.features import FEATURES
from mesh_marketing.ml.recommend.generator import Bools, Floats

RISES_WITH = ("category_lift", "category_share", "attractiveness")
"""More of these never lowers a score, all else equal: what a customer buys more of is not shown less."""
PARAMETERS: dict[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.08,
    "num_leaves": 20,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
    "max_bin": 127,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,  # a second thread saves a second on an idle machine and costs half a minute on a busy one
    "verbose": -1,
    "monotone_constraints": [int(name in RISES_WITH) for name in FEATURES],
}
ROUNDS = 120
KEPT = 0.4
"""The share of candidates not bought that are learnt from, each counted for those left out: as good as all, sooner."""


def fit_ranker(features: npt.NDArray[np.float32], relevant: Bools, seed: int) -> str:
    """Learn the log odds that a candidate is bought.

    Args:
        features: One row a candidate, the columns of `FEATURES`.
        relevant: Whether it was bought.
        seed: Of what is drawn.

    Returns:
        The booster as text.
    """
    import lightgbm

    kept = relevant | (np.random.default_rng(seed).random(len(relevant)) < KEPT)
    weight = np.where(relevant[kept], 1.0, 1 / KEPT)
    label = relevant[kept].astype(np.int8)
    data = lightgbm.Dataset(features[kept], label, weight=weight, feature_name=list(FEATURES))
    return str(lightgbm.train({**PARAMETERS, "seed": seed}, data, ROUNDS).model_to_string())


def scores_of(booster: str, features: npt.NDArray[np.float32]) -> Floats:
    """Score candidates; comparable within a customer."""
    import lightgbm

    return np.asarray(lightgbm.Booster(model_str=booster).predict(features, num_threads=2))


def contributions(booster: str, features: npt.NDArray[np.float32]) -> Floats:
    """What each feature adds to each score (Lundberg et al. 2018): rows x features, and the base as the last column."""
    import lightgbm

    return np.asarray(lightgbm.Booster(model_str=booster).predict(features, pred_contrib=True, num_threads=2))
