"""The global model: one set of trees for all series and horizons, and the width of its forecasts.

LightGBM with the Poisson objective, started from the plain expectation (`expected`). A row's weight is the share of the
day that was served and its label the pieces per served day: the exposure form of Poisson regression, in which an empty
shelf is no evidence of no demand.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_inventory.ml.demand.design import CATEGORY, FEATURES, PLANNED
from mesh_inventory.ml.demand.distribution import (
    LEVELS,
    QUANTILES,
    deviation,
    fit_size,
    quantiles,
    sizes,
    spread_terms,
)
from mesh_platform.errors import MissingFeature, TooFewExamples

Fitted = dict[str, Any]
VALIDATION_DAYS = 21
"""The last days of the training window: they decide the number of trees and the width of the intervals."""
LEAST_SERVED = 0.2
"""A day of which less was served says too little to be learnt from."""
STOCK_DEVIATIONS = 4.0
"""Stock that exceeds the expected demand by so many of its deviations, and by a piece, is hardly ever sold out."""
THREADS = 1
"""Trees of this size are grown as fast by one thread; two wait for each other where other processes are at work."""
MOST_TREES = 400
PATIENCE = 25
SPREAD_ROWS = 60_000
"""Rows from which the width is fitted: more change its third digit."""
LEAST_MEAN = 1e-4


def parameters(seed: int) -> dict[str, Any]:
    """LightGBM's parameters: small trees with large leaves, because a single day of a slow seller is mostly noise."""
    return {
        "objective": "poisson",
        "metric": "poisson",
        "learning_rate": 0.04,
        "num_leaves": 24,
        "min_data_in_leaf": 400,
        "feature_fraction": 0.5,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 20.0,
        "monotone_constraints": [int(name == PLANNED) for name in FEATURES],
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": THREADS,
        "seed": seed,
        "verbose": -1,
    }


def fit(train: pl.DataFrame, seed: int) -> Fitted:
    """Fit trees and width.

    Args:
        train: Rows of `design` with their outcome.
        seed: The seed of all randomness.

    Raises:
        TooFewExamples: Where the window is too short to keep a validation part of it.
    """
    import lightgbm

    rows = train.filter(pl.col("served") >= LEAST_SERVED).sort("origin", "sku", "location_id", "day")
    cut = _newest(rows) - timedelta(days=VALIDATION_DAYS)
    early = rows.filter(pl.col("day") <= cut)
    late = rows.filter(pl.col("origin") <= cut, pl.col("day") > cut)
    if early.is_empty() or late.is_empty():
        raise TooFewExamples(
            f"demand: {len(early)} examples up to {cut} and {len(late)} after it (rule: some of both, to learn and "
            "to choose); train on a longer history"
        )
    categories = sorted(rows[CATEGORY].unique())
    first, second = _data(early, categories), _data(late, categories)
    stop = lightgbm.early_stopping(PATIENCE, verbose=False)
    tried = lightgbm.train(parameters(seed), first, MOST_TREES, valid_sets=[second], callbacks=[stop])
    trees = max(tried.best_iteration, 1)
    mean = _mean(tried, late, categories, trees)
    stocked = late.select(well_stocked()).to_series()
    spread = _spread(late.filter(stocked), mean[stocked.to_numpy()], seed)
    booster = lightgbm.train(parameters(seed), _data(rows, categories), trees)
    return {
        "booster": booster.model_to_string(),
        "categories": categories,
        "features": list(FEATURES),
        "trees": trees,
        "spread": spread,
        "learnt_until": str(_newest(rows)),
    }


def well_stocked() -> pl.Expr:
    """Whether a day's stock could hardly be sold out: only such days can show whether a forecast was right.

    It looks at what was offered, never at what was sold. To judge on the days without a stock-out would be to leave out
    the days of high demand, and would prefer forecasts that are too low.
    """
    expected = pl.col("expected")
    needed = expected + STOCK_DEVIATIONS * expected.sqrt() + 1
    return (pl.col("offered").fill_nan(None).fill_null(np.inf) >= needed) & (pl.col("served") > 0)


def _newest(rows: pl.DataFrame) -> date:
    newest = rows["day"].max()
    if not isinstance(newest, date):
        raise TooFewExamples("demand: no example (rule: at least one served day); train on a longer history")
    return newest


def _spread(rows: pl.DataFrame, mean: npt.NDArray[np.float64], seed: int) -> npt.NDArray[np.float64]:
    chosen = np.sort(np.random.default_rng(seed).permutation(len(rows))[:SPREAD_ROWS])
    part = rows[chosen]
    terms = spread_terms(
        mean[chosen],
        part["horizon_days"].to_numpy().astype(np.float64),
        part["average_interval"].to_numpy().astype(np.float64),
    )
    return fit_size(part["units"].to_numpy().astype(np.float64), mean[chosen], terms)


def _matrix(rows: pl.DataFrame, categories: list[str]) -> npt.NDArray[np.float32]:
    """What LightGBM sees: the features as numbers, a category unknown to the model as missing."""
    places = {name: float(place) for place, name in enumerate(categories)}
    coded = rows.select(FEATURES).with_columns(
        pl.col(CATEGORY).replace_strict(places, default=None, return_dtype=pl.Float32)
    )
    return coded.cast(pl.Float32).to_numpy()


def _data(rows: pl.DataFrame, categories: list[str]) -> Any:
    import lightgbm

    served = rows["served"].to_numpy().astype(np.float64)
    return lightgbm.Dataset(
        _matrix(rows, categories),
        label=rows["units"].to_numpy() / served,
        weight=served,
        init_score=np.log(rows["expected"].to_numpy()),
        feature_name=list(FEATURES),
        categorical_feature=[CATEGORY],
        free_raw_data=True,
    )


def _mean(booster: Any, rows: pl.DataFrame, categories: list[str], trees: int) -> npt.NDArray[np.float64]:
    raw = booster.predict(_matrix(rows, categories), raw_score=True, num_iteration=trees, num_threads=THREADS)
    mean: npt.NDArray[np.float64] = np.maximum(np.exp(raw + np.log(rows["expected"].to_numpy())), LEAST_MEAN)
    return mean


def predict(fitted: Fitted, rows: pl.DataFrame) -> pl.DataFrame:
    """Forecast rows of `design`.

    Args:
        fitted: What `fit` returned.
        rows: The rows.

    Returns:
        In the rows' order: mean, standard_deviation and the quantiles.

    Raises:
        MissingFeature: Where the rows lack a feature.
    """
    import lightgbm

    if missing := sorted({*fitted["features"], "expected"} - set(rows.columns)):
        raise MissingFeature.of("demand", missing, rows.columns)
    booster = lightgbm.Booster(model_str=fitted["booster"])
    mean = _mean(booster, rows, fitted["categories"], fitted["trees"])
    terms = spread_terms(
        mean, rows["horizon_days"].to_numpy().astype(np.float64), rows["average_interval"].to_numpy().astype(np.float64)
    )
    return as_forecast(mean, sizes(terms, np.asarray(fitted["spread"])))


def as_forecast(mean: npt.NDArray[np.float64], size: npt.NDArray[np.float64]) -> pl.DataFrame:
    """Lay out negative binomial forecasts as columns: mean, standard_deviation and the quantiles."""
    columns = dict(zip(QUANTILES, quantiles(mean, size, LEVELS).T, strict=True))
    return pl.DataFrame({"mean": mean, "standard_deviation": deviation(mean, size), **columns})


def contributions(fitted: Fitted, row: pl.DataFrame) -> dict[str, float]:
    """How much each feature moves a row's log demand away from the plain expectation (SHAP values)."""
    import lightgbm

    booster = lightgbm.Booster(model_str=fitted["booster"])
    parts = booster.predict(_matrix(row, fitted["categories"]), pred_contrib=True, num_threads=THREADS)[0]
    return dict(zip(FEATURES, map(float, parts[:-1]), strict=True))


def importance(fitted: Fitted) -> dict[str, float]:
    """The gain of each feature, adding up to one."""
    import lightgbm

    gain = lightgbm.Booster(model_str=fitted["booster"]).feature_importance("gain").astype(float)
    return dict(zip(FEATURES, map(float, gain / max(gain.sum(), 1e-12)), strict=True))
