"""From a probability to a decision: accept, have people review, or decline, whichever is expected to cost least.

Reviews are scarce. A threshold on what a review is expected to save keeps them within the team's day; it is learnt
when the model is, so that an order can be decided on without knowing the rest of its day. Should a day bring more all
the same, the latest of them go without.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Costs:
    """What decisions cost, as the payments team reckons.

    Args:
        fee_eur: What the bank takes for a chargeback, on top of the order's amount.
        margin: The share of an order's amount that is lost with an honest customer turned away.
        goodwill_eur: What turning an honest customer away costs beyond that order.
        review_eur: Ten minutes of a reviewer.
        review_finds: The share of frauds that a review finds; it turns away nobody honest.
    """

    fee_eur: float = 20.0
    margin: float = 0.3
    goodwill_eur: float = 15.0
    review_eur: float = 5.0
    review_finds: float = 0.9

    def loss(self, amount: Floats) -> Floats:
        """What a fraud of so much costs, paid or paid out."""
        return np.abs(amount) + self.fee_eur

    def false_alarm(self, amount: Floats) -> Floats:
        """What it costs to decline an honest order."""
        return self.margin * np.abs(amount) + self.goodwill_eur


COSTS = Costs()
REVIEWS_A_DAY = 12
"""What the review team gets through: two hours of one person."""
DECISIONS = ("accept", "review", "decline")


def savings(probability: Floats, amount: Floats, costs: Costs = COSTS) -> Floats:
    """What a review is expected to save over the better of accepting and declining, in EUR; negative if nothing."""
    accepted = probability * costs.loss(amount)
    declined = (1 - probability) * costs.false_alarm(amount)
    reviewed = costs.review_eur + probability * (1 - costs.review_finds) * costs.loss(amount)
    return np.minimum(accepted, declined) - reviewed


def threshold(rows: pl.DataFrame, capacity: int = REVIEWS_A_DAY, costs: Costs = COSTS) -> float:
    """Learn how much a review must save, so that no day has more reviews than the team can do.

    Args:
        rows: Orders of whole days with `ordered_on`, `amount` and `probability`.
        capacity: Reviews a day.
        costs: What decisions cost.

    Returns:
        The least saving in EUR that a review must exceed; 0 where no day is too full.
    """
    saved = pl.Series(savings(rows["probability"].to_numpy(), rows["amount"].to_numpy(), costs))
    too_many = rows.select("ordered_on", saved=saved).filter(
        pl.col("saved").rank("ordinal", descending=True).over("ordered_on") == capacity + 1
    )
    worst = too_many["saved"].max()
    return max(float(worst), 0.0) if isinstance(worst, float) else 0.0


def decide(
    rows: pl.DataFrame,
    probability: Floats,
    least_saving: float,
    capacity: int = REVIEWS_A_DAY,
    costs: Costs = COSTS,
) -> pl.DataFrame:
    """Decide on orders.

    Args:
        rows: Orders of whole days with `order_id`, `ordered_on`, `ordered_at` and `amount`.
        probability: Of each to be a fraud.
        least_saving: What `threshold` learnt, EUR.
        capacity: Reviews a day.
        costs: What decisions cost.

    Returns:
        `probability`, `decision` and `expected_loss` (what accepting it is expected to lose, EUR), in the rows' order.
    """
    amount = rows["amount"].to_numpy()
    lost = probability * costs.loss(amount)
    declined_is_cheaper = (1 - probability) * costs.false_alarm(amount) < lost
    wanted = savings(probability, amount, costs) > least_saving
    turn = rows.select("ordered_on", "ordered_at", "order_id", wanted=pl.Series(wanted)).select(
        pl.col("wanted").cast(pl.Int64).cum_sum().over("ordered_on", order_by=["ordered_at", "order_id"])
    )["wanted"]
    reviewed = wanted & (turn.to_numpy() <= capacity)
    decision = np.where(reviewed, "review", np.where(declined_is_cheaper, "decline", "accept"))
    return pl.DataFrame({"probability": probability, "decision": decision, "expected_loss": lost})


def cost_eur(
    fraud: npt.NDArray[np.bool_], decision: npt.NDArray[np.str_], amount: Floats, costs: Costs = COSTS
) -> Floats:
    """What each decision cost, now that it is known what was a fraud."""
    accepted = fraud * costs.loss(amount)
    declined = ~fraud * costs.false_alarm(amount)
    reviewed = costs.review_eur + fraud * (1 - costs.review_finds) * costs.loss(amount)
    return np.asarray(np.select([decision == "review", decision == "decline"], [reviewed, declined], accepted))
