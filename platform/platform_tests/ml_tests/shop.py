"""A small model product: who visits a shop long enough to buy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_platform.contract import column
from mesh_platform.errors import MissingFeature, TooFewExamples
from mesh_platform.lake import Lake, Made, Pinned, TableLayout, WholeTable
from mesh_platform.ml import Check, Examples, Explanation, Making, Metric, Recipe
from mesh_platform.ml.prediction import Prediction

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TABLE = "shop.visits"
START = date(2026, 1, 5)
DAYS = 20
NOW = datetime(2026, 1, 25, tzinfo=UTC)
SCHEMA = pl.Schema(
    {
        "visit": pl.String(),
        "day": pl.Date(),
        "minutes": pl.Float64(),
        "bought": pl.Boolean(),
        "ingested_at": pl.Datetime("us", "UTC"),
    }
)


def visits(count: int = 600, seed: int = 1, *, learnable: bool = True) -> pl.DataFrame:
    """Visits of twenty days; the longer one lasts, the likelier it ends with a purchase, where that can be learnt."""
    generator = np.random.default_rng(seed)
    minutes = generator.gamma(2.0, 5.0, count)
    chance = 1 / (1 + np.exp(-(minutes - 12) / 2)) if learnable else np.full(count, 0.4)
    days = [START + timedelta(days=i * DAYS // count) for i in range(count)]
    return pl.DataFrame(
        {
            "visit": [f"V{i:05d}" for i in range(count)],
            "day": days,
            "minutes": minutes,
            "bought": generator.random(count) < chance,
            "ingested_at": [datetime.combine(d + timedelta(days=1), datetime.min.time(), UTC) for d in days],
        },
        schema=SCHEMA,
    )


def publish(lake: Lake, rows: pl.DataFrame, run: str = "run") -> Pinned:
    """Publish visits and pin them."""
    made = Made(run, "code", "1.0.0")
    layout = TableLayout(SCHEMA, partition="day")
    lake.publish(TABLE, layout, lambda: [rows], replace=WholeTable(), made=made, audit=None)
    return Pinned.current(lake, [TABLE])


class Purchases(Prediction):
    """How likely each visit ends with a purchase. Grain: one row per visit."""

    visit: str = column("The visit.", key=True)
    chance: float = column("The probability.", ge=0, le=1)


@dataclass(frozen=True)
class Purchase(Recipe):
    """A logistic regression on the minutes of a visit."""

    kept_promises: bool = True
    wanted: tuple[str, ...] = field(default=("minutes",))

    name = "purchase"
    purpose = "Tells who buys."
    tables = (TABLE,)
    feature_table = TABLE
    metric = Metric("log loss", higher_is_better=False)
    unit = "visit"
    needs_days = 10

    def examples(self, tables: Pinned, as_of: datetime) -> Examples:
        known = tables.scan(TABLE).filter(pl.col("ingested_at") <= as_of).sort("visit").collect()
        cut = as_of.date() - timedelta(days=5)
        train, holdout = known.filter(pl.col("day") < cut), known.filter(pl.col("day") >= cut)
        if train["bought"].n_unique() < 2:
            raise TooFewExamples("model 'purchase': one class only (rule: both)")
        return Examples(train, holdout, self.wanted, {"days judged": 5})

    def fit(self, examples: Examples, seed: int) -> dict[str, Any]:
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(random_state=seed).fit(
            examples.train.select("minutes").to_numpy(), examples.train["bought"]
        )
        return {"features": list(self.wanted), "slope": float(model.coef_[0, 0]), "base": float(model.intercept_[0])}

    def predict(self, fitted: dict[str, Any], rows: pl.DataFrame) -> pl.DataFrame:
        if missing := [f for f in fitted["features"] if f not in rows.columns]:
            raise MissingFeature.of(self.name, missing, rows.columns)
        chance = 1 / (1 + np.exp(-(fitted["slope"] * rows["minutes"].to_numpy() + fitted["base"])))
        return pl.DataFrame({"chance": chance})

    def baselines(self, examples: Examples) -> dict[str, pl.DataFrame]:
        share = float(examples.train["bought"].to_numpy().mean())
        return {"share of buyers": pl.DataFrame({"chance": [share] * examples.holdout.height})}

    def measure(self, rows: pl.DataFrame, predictions: pl.DataFrame, weight: npt.NDArray[np.float64]) -> float:
        chance = predictions["chance"].to_numpy().clip(1e-9, 1 - 1e-9)
        loss = -np.log(np.where(rows["bought"].to_numpy(), chance, 1 - chance))
        return float(np.average(loss, weights=weight))

    def judge(self, rows: pl.DataFrame, predictions: pl.DataFrame) -> dict[str, float]:
        return {"log loss": self.measure(rows, predictions, np.ones(rows.height))}

    def behaviours(self, fitted: dict[str, Any], examples: Examples) -> tuple[Check, ...]:
        return (Check("a longer visit is likelier to buy", self.kept_promises, f"slope {fitted['slope']:.2f}"),)

    def fairness(self, rows: pl.DataFrame, predictions: pl.DataFrame) -> tuple[Check, ...]:
        return ()

    def plots(self, fitted: dict[str, Any], examples: Examples, predictions: pl.DataFrame) -> dict[str, Figure]:
        from matplotlib.figure import Figure

        figure = Figure()
        figure.subplots().scatter(examples.holdout["minutes"], predictions["chance"])
        return {"chance by minutes": figure}

    def score(self, fitted: dict[str, Any], making: Making) -> pl.DataFrame:
        rows = making.tables.scan(TABLE).sort("visit").collect()
        return pl.concat([rows.select("visit"), self.predict(fitted, rows)], how="horizontal")

    def explain(self, fitted: dict[str, Any], tables: Pinned, row: Mapping[str, Any]) -> Explanation:
        minutes = tables.scan(TABLE).filter(pl.col("visit") == row["visit"]).collect()["minutes"][0]
        return Explanation({"minutes": minutes}, (("minutes", fitted["slope"] * minutes),), "log odds")
