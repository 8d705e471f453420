"""Everybody's answer, made when a version gets ready and looked up when somebody asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from mesh_customers.ml.churn.features import ACTIVE_DAYS, LABEL_DAYS, LABEL_DELAY_DAYS, active_customers, purchases
from mesh_customers.ml.churn.offers import NONE
from mesh_customers.ml.rhythm import next_purchase, purchases_before
from mesh_platform.ml.live import Answer, Inputs, Ready

if TYPE_CHECKING:
    from mesh_platform.lake import Pinned

NUMBERS = ("probability", "expected_value_60d", "value_at_risk")
NO_ACTION: Answer = {"action": NONE, "action_cost": 0.0, "expected_profit": 0.0}
NOT_ANSWERED: Answer = {"known": False, **dict.fromkeys(NUMBERS), "addressable": False, **NO_ACTION}


class PreparedRisks(Ready):
    """A version that has answered for everybody.

    Args:
        risks: One row an active customer: customer_id, `NUMBERS`, addressable, action, action_cost, expected_profit.
        customers: Everybody who is known, active or not.
        now: The end of the day that the answers are of.
    """

    def __init__(self, risks: pl.DataFrame, customers: pl.Series, now: datetime) -> None:
        money = pl.col("expected_value_60d", "value_at_risk", "action_cost", "expected_profit").cast(pl.Float64)
        self._risks = risks.select("customer_id", *NUMBERS, "addressable", *NO_ACTION).with_columns(money)
        self._places = {customer: place for place, customer in enumerate(risks["customer_id"])}
        self._customers = frozenset(customers)
        self._as_of = (now - timedelta(days=1)).date().isoformat()

    def score(self, inputs: Sequence[Inputs]) -> list[Answer]:
        """Look the customers up; a consent that is given no more takes the action away."""
        return [self._answer(one["customer_id"], one["consents"]) for one in inputs]

    def _answer(self, customer: str, consents: list[bool | None] | None) -> Answer:
        asked: Answer = {"customer_id": customer, "as_of": self._as_of}
        place = self._places.get(customer)
        if place is None:
            return {**asked, **NOT_ANSWERED, "why": self._why_not(customer)}
        found: dict[str, Any] = self._risks.row(place, named=True)
        withdrawn = consents is not None and not all(consents)
        told_off = {"addressable": False, **NO_ACTION} if withdrawn else {}
        return {**asked, **found, **told_off, "known": True, "why": None}

    def _why_not(self, customer: str) -> str:
        if customer in self._customers:
            return (
                f"the customer bought nothing in the {ACTIVE_DAYS} days until {self._as_of} (rule: the model tells of "
                "those who did); who has been silent for longer is a case for winning back"
            )
        return f"no profile has this customer_id as of {self._as_of}; check it, or ask again after the next publication"


def by_recency_rule(tables: Pinned, now: datetime) -> PreparedRisks:
    """Answer by how long customers have been silent, as the newest 60 days that are over teach it; offer nothing.

    Args:
        tables: Holds sales.orders and customers.customers.
        now: The end of the newest day.
    """
    from mesh_customers.ml.churn.baselines import by_recency

    taught_at = now - timedelta(days=LABEL_DAYS + LABEL_DELAY_DAYS)
    seen, asked = _silence(tables, taught_at), _silence(tables, now)
    after = next_purchase(purchases(tables, seen), seen, LABEL_DAYS)
    examples = seen.with_columns(churned=after["purchases"] == 0)
    if examples.is_empty():  # a young shop: the longer the likelier, up to those who count as gone
        risk = (asked["silence_days"] / ACTIVE_DAYS).clip(0, 1).alias("probability")
    else:
        risk = by_recency(examples, asked)["probability"]
    nothing = [pl.lit(value).alias(name) for name, value in NO_ACTION.items()]
    unknown = [pl.lit(None, pl.Float64).alias(name) for name in NUMBERS if name != risk.name]
    rows = asked.select("customer_id", risk, *unknown, pl.lit(value=False).alias("addressable"), *nothing)
    return PreparedRisks(rows, everybody(tables), now)


def everybody(tables: Pinned) -> pl.Series:
    """All customers who have a profile."""
    return tables.sql("select distinct customer_id from customers.customers")["customer_id"]


def _silence(tables: Pinned, at: datetime) -> pl.DataFrame:
    """The active customers at a time, and for how many days they had been silent."""
    active = active_customers(tables, at)
    silent = purchases_before(purchases(tables, active), active).group_by("customer_id").agg(silence_days=pl.min("ago"))
    return active.join(silent, on="customer_id", how="left", maintain_order="left")
