"""The recipe of marketing.recommendations: candidates of several generators, ordered by a learnt ranker.

The generators are part of the features: they are fitted on what was known at each cut, also when scoring, so that a
product of yesterday can be recommended today. What is learnt and stored is the ranker.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_marketing.ml.recommend import behaviour, judging
from mesh_marketing.ml.recommend.diversity import ranked
from mesh_marketing.ml.recommend.evidence import TABLES, Evidence, day_number
from mesh_marketing.ml.recommend.explaining import explain_pair
from mesh_marketing.ml.recommend.features import FEATURES
from mesh_marketing.ml.recommend.ranker import fit_ranker, scores_of
from mesh_marketing.ml.recommend.rows import labelled_rows
from mesh_marketing.ml.recommend.serving import lists_for_all
from mesh_marketing.ml.recommend.taste import taste_at
from mesh_platform.errors import MissingFeature, TooFewExamples
from mesh_platform.lake import Pinned
from mesh_platform.ml.making import Making
from mesh_platform.ml.recipe import Check, Examples, Explanation, Fitted, Metric, Recipe

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WINDOW_DAYS = 14
"""A list is for what is bought within two weeks of it; most customers come back within them, or not soon."""
TRAINING_CUTS = 3
"""Lists of three past fortnights are learnt from; older ones say little about this season."""
HISTORY_DAYS = 21
"""The history that generators need before the first cut."""
LEAST_RELEVANT = 20
"""The fewest bought candidates from which it makes sense to learn or to judge."""
LEAST_SHOWN = 0.25
"""The least share of products that lists must show, so that they do not become a chart of bestsellers."""


class Recommendations(Recipe):
    """Twenty products for each customer who consents to profiling.

    Split: the hold-out is what customers known before bought in the last two weeks; the ranker learns from the three
    fortnights before, each with features as known at its beginning. Products bought before count when they are bought
    again: OmniShop sells what is used up, and a list without the customer's own coffee would be a worse list.
    """

    name: ClassVar[str] = "recommendations"
    purpose: ClassVar[str] = (
        "Orders products for a customer by the chance that a purchase within two weeks includes them. Not for prices, "
        "credit or anything else decided about a person, and not for customers without consent to profiling."
    )
    tables: ClassVar[tuple[str, ...]] = TABLES
    feature_table: ClassVar[str] = "sales.order_lines"
    metric: ClassVar[Metric] = Metric("NDCG@20")
    unit: ClassVar[str] = "customer_id"
    needs_days: ClassVar[int] = HISTORY_DAYS + 2 * WINDOW_DAYS
    live: ClassVar[str] = "mesh_marketing.ml.recommend.live:LIVE"

    def examples(self, tables: Pinned, as_of: datetime) -> Examples:
        """Make candidates of the last fortnight to judge on, and of those before it to learn from."""
        now = day_number(as_of)
        cuts = [now - WINDOW_DAYS * back for back in range(1, TRAINING_CUTS + 2)]
        evidence = Evidence.read(tables, as_of, cuts)
        first = min(evidence.purchases["day"], default=now)
        usable = [cut for cut in cuts if cut - first >= HISTORY_DAYS]
        if len(usable) < 2:
            raise TooFewExamples(
                f"model '{self.name}' as of {as_of:%Y-%m-%d}: purchases of {now - first} days, which leave "
                f"{len(usable)} fortnights after {HISTORY_DAYS} days of history (rule: at least 2, which "
                f"takes {self.needs_days} days); train again when there is more history"
            )
        frames = [labelled_rows(evidence, cut, WINDOW_DAYS) for cut in usable]
        for cut, frame in zip(usable, frames, strict=True):
            self._check_relevant(frame, cut)
        about: dict[str, str | float | int] = {
            "window_days": WINDOW_DAYS,
            "training_cuts": len(usable) - 1,
            "consenting_customers": len(evidence.customers),
            "holdout_customers": frames[0]["customer_id"].n_unique(),
            "repeat_purchases": "count",
        }
        return Examples(pl.concat(frames[1:]), frames[0], FEATURES, about)

    def _check_relevant(self, rows: pl.DataFrame, cut: int) -> None:
        relevant = int(rows["relevant"].sum()) if rows.height else 0
        if relevant < LEAST_RELEVANT:
            raise TooFewExamples(
                f"model '{self.name}': {relevant} candidates were bought in the {WINDOW_DAYS} days from day {cut} on "
                f"(rule: at least {LEAST_RELEVANT}); train again when there are more purchases of known customers"
            )

    def fit(self, examples: Examples, seed: int) -> Fitted:
        """Fit the ranker."""
        train = examples.train.sort("cut", "customer_id", "sku")
        booster = fit_ranker(train.select(FEATURES).to_numpy(), train["relevant"].to_numpy(), seed)
        return {"booster": booster, "features": list(FEATURES)}

    def predict(self, fitted: Fitted, rows: pl.DataFrame) -> pl.DataFrame:
        """Score candidates and rank each customer's: score (a chance), rank (after the cap by category)."""
        if missing := [name for name in fitted["features"] if name not in rows.columns]:
            raise MissingFeature.of(self.name, missing, rows.columns)
        score = scores_of(fitted["booster"], rows.select(fitted["features"]).to_numpy())
        return _predictions(rows, score)

    def baselines(self, examples: Examples) -> dict[str, pl.DataFrame]:
        """Rank by popularity, and by item-kNN with each item similar to itself (which beats the one without)."""
        names = {"popularity": "popularity_score", "item-kNN": "item_knn_score"}
        rows = examples.holdout.with_columns(category=pl.int_range(pl.len()).cast(pl.String))  # no cap by category
        return {name: _predictions(rows, rows[column].to_numpy()) for name, column in names.items()}

    def measure(self, rows: pl.DataFrame, predictions: pl.DataFrame, weight: npt.NDArray[np.float64]) -> float:
        """NDCG of 20 places, averaged over customers."""
        return judging.mean_ndcg(rows, predictions["rank"], weight)

    def judge(self, rows: pl.DataFrame, predictions: pl.DataFrame) -> dict[str, float]:
        """Accuracy, coverage, novelty, diversity and exposure of the lists."""
        return judging.figures(rows, predictions["rank"])

    def behaviours(self, fitted: Fitted, examples: Examples) -> tuple[Check, ...]:
        """Ids don't matter, a liked category is shown no less, what is out of stock is never shown."""
        return behaviour.check_behaviours(lambda rows: self.predict(fitted, rows), examples.holdout)

    def fairness(self, rows: pl.DataFrame, predictions: pl.DataFrame) -> tuple[Check, ...]:
        """Report the exposure of products; nothing is decided about people."""
        found = judging.figures(rows, predictions["rank"])
        detail = f"{found['coverage']:.0%} of products are shown, Gini of exposure {found['Gini of exposure']:.2f}"
        return (Check(f"lists show at least {LEAST_SHOWN:.0%} of products", found["coverage"] >= LEAST_SHOWN, detail),)

    def plots(self, fitted: Fitted, examples: Examples, predictions: pl.DataFrame) -> dict[str, Figure]:
        """Draw recall by length, exposure against sales, and importance."""
        from mesh_marketing.ml.recommend import plots

        ranks = {name: made["rank"] for name, made in self.baselines(examples).items()}
        return {
            "recall": plots.recall_by_length(examples.holdout, {"model": predictions["rank"], **ranks}),
            "exposure": plots.exposure(examples.holdout, predictions["rank"]),
            "importance": plots.importance(fitted["booster"]),
        }

    def score(self, fitted: Fitted, making: Making) -> pl.DataFrame:
        """Make the lists of the newest day, for everybody who consents and from what is in stock."""
        now = day_number(making.known_until)
        evidence = Evidence.read(making.tables, making.known_until, [now])
        lists = lists_for_all(fitted["booster"], taste_at(evidence, now))
        return lists.with_columns(as_of=pl.lit((making.known_until - timedelta(days=1)).date()))

    def explain(self, fitted: Fitted, tables: Pinned, row: Mapping[str, Any]) -> Explanation:
        """Compute the row's features again, and say what each and which purchases added."""
        as_of: datetime = row["predicted_from"]
        evidence = Evidence.read(tables, as_of, [day_number(as_of)])
        return explain_pair(fitted["booster"], taste_at(evidence, day_number(as_of)), row["customer_id"], row["sku"])


def _predictions(rows: pl.DataFrame, score: npt.NDArray[np.floating[Any]]) -> pl.DataFrame:
    return pl.DataFrame({"score": score, "rank": ranked(rows, score, by=("cut", "customer_id"))})


RECIPE = Recommendations()
