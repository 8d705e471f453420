"""The fraud model on the simulated world, judged by the hidden truth that training never sees.

Reads the lake and the truth under MESH_HOME. The model is trained as `mesh train fraud` would, as of the newest day; it
is judged on all orders from the hold-out's first day on, frauds that nobody ever reported among them.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.ml.table import Row
from mesh_platform.lake import Lake, Pinned
from mesh_platform.settings import Settings
from mesh_sales.ml.decision import REVIEWS_A_DAY
from mesh_sales.ml.examples import GAP_DAYS, HOLDOUT_DAYS, MATURE_DAYS
from mesh_sales.ml.features import orders
from mesh_sales.ml.judging import at_capacity, average_precision
from mesh_sales.ml.recipe import RECIPE
from mesh_sales.ml.rules import amount_rule, velocity_rule

TASK = "simulated world: fraudulent orders"
METRIC = f"AUC / average precision / recall at {REVIEWS_A_DAY} reviews a day / recall of decisions"
SEED = 1


def measure(data: Path) -> list[Row]:
    """Measure against the truth of the world under MESH_HOME; without one there is a row that says so.

    Args:
        data: Not read: the data is the world's.
    """
    settings = Settings.load()
    truth = settings.home / "truth" / "orders"
    lake = Lake.open(settings)
    absent = [table for table in RECIPE.tables if lake.current(table) is None]
    if absent or not any(truth.glob("*.parquet")):
        message = f"NOT MEASURED: {settings.home} holds no simulated world with {', '.join(absent) or 'its truth'}"
        print(f"{message}; `make run` makes one, MESH_HOME names another", file=sys.stderr)
        return [Row(TASK, "needs `make run` first", METRIC, "", message, 0.0)]
    return _rows(Pinned.current(lake, RECIPE.tables), truth)


def _rows(tables: Pinned, truth: Path) -> list[Row]:
    begun = time.perf_counter()
    as_of = tables.known_until
    examples = RECIPE.examples(tables, as_of)
    fitted = RECIPE.fit(examples, SEED)
    seconds = time.perf_counter() - begun
    first = f"timestamptz '{examples.about['hold-out from']}'"
    known = pl.read_parquet(truth / "*.parquet").select("order_id", "fraud", "manner")
    rows = (
        orders(tables, f"ordered_at >= {first}")
        .join(known, on="order_id", maintain_order="left")
        .with_columns(buyer=pl.coalesce("customer_id", "order_id"))
    )
    protocol = (
        f"labels known by {as_of:%Y-%m-%d}; trained until {MATURE_DAYS + HOLDOUT_DAYS + GAP_DAYS} days before, judged "
        f"by the truth on the last {MATURE_DAYS + HOLDOUT_DAYS} days ({rows['fraud'].sum()} frauds)"
    )
    ours = RECIPE.predict(fitted, rows)
    rules = f"amount rule {_figures(rows, amount_rule(rows))}; velocity rule {_figures(rows, velocity_rule(rows))}"
    found = [Row(TASK, protocol, METRIC, rules, _figures(rows, ours), seconds)]
    for manner in sorted(set(rows.filter("fraud")["manner"])):
        some = (~pl.col("fraud")) | (pl.col("manner") == manner)
        part = rows.with_columns(prediction=pl.struct(ours)).filter(some)
        alone = part["prediction"].struct.unnest()
        baseline = f"velocity rule {_figures(part, velocity_rule(part))}"
        found.append(
            Row(f"… {manner}", "its frauds alone among honest orders", METRIC, baseline, _figures(part, alone), 0)
        )
    return found


def _figures(rows: pl.DataFrame, predictions: pl.DataFrame) -> str:
    from sklearn.metrics import roc_auc_score

    probability, fraud = predictions["probability"].to_numpy(), rows["fraud"].to_numpy()
    alarmed = predictions["decision"].to_numpy() != "accept"
    figures = (
        roc_auc_score(fraud, probability),
        average_precision(rows, predictions, np.ones(rows.height)),
        at_capacity(rows, probability)["recall at capacity"],
        alarmed[fraud].mean(),
    )
    return " / ".join(f"{figure:.3f}" for figure in figures)
