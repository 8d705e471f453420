"""CDNOW: BG/NBD's published parameters, and whether the churn model says more of the next period than BG/NBD.

The data know days, not hours: a purchase counts as made at the end of its day. The model is the domain's own, with
nothing but purchases to go by: what CDNOW doesn't tell (visits, profiles) is missing for everybody.
"""

import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.metrics import log_loss, roc_auc_score

from benchmarks.ml.table import Row
from mesh_customers.ml.bgnbd import BgNbd, Histories
from mesh_customers.ml.churn import model
from mesh_customers.ml.churn.baselines import by_bgnbd
from mesh_customers.ml.churn.features import FEATURES
from mesh_customers.ml.rhythm import next_purchase, purchases_before, rhythm

CALIBRATED_UNTIL = datetime(1997, 10, 1, tzinfo=UTC)
NEXT_DAYS = 39 * 7
DAYS_PER_WEEK = 7
FOLDS = 5
SEED = 1


def measure(data: Path) -> list[Row]:
    """Measure both tasks."""
    started = time.perf_counter()
    found = fitted_in_weeks(purchases(data / "cdnow" / "CDNOW_sample.txt", ids=2))
    parameters = Row(
        "CDNOW, BG/NBD on the 1/10 sample",
        "first 39 weeks, maximum likelihood",
        "r / alpha / a / b",
        "0.243 / 4.414 / 0.793 / 2.426 (Fader, Hardie, Lee 2005)",
        f"{found.r:.3f} / {found.alpha:.3f} / {found.a:.3f} / {found.b:.3f}",
        time.perf_counter() - started,
    )
    started = time.perf_counter()
    rows = examples(purchases(data / "cdnow" / "CDNOW_master.txt", ids=1))
    ours, theirs = out_of_fold(rows)
    labels = rows["churned"].to_numpy()
    return [
        parameters,
        Row(
            "CDNOW, a purchase in the next 39 weeks",
            f"all {rows.height:,} customers, features of the first 39 weeks, {FOLDS}-fold by customer",
            "log loss / AUC",
            f"BG/NBD, same folds: {log_loss(labels, theirs):.4f} / {roc_auc_score(labels, theirs):.4f}",
            f"{log_loss(labels, ours):.4f} / {roc_auc_score(labels, ours):.4f}",
            time.perf_counter() - started,
        ),
    ]


def purchases(path: Path, ids: int) -> pl.DataFrame:
    """Read purchases.

    Args:
        path: Lines of columns apart by blanks: ids, day, number of CDs, dollars.
        ids: How many ids lead the line; the last of them counts.
    """
    lines = pl.Series("line", path.read_text().splitlines()).str.strip_chars().str.split(by=" ")
    parts = lines.list.eval(pl.element().filter(pl.element() != ""))
    day = parts.list.get(ids)
    table = pl.DataFrame({"customer_id": parts.list.get(ids - 1), "day": day, "paid": parts.list.get(ids + 2)})
    end = pl.col("day").str.to_datetime("%Y%m%d", time_unit="us", time_zone="UTC") + pl.duration(days=1)
    return table.filter(pl.col("day").str.contains(r"^\d{8}$")).select(
        "customer_id",
        (end - pl.duration(microseconds=1)).alias("ordered_at"),
        end.alias("ingested_at"),
        pl.col("paid").cast(pl.Decimal(18, 4)).alias("net_amount"),
    )


def fitted_in_weeks(orders: pl.DataFrame) -> BgNbd:
    """Fit BG/NBD on the calibration period, in weeks as the paper does."""
    known = known_then(orders)
    names = ("repeats", "last_days", "age_days")
    return BgNbd.fit(Histories(*(known[n].to_numpy() / (1 if n == "repeats" else DAYS_PER_WEEK) for n in names)))


def examples(orders: pl.DataFrame) -> pl.DataFrame:
    """Every customer with the features of the calibration period and whether no purchase followed."""
    known = known_then(orders)
    after = next_purchase(orders, known, NEXT_DAYS)
    unknown = [pl.lit(None, pl.Float64).alias(name) for name in FEATURES if name not in known.columns]
    return known.with_columns(*unknown, (after["purchases"] == 0).cast(pl.Int8).alias("churned"))


def known_then(orders: pl.DataFrame) -> pl.DataFrame:
    """The rhythm of every customer at the end of the calibration period."""
    asked = orders.select("customer_id").unique().sort("customer_id").with_columns(at=pl.lit(CALIBRATED_UNTIL))
    asked = asked.with_columns(pl.col("at").cast(pl.Datetime("us", "UTC")))
    return rhythm(purchases_before(orders, asked)).sort("customer_id")


def out_of_fold(rows: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Predict each customer by the model and by BG/NBD, both fitted on other customers alone."""
    fold = np.random.default_rng(SEED).permutation(rows.height) % FOLDS
    ours, theirs = np.zeros(rows.height), np.zeros(rows.height)
    for part in range(FOLDS):
        train, test = rows.filter(fold != part), rows.filter(fold == part)
        fitted = model.fit(train, FEATURES, NEXT_DAYS, SEED)
        ours[fold == part] = model.predict(fitted, test)["probability"].to_numpy()
        theirs[fold == part] = by_bgnbd(train, test, NEXT_DAYS)["probability"].to_numpy()
    return ours, theirs
