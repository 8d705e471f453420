"""The churn model: a logistic regression and boosted trees on the same inputs, averaged in log odds, then calibrated.

The regression carries over to longer histories than it has seen, the trees find what it can't express. How sure their
average may be is learnt on customers whom neither part had seen (Platt 1999), so that the probabilities can be used as
such.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from zlib import crc32

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from mesh_customers.ml.bgnbd import BgNbd
from mesh_customers.ml.churn.inputs import LINEAR, TREES, derive, histories, linear, trees
from mesh_customers.ml.gamma_gamma import GammaGamma

if TYPE_CHECKING:
    from mesh_platform.ml.recipe import Fitted

Floats = npt.NDArray[np.float64]

INVERSE_RIDGE = 0.05
"""Strength of the regression's penalty, chosen within the training's customers: the inputs are many and alike."""
ROUNDS = 250
TREES_SHAPE = {
    "objective": "binary",
    "learning_rate": 0.03,
    "num_leaves": 15,
    "min_data_in_leaf": 80,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,  # so little work that a second thread mostly waits, for long where cores are shared
    "verbose": -1,
}
"""Slow and shallow: a few thousand customers, each there several times, whose labels are mostly chance."""
FOLDS = 3
"""Parts of the customers that take turns at being unseen, to calibrate."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The two fitted parts.

    Args:
        centre: Mean of each input of the regression.
        spread: Its standard deviation.
        weights: The regression's weights on standardised inputs.
        intercept: Its log odds at the centre.
        trees: The boosted trees.
    """

    centre: Floats
    spread: Floats
    weights: Floats
    intercept: float
    trees: lgb.Booster

    @classmethod
    def fit(cls, derived: pl.DataFrame, churned: Floats, seed: int) -> Self:
        """Fit both on derived inputs."""
        inputs = linear(derived)
        centre, spread = inputs.mean(axis=0), np.maximum(inputs.std(axis=0), 1e-9)
        fitted = LogisticRegression(C=INVERSE_RIDGE, solver="newton-cholesky").fit((inputs - centre) / spread, churned)
        data = lgb.Dataset(trees(derived), churned, feature_name=list(TREES))
        boosted = lgb.train({**TREES_SHAPE, "seed": seed}, data, num_boost_round=ROUNDS)
        return cls(centre, spread, fitted.coef_[0], float(fitted.intercept_[0]), boosted)

    def log_odds(self, derived: pl.DataFrame) -> Floats:
        """The average of both parts' log odds."""
        regression = (linear(derived) - self.centre) / self.spread @ self.weights + self.intercept
        boosted = self.trees.predict(trees(derived), raw_score=True, num_threads=1)
        return np.asarray((regression + boosted) / 2, np.float64)

    def contributions(self, derived: pl.DataFrame) -> dict[str, float]:
        """What each input adds to the first row's log odds; trees by SHAP, the base rate aside."""
        regression = ((linear(derived) - self.centre) / self.spread * self.weights)[0] / 2
        boosted = np.asarray(self.trees.predict(trees(derived), pred_contrib=True, num_threads=1))[0, :-1] / 2
        added = dict.fromkeys((*LINEAR, *TREES), 0.0)
        for names, values in ((LINEAR, regression), (TREES, boosted)):
            for name, value in zip(names, values, strict=True):
                added[name] += float(value)
        return added


def fit(train: pl.DataFrame, features: tuple[str, ...], days: int, seed: int) -> Fitted:
    """Fit on labelled rows; returns plain parts.

    Args:
        train: Features and `churned`, one row a customer and cut-off.
        features: The columns that predictions will need.
        days: The length of the label's window.
        seed: Fixes what is drawn.
    """
    rows = train.sort("at", "customer_id")
    newest = rows.filter(pl.col("at") == pl.col("at").max())
    bgnbd = BgNbd.fit(histories(newest))
    value = GammaGamma.fit((newest["repeats"] + 1).to_numpy(), newest["basket_mean"].to_numpy())
    derived, churned = derive(rows, bgnbd, days, features), rows["churned"].to_numpy().astype(np.float64)
    parts = Parts.fit(derived, churned, seed)
    slope, shift = _calibration(derived, churned, seed)
    return {
        "bgnbd": bgnbd.parts(),
        "gamma_gamma": value.parts(),
        "features": list(features),
        "days": days,
        "centre": parts.centre,
        "spread": parts.spread,
        "weights": parts.weights,
        "intercept": parts.intercept,
        "trees": parts.trees.model_to_string(),
        "calibration": [slope, shift],
    }


def predict(fitted: Fitted, rows: pl.DataFrame) -> pl.DataFrame:
    """Predict rows in their order.

    Returns:
        probability (of no purchase), p_alive, expected_purchases (of all customers like this one, by BG/NBD made to
        agree with the probability), purchases_if_kept (of those who do buy), expected_basket.
    """
    derived = derive(rows, BgNbd.from_parts(fitted["bgnbd"]), fitted["days"], fitted["features"])
    slope, shift = fitted["calibration"]
    probability = expit(slope * parts_of(fitted).log_odds(derived) + shift)
    buys = 1 - expit(derived["bgnbd_log_odds"].to_numpy())
    if_kept = np.maximum(derived["expected_purchases"].to_numpy() / buys, 1.0)
    value = GammaGamma.from_parts(fitted["gamma_gamma"])
    basket = value.expected_basket((rows["repeats"] + 1).to_numpy(), rows["basket_mean"].to_numpy())
    return pl.DataFrame(
        {
            "probability": probability,
            "p_alive": derived["p_alive"],
            "expected_purchases": (1 - probability) * if_kept,
            "purchases_if_kept": if_kept,
            "expected_basket": basket,
        }
    )


def explain(fitted: Fitted, row: pl.DataFrame) -> tuple[tuple[str, float], ...]:
    """What moves the first row's log odds away from the average customer's, the strongest first."""
    derived = derive(row, BgNbd.from_parts(fitted["bgnbd"]), fitted["days"], fitted["features"])
    slope = fitted["calibration"][0]
    added = {name: slope * value for name, value in parts_of(fitted).contributions(derived).items()}
    return tuple(sorted(added.items(), key=lambda part: (-abs(part[1]), part[0])))


def parts_of(fitted: Fitted) -> Parts:
    """Take up the stored parts."""
    return Parts(
        np.asarray(fitted["centre"]),
        np.asarray(fitted["spread"]),
        np.asarray(fitted["weights"]),
        float(fitted["intercept"]),
        lgb.Booster(model_str=fitted["trees"]),
    )


def importance(fitted: Fitted) -> dict[str, float]:
    """The share of each input in what both parts do, the largest first."""
    parts = parts_of(fitted)
    gain: Any = parts.trees.feature_importance("gain")
    total = dict.fromkeys((*LINEAR, *TREES), 0.0)
    for names, sizes in ((LINEAR, np.abs(parts.weights)), (TREES, gain)):
        for name, size in zip(names, np.asarray(sizes, np.float64) / max(float(np.sum(sizes)), 1e-12) / 2, strict=True):
            total[name] += float(size)
    return dict(sorted(total.items(), key=lambda part: (-part[1], part[0])))


def _calibration(derived: pl.DataFrame, churned: Floats, seed: int) -> tuple[float, float]:
    """Slope and shift of the log odds, learnt on customers that the parts had not seen.

    Only at the newest cut-off: as a shop's history grows, rarer customers come into sight and the churn rate moves.
    """
    fold = np.array([crc32(b"fold" + c.encode()) % FOLDS for c in derived["customer_id"]])
    newest = derived.select(pl.col("at") == pl.col("at").max()).to_series().to_numpy()
    unseen = np.zeros(len(churned))
    for part in range(FOLDS):
        learnt, asked = fold != part, newest & (fold == part)
        if len(np.unique(churned[learnt])) < 2 or not asked.any():
            return 1.0, 0.0  # too few customers to set some aside
        unseen[asked] = Parts.fit(derived.filter(learnt), churned[learnt], seed).log_odds(derived.filter(asked))
    if len(np.unique(churned[newest])) < 2:
        return 1.0, 0.0
    platt = LogisticRegression(C=np.inf).fit(unseen[newest, None], churned[newest])
    return float(platt.coef_[0, 0]), float(platt.intercept_[0])
