"""From the features of an order to the verdict: the fitted model, and the rule that answers where there is none.

A verdict depends on the order alone. The batch's decision also counts the reviews of the day, and lets the latest go
without once the team's day is full; a pure function can't. It relies on `least_saving`, which was learnt so that no day
of the later examples had more reviews than the team can do: only on a day worse than all of those is more sent to
review than gets done, and then the batch's product says which.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_platform.errors import MissingFeature
from mesh_platform.ml.live import Answer, Inputs, Ready
from mesh_platform.ml.recipe import Fitted
from mesh_sales.ml.decision import COSTS, REVIEWS_A_DAY, savings
from mesh_sales.ml.features import FEATURES
from mesh_sales.ml.model import booster_of
from mesh_sales.ml.reasons import NOTHING_IN_PARTICULAR, strongest
from mesh_sales.ml.rules import velocity_rule

if TYPE_CHECKING:
    from mesh_platform.lake import Pinned

Floats = npt.NDArray[np.float64]

RULE_DAYS = 28
"""The days from which the rule learns what is suspicious enough for a review."""
BY_RULE = "many orders, refunds or a large amount at once (velocity rule, no model)"


class FraudReady(Ready):
    """A version of the fraud model that is ready to answer.

    Args:
        fitted: The version.

    Raises:
        MissingFeature: Where it was fitted with a feature that is not told of live orders.
    """

    def __init__(self, fitted: Fitted) -> None:
        self._features = tuple(str(name) for name in fitted["features"])
        if unknown := [name for name in self._features if name not in FEATURES]:
            raise MissingFeature.of("fraud", unknown, list(FEATURES))
        self._fitted, self._trees = fitted, booster_of(fitted)
        self._slope, self._intercept = float(fitted["slope"]), float(fitted["intercept"])
        self._least_saving = float(fitted["least_saving"])

    def score(self, inputs: Sequence[Inputs]) -> list[Answer]:
        """Answer with verdicts; reasons are told only of what is not accepted, as they cost more than the score."""
        if not inputs:
            return []
        rows = [[one["features"][name] for name in self._features] for one in inputs]
        amount = np.array([one["features"]["amount"] for one in inputs], np.float64)
        raw = np.asarray(self._trees.predict(np.array(rows, np.float64), raw_score=True, num_threads=1))
        probability: Floats = 1 / (1 + np.exp(-(self._slope * raw + self._intercept)))
        lost = probability * COSTS.loss(amount)
        declined_is_cheaper = (1 - probability) * COSTS.false_alarm(amount) < lost
        reviewed = savings(probability, amount) > self._least_saving
        decisions = np.where(reviewed, "review", np.where(declined_is_cheaper, "decline", "accept")).tolist()
        reasons = iter(self._reasons([row for row, said in zip(rows, decisions, strict=True) if said != "accept"]))
        return [
            _verdict(one, chance, decision, loss, [] if decision == "accept" else next(reasons))
            for one, chance, decision, loss in zip(inputs, probability.tolist(), decisions, lost.tolist(), strict=True)
        ]

    def _reasons(self, rows: list[list[Any]]) -> list[list[str]]:
        """The strongest reasons, as `reasons.told` has them; on one thread, as threads that wait cost five times it."""
        if not rows:
            return []
        added = self._trees.predict(np.array(rows, np.float64), pred_contrib=True, num_threads=1)
        shares = np.asarray(added, np.float64)[:, :-1] * self._slope
        told = (strongest(self._features, row, share) for row, share in zip(rows, shares, strict=True))
        return [reasons or [NOTHING_IN_PARTICULAR] for reasons in told]


class VelocityRuleReady(Ready):
    """The velocity rule: it gives an order of suspicion, no probability, and never declines.

    Args:
        enough: Above this suspicion an order is reviewed.
    """

    def __init__(self, enough: float) -> None:
        self._enough = enough

    @classmethod
    def learnt(cls, tables: Pinned) -> VelocityRuleReady:
        """Learn what is suspicious enough: on none of the newest days would the team have had too much to review."""
        columns = ", ".join(RULE_SEES)
        rows = tables.sql(
            f"select ordered_on, {columns} from sales.order_features where ordered_on > "
            f"(select max(ordered_on) from sales.order_features) - {RULE_DAYS}"
        )
        if rows.is_empty():
            return cls(0.0)
        suspicion = rows.select("ordered_on", score=velocity_rule(rows)["probability"])
        place = pl.col("score").rank("ordinal", descending=True).over("ordered_on")
        worst = suspicion.filter(place == REVIEWS_A_DAY + 1)["score"].max()
        return cls(float(worst) if isinstance(worst, float) else 0.0)

    def score(self, inputs: Sequence[Inputs]) -> list[Answer]:
        """Answer by the rule."""
        if not inputs:
            return []
        seen = {name: [one["features"][name] for one in inputs] for name in RULE_SEES}
        ruled = velocity_rule(pl.DataFrame(seen).with_columns(ordered_on=pl.lit(0), **_as_counts()))
        pairs = zip(inputs, ruled["probability"].to_list(), ruled["expected_loss"].to_list(), strict=True)
        return [
            _verdict(one, score, *(("review", loss, [BY_RULE]) if score > self._enough else ("accept", loss, [])))
            for one, score, loss in pairs
        ]


RULE_SEES = (
    *(f"{who}_orders_{window}" for who in ("card", "device", "customer") for window in ("1h", "1d")),
    *("customer_returns_30d", "returned_units", "amount"),
)


def _as_counts() -> dict[str, pl.Expr]:
    """Columns in which all values are missing have no type of their own."""
    return {name: pl.col(name).cast(pl.Int64) for name in RULE_SEES if name != "amount"}


def _verdict(one: Inputs, probability: float, decision: str, loss: float, reasons: list[str]) -> Answer:
    return {
        "order_id": one["order_id"],
        "probability": probability,
        "decision": decision,
        "expected_loss": loss,
        "reasons": reasons,
    }
