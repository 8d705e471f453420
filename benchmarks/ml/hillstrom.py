"""Hillstrom's e-mail test: 64,000 customers drawn into three arms, and what they did in the two weeks after.

Average effects are those of `mesh_platform.experiments`, against no e-mail; spend has the spend of the year before as
its covariate (CUPED).

Whom an e-mail wins over is predicted by two models, one of the visits of those who got it and one of those who didn't
(two-model learner); its predictions are ranked on customers it has not seen. The Qini curve at a share φ of the
customers, highest predicted effect first, is the visits that the e-mail brought among them, per customer who got one:
g(φ) = (R_t(φ) - R_c(φ) N_t(φ) / N_c(φ)) / N_t, with R the visitors and N the customers of the treated and the control
arm. The Qini coefficient is the area between that curve and the straight line of a random order (Radcliffe: Using
control groups to target on predicted lift, 2007; Radcliffe, Surry: Real-world uplift modelling with significance-based
uplift trees, 2011). Beside it stands Radcliffe's normalised one: that area as a share of the area of the best order
possible, in which all treated visitors come first and all visitors of the control arm last.

Nothing was tuned: the models have the settings below in every fold. An order by the chance of a visit alone is the
simple rule beside them.
"""

import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks.ml.table import Row
from mesh_platform.experiments import Mean, Metric, Proportion, adjusted, compare, sample_ratio_p_value

FOLDS, REPEATS, SEED = 5, 5, 0
CONTROL = "No E-Mail"
E_MAILS = ("Mens E-Mail", "Womens E-Mail")
METRICS: dict[str, Metric] = {
    "visit": Proportion("visit"),
    "conversion": Proportion("conversion"),
    "spend": Mean("spend", "history"),
}
TREES = 60
TREE_SETTINGS = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 8,
    "min_data_in_leaf": 300,
    "lambda_l2": 10.0,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 2,
    "seed": SEED,
    "verbose": -1,
}
"""Few leaves, large and shrunken: effects are small beside the differences between people."""

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def measure(data: Path) -> list[Row]:
    """Measure the average effects and the order by predicted effects."""
    people = pl.read_csv(data / "hillstrom" / "hillstrom.csv", infer_schema_length=None)
    return [*_average_effects(people), *(row for e_mail in E_MAILS for row in _orders(people, e_mail))]


def _average_effects(people: pl.DataFrame) -> list[Row]:
    started = time.perf_counter()
    found = compare(people, METRICS, arm="segment", control=CONTROL)
    sure = adjusted([c.p_value for c in found])
    units = {str(arm): int(count) for arm, count in people["segment"].value_counts().iter_rows()}
    split = sample_ratio_p_value(units, dict.fromkeys(units, 1.0))
    seconds = time.perf_counter() - started
    protocol = f"all {len(people):,}, difference to no e-mail [95%]; sample ratio p = {split:.2f}"
    return [
        Row(
            f"Hillstrom, {c.variant}",
            protocol,
            f"{c.metric}, Holm-adjusted p over {len(found)}",
            "",
            f"{_per(c.metric, c.difference)} [{_per(c.metric, c.difference_low)}, "
            f"{_per(c.metric, c.difference_high)}], p = {p_value:.1g}",
            seconds,
        )
        for c, p_value in zip(found, sure, strict=True)
    ]


def _per(metric: str, value: float | None) -> str:
    return f"{value:+.3f}" if metric == "spend" else f"{100 * (value or 0.0):+.2f} points"


def _orders(people: pl.DataFrame, e_mail: str) -> list[Row]:
    started = time.perf_counter()
    rows = people.filter(pl.col("segment").is_in([e_mail, CONTROL]))
    features, got = _features(rows), (rows["segment"] == e_mail).to_numpy()
    visited = (rows["visit"] == 1).to_numpy()
    found: dict[str, list[tuple[float, float]]] = {}
    for learning, judging in _splits(got, visited):
        for name, score in _scores(features, got, visited, learning, judging).items():
            found.setdefault(name, []).append(qini(score, got[judging], visited[judging]))
    seconds = time.perf_counter() - started
    protocol = f"two models, {REPEATS} x {FOLDS}-fold by arm and visit, {len(rows):,} customers"
    metric = "Qini coefficient of visits x 1000 / normalised, mean ± sd"
    return [
        Row(f"Hillstrom, {e_mail}: {name}", protocol, metric, "", _spread(np.array(each)), seconds)
        for name, each in found.items()
    ]


def _spread(each: Floats) -> str:
    mean, deviation = each.mean(axis=0), each.std(axis=0, ddof=1)
    return f"{1000 * mean[0]:.2f} ± {1000 * deviation[0]:.2f} / {mean[1]:.4f} ± {deviation[1]:.4f}"


def qini(score: Floats, treated: Bools, responded: Bools) -> tuple[float, float]:
    """The Qini coefficient of an order, and that as a share of the best order's.

    Args:
        score: The predicted effect of each customer.
        treated: Who got the e-mail.
        responded: Who visited.
    """
    best = 2.0 * (treated == responded) + treated
    area = _area(score, treated, responded)
    return area, area / _area(best, treated, responded)


def _area(score: Floats, treated: Bools, responded: Bools) -> float:
    order = np.argsort(-score, kind="stable")
    got, came = treated[order], responded[order]
    treated_so_far, control_so_far = np.cumsum(got), np.cumsum(~got)
    scaled = np.cumsum(came & ~got) * treated_so_far / np.maximum(control_so_far, 1)
    curve = np.concatenate([[0.0], (np.cumsum(came & got) - scaled) / got.sum()])
    return float(np.trapezoid(curve, dx=1 / len(order)) - curve[-1] / 2)


def _splits(got: Bools, visited: Bools) -> list[tuple[Any, Any]]:
    from sklearn.model_selection import RepeatedStratifiedKFold

    folds = RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=REPEATS, random_state=SEED)
    return list(folds.split(got, 2 * got + visited))


def _scores(features: Floats, got: Bools, visited: Bools, learning: Any, judging: Any) -> dict[str, Floats]:
    """Predict the effect on the judging part, in three ways."""
    scores: dict[str, Floats] = {}
    for name, fitted in (("logistic regressions", _logistic), ("boosted trees", _trees)):
        chances = [
            fitted(features[learning][got[learning] == arm], visited[learning][got[learning] == arm], features[judging])
            for arm in (True, False)
        ]
        scores[name] = chances[0] - chances[1]
        if name == "logistic regressions":
            scores["by the chance of a visit alone"] = chances[0]
    return scores


def _logistic(features: Floats, visited: Bools, unseen: Floats) -> Floats:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
    return np.asarray(model.fit(features, visited).predict_proba(unseen)[:, 1], np.float64)


def _trees(features: Floats, visited: Bools, unseen: Floats) -> Floats:
    import lightgbm as lgb

    model = lgb.train(TREE_SETTINGS, lgb.Dataset(features, visited.astype(np.float64)), TREES)
    return np.asarray(model.predict(unseen), np.float64)


def _features(people: pl.DataFrame) -> Floats:
    """What was known before the e-mail: recency, spend, departments, place, channel, newness."""
    numbers = people.select(
        "recency",
        pl.col("history").log1p(),
        "mens",
        "womens",
        "newbie",
        both=pl.col("mens") * pl.col("womens"),
    )
    kinds = people.select("zip_code", "channel").to_dummies()
    return np.asarray(pl.concat([numbers, kinds], how="horizontal").to_numpy(), np.float64)
