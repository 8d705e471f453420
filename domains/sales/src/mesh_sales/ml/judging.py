"""What a fraud practitioner asks of predictions: ranking, what a review team gets out of them, money, calibration."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_sales.ml.decision import REVIEWS_A_DAY, cost_eur

Floats = npt.NDArray[np.float64]
BINS = 10


def average_precision(rows: pl.DataFrame, predictions: pl.DataFrame, weight: Floats) -> float:
    """Area under the precision-recall curve, each row counted `weight` times; 0 where no fraud is drawn."""
    from sklearn.metrics import average_precision_score

    fraud = rows["fraud"].to_numpy()
    if not weight[fraud].sum():
        return 0.0
    return float(average_precision_score(fraud, predictions["probability"].to_numpy(), sample_weight=weight))


def judge(rows: pl.DataFrame, predictions: pl.DataFrame) -> dict[str, float]:
    """All metrics; see the names.

    Args:
        rows: Orders with `fraud`, `buyer`, `ordered_on` and `amount`.
        predictions: Their `probability` and `decision`.
    """
    from sklearn.metrics import brier_score_loss, roc_auc_score

    fraud, amount = rows["fraud"].to_numpy(), rows["amount"].to_numpy()
    probability, decision = predictions["probability"].to_numpy(), predictions["decision"].to_numpy()
    alarmed = decision != "accept"
    return {
        "average precision": average_precision(rows, predictions, np.ones(rows.height)),
        "AUC": float(roc_auc_score(fraud, probability)),
        **at_capacity(rows, probability),
        "cost per order (EUR)": float(cost_eur(fraud, decision, amount).mean()),
        "cost per order if all were accepted (EUR)": float(
            cost_eur(fraud, np.full(len(fraud), "accept"), amount).mean()
        ),
        "recall of decisions": float(alarmed[fraud].mean()),
        "false positive rate": float(alarmed[~fraud].mean()),
        "declined share": float((decision == "decline").mean()),
        "Brier score": float(brier_score_loss(fraud, np.clip(probability, 0, 1))),
        "calibration error": calibration_error(fraud, probability),
    }


def at_capacity(rows: pl.DataFrame, probability: Floats, capacity: int = REVIEWS_A_DAY) -> dict[str, float]:
    """What a team finds that looks at so many of each day's orders, the riskiest first.

    Buyers are counted like cards in card precision: a buyer's day has the risk of its riskiest order, and who was
    found on an earlier day is not looked at again. Source: Le Borgne et al., Reproducible machine learning for credit
    card fraud detection, chapter 4.
    """
    ranked = rows.select("ordered_on", "buyer", "fraud", score=pl.Series(probability))
    place = pl.col("score").rank("ordinal", descending=True).over("ordered_on")
    seen = ranked.filter(place <= capacity)
    found, frauds = int(seen["fraud"].sum()), int(ranked["fraud"].sum())
    return {
        "precision at capacity": found / max(seen.height, 1),
        "recall at capacity": found / max(frauds, 1),
        "buyer precision at capacity": _buyer_precision(ranked, capacity),
    }


def _buyer_precision(ranked: pl.DataFrame, capacity: int) -> float:
    days = ranked.group_by("ordered_on", "buyer").agg(pl.col("score").max(), pl.col("fraud").max())
    found: set[str] = set()
    shares = []
    for _, day in days.sort("ordered_on", "score", "buyer", descending=[False, True, False]).group_by(
        "ordered_on", maintain_order=True
    ):
        hits = day.filter(~pl.col("buyer").is_in(list(found))).head(capacity).filter("fraud")
        shares.append(hits.height / capacity)
        found.update(hits["buyer"])
    return float(np.mean(shares)) if shares else 0.0


def calibration_error(fraud: npt.NDArray[np.bool_], probability: Floats, bins: int = BINS) -> float:
    """The mean distance of promised from actual frauds, over equally full bins of probability."""
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    off = [abs(probability[part].mean() - fraud[part].mean()) * len(part) for part in parts]
    return float(np.sum(off) / len(order))
