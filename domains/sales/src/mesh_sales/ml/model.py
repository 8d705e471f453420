"""The fraud model: boosted trees whose scores are turned into probabilities.

Trees are fitted twice: on the earlier part of the examples, to see on the later part how scores relate to frauds, and
then on all of them. Decisions weigh money by the probability, so it has to be one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_platform.errors import MissingFeature
from mesh_platform.ml.recipe import Fitted

if TYPE_CHECKING:
    import lightgbm as lgb

Floats = npt.NDArray[np.float64]

ROUNDS = 200
PARAMETERS: dict[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_child_samples": 20,
    "feature_fraction": 0.5,  # features tell much the same in many windows: no tree should hang on one of them
    "lambda_l2": 5.0,
    "max_bin": 127,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,  # so few rows gain nothing from a second thread, and threads that wait for each other cost a lot
    "verbose": -1,
}
NEVER_LOWER = ("_known_frauds", "_fraud_share")
"""Ends of the names of features whose rise never lowers the risk, however few examples there were of it."""
LATER_SHARE = 0.35
"""The share of the examples, the latest, on which scores become probabilities and thresholds are learnt."""
BATCH_ROWS = 200_000
"""How many rows become numbers at once, so that a million orders fit into memory."""


def fit(rows: pl.DataFrame, features: tuple[str, ...], seed: int) -> tuple[Fitted, pl.DataFrame]:
    """Fit trees and their calibration.

    Args:
        rows: Orders with `features`, `ordered_at`, `order_id` and `fraud`.
        features: The model's features.
        seed: Decides the draws.

    Returns:
        The model, and the later rows with the `probability` that a model of the earlier rows gives them.
    """
    ordered = rows.sort("ordered_at", "order_id")
    cut = int(ordered.height * (1 - LATER_SHARE))
    early, late = ordered[:cut], ordered[cut:]
    rehearsal = _scores(_grown(early, features, seed), late, features)
    slope, intercept = calibrate(rehearsal, late["fraud"].to_numpy())
    fitted: Fitted = {
        "features": list(features),
        "booster": _grown(ordered, features, seed).model_to_string(),
        "slope": slope,
        "intercept": intercept,
    }
    return fitted, late.with_columns(probability=pl.Series(_probability(rehearsal, fitted)))


def calibrate(scores: Floats, fraud: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Fit Platt's sigmoid to raw scores, which few frauds suffice for; a rise of the score never lowers the result.

    Args:
        scores: Log odds as the trees give them.
        fraud: What became of them.

    Source: J. Platt, Probabilistic outputs for support vector machines, 1999.
    """
    from sklearn.linear_model import LogisticRegression

    if fraud.all() or not fraud.any():
        return 1.0, 0.0
    sigmoid = LogisticRegression(C=1e3).fit(scores[:, None], fraud)
    return max(float(sigmoid.coef_[0, 0]), 1e-3), float(sigmoid.intercept_[0])


def probabilities(fitted: Fitted, rows: pl.DataFrame) -> Floats:
    """The probability of fraud of each row.

    Raises:
        MissingFeature: Where the rows lack a feature, or have it as text.
    """
    return _probability(_scores(booster_of(fitted), rows, tuple(fitted["features"])), fitted)


def contributions(fitted: Fitted, rows: pl.DataFrame) -> Floats:
    """What each feature adds to each row's log odds, in the order of the features (TreeSHAP).

    Raises:
        MissingFeature: As in `probabilities`.
    """
    features = tuple(fitted["features"])
    shares = np.asarray(booster_of(fitted).predict(matrix(rows, features), pred_contrib=True))
    return np.asarray(shares[:, :-1] * float(fitted["slope"]))  # the last is the base rate's


def matrix(rows: pl.DataFrame, features: tuple[str, ...]) -> Floats:
    """Rows as numbers; what is missing is not a number.

    Raises:
        MissingFeature: Where the rows lack a feature, or have it as text.
    """
    schema = rows.schema
    unfit = [name for name in features if name not in schema or not _is_number(schema[name])]
    if unfit:
        raise MissingFeature.of("fraud", unfit, [f"{name} ({kind})" for name, kind in schema.items()])
    return rows.select(pl.col(name).cast(pl.Float64) for name in features).to_numpy()


def booster_of(fitted: Fitted) -> lgb.Booster:
    """The trees of a model."""
    return _loaded(str(fitted["booster"]))


@lru_cache(maxsize=4)
def _loaded(text: str) -> lgb.Booster:
    import lightgbm as lgb

    return lgb.Booster(model_str=text)


def _is_number(kind: pl.DataType) -> bool:
    return kind.is_numeric() or kind in {pl.Boolean, pl.Null}


def _grown(rows: pl.DataFrame, features: tuple[str, ...], seed: int) -> lgb.Booster:
    import lightgbm as lgb

    data = lgb.Dataset(matrix(rows, features), rows["fraud"].to_numpy(), feature_name=list(features))
    direction = [int(name.endswith(NEVER_LOWER)) for name in features]
    return lgb.train({**PARAMETERS, "monotone_constraints": direction, "seed": seed}, data, ROUNDS)


def _scores(trees: lgb.Booster, rows: pl.DataFrame, features: tuple[str, ...]) -> Floats:
    parts = [
        trees.predict(matrix(rows[start : start + BATCH_ROWS], features), raw_score=True)
        for start in range(0, max(rows.height, 1), BATCH_ROWS)
    ]
    return np.concatenate(parts)


def _probability(scores: Floats, fitted: Fitted) -> Floats:
    odds: Floats = float(fitted["slope"]) * scores + float(fitted["intercept"])
    return 1 / (1 + np.exp(-odds))
