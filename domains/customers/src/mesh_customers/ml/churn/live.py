"""The churn model live: the risk of a customer, and what to do about it.

An action is chosen among all customers, as the day's budget goes where it pays most, so no customer can be answered
alone. Everybody's answer is therefore made when a version gets ready, from pinned tables and by the very code that
makes customers.churn_risk; a request looks it up. Consents alone are read live: who has taken one back since gets no
offer, at once. Somebody who has given one since waits for the next snapshot, as the budget is spent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, cast

import polars as pl

from mesh_customers.ml.churn.live_answers import PreparedRisks, by_recency_rule, everybody
from mesh_customers.ml.churn.live_asked import Asked, Risk
from mesh_platform.features import FeatureView
from mesh_platform.ml import Making
from mesh_platform.ml.live import Inputs, LiveModel, OnlineFeatures, Ready
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from pydantic import BaseModel

    from mesh_platform.lake import Pinned
    from mesh_platform.ml.recipe import Fitted

CONSENTS = FeatureView(
    name="customer_consents",
    entity=("customer_id",),
    source="customers.customers",
    event_time="valid_from",
    features=("consent_marketing", "consent_profiling"),
)


class LiveChurn(LiveModel):
    """How likely a customer buys nothing in the next 60 days, and what to do about it."""

    request = Asked
    answer = Risk
    entity = "customer_id"
    number = "probability"
    tables = (
        "sales.orders",
        "marketing.sessions",
        "marketing.campaign_audience",
        "marketing.campaigns",
        "customers.customer_360",
        "customers.customers",
    )
    views = (CONSENTS,)

    def ready(self, fitted: Fitted, tables: Pinned) -> Ready:
        """Prepare a version: answer for everybody, as the batch does."""
        from mesh_customers.ml.churn.scoring import score

        now = tables.known_until
        rows = score(fitted, Making(tables, None, now, Settings.load()))
        risks = rows.with_columns(pl.col("churn_probability").alias("probability"))
        return PreparedRisks(risks, everybody(tables), now)

    def baseline(self, tables: Pinned) -> Ready:
        """Prepare the rule of thumb: the longer silent, the likelier gone."""
        return by_recency_rule(tables, tables.known_until)

    def gather(self, requests: Sequence[BaseModel], online: OnlineFeatures, now: datetime) -> list[Inputs]:
        """Collect the consents as they are now."""
        customers = [asked.customer_id for asked in cast("Sequence[Asked]", requests)]
        found = online.read(CONSENTS, [(customer,) for customer in customers])
        return [
            {"customer_id": customer, "consents": None if seen is None else [seen[name] for name in CONSENTS.features]}
            for customer, seen in zip(customers, found, strict=True)
        ]


LIVE = LiveChurn()
