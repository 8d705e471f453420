"""The rows of customers.churn_risk: every active customer's risk, what it puts at risk, and what to do about it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from mesh_customers.ml.bgnbd import BgNbd
from mesh_customers.ml.churn.actions import choose
from mesh_customers.ml.churn.evidence import EFFECT_DAYS, addressed_now, evidence
from mesh_customers.ml.churn.features import active_customers, collect
from mesh_customers.ml.churn.inputs import histories
from mesh_customers.ml.churn.model import predict
from mesh_customers.ml.churn.offers import OFFERS
from mesh_customers.ml.churn.uplift import Uplift, estimate, moderators

if TYPE_CHECKING:
    from datetime import datetime

    from mesh_platform.lake import Pinned
    from mesh_platform.ml import Making
    from mesh_platform.ml.recipe import Fitted

DECIMALS = 4
BATCH = 1_250_000
"""Customers whose features are held in memory at a time."""


def score(fitted: Fitted, making: Making) -> pl.DataFrame:
    """Make the newest day's rows."""
    tables, now = making.tables, making.known_until
    active = active_customers(tables, now)
    batches = [_predicted(fitted, tables, batch) for batch in active.iter_slices(BATCH)]
    scored = pl.concat(batches or [_predicted(fitted, tables, active)])
    scored = scored.with_columns(_addressable(scored, addressed_now(tables, now)))
    uplift, by = learnt_uplift(fitted, tables, now), moderators(scored, scored)
    actions = choose(scored, {offer.name: uplift.of(offer.name, by) for offer in OFFERS})
    return published(scored.hstack(actions), now)


def learnt_uplift(fitted: Fitted, tables: Pinned, now: datetime) -> Uplift:
    """What offers change, by the campaigns whose outcome is known."""
    audience = evidence(tables, now)
    known = np.zeros((0, 1)) if audience.is_empty() else moderators(audience, predict(fitted, audience))
    return estimate(audience, known)


def published(scored: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """The columns of the product's contract."""
    if_kept = pl.col("purchases_if_kept") * pl.col("expected_basket")
    return scored.select(
        "customer_id",
        pl.lit((now - timedelta(days=1)).date()).alias("as_of"),
        pl.col("probability").clip(0.0, 1.0).alias("churn_probability"),
        "p_alive",
        "expected_purchases",
        _euros(pl.col("expected_purchases") * pl.col("expected_basket")).alias("expected_value_60d"),
        _euros(pl.col("probability") * if_kept).alias("value_at_risk"),
        "addressable",
        "action",
        _euros(pl.col("action_cost")).alias("action_cost"),
        _euros(pl.col("expected_profit")).alias("expected_profit"),
    ).sort("customer_id")


def _predicted(fitted: Fitted, tables: Pinned, asked: pl.DataFrame) -> pl.DataFrame:
    """What is predicted of customers, and what choosing an action needs of their features."""
    rows = collect(tables, asked)
    anyway = BgNbd.from_parts(fitted["bgnbd"]).buys_within(histories(rows), EFFECT_DAYS)
    needed = rows.select("customer_id", "consent_marketing", "consent_profiling", "silence_days", "sessions_28d")
    return needed.hstack(predict(fitted, rows)).with_columns(pl.Series("buys_anyway", anyway))


def _addressable(rows: pl.DataFrame, addressed: pl.DataFrame) -> pl.Series:
    """Both consents, and in no running campaign: an offer chosen by behaviour is marketing *and* profiling."""
    free = ~rows["customer_id"].is_in(addressed["customer_id"].to_list())
    consents = rows["consent_marketing"].fill_null(value=False) & rows["consent_profiling"].fill_null(value=False)
    return (consents & free).alias("addressable")


def _euros(amount: pl.Expr) -> pl.Expr:
    return amount.round(DECIMALS).cast(pl.Decimal(18, DECIMALS))
