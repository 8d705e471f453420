"""What an offer changes for a customer, learnt from randomised hold-outs.

The arms of one campaign are alike but for the offer, so what of the outcome neither campaign nor customer explain is
regressed on how the lot fell (the "R-learner" of Nie and Wager 2021, a transformed outcome): its slope is the effect.
Each kind of offer has the mean effect of its campaigns; as campaigns differ, the mean is as uncertain as they are
different (DerSimonian and Laird 1986). Customers' own effects are drawn back to that mean by a ridge as strong as
cross-validation asks for, down to no difference at all. Where an offer's mean is not surely positive, there is too
little evidence, and no effect is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.linear_model import Ridge, RidgeCV

from mesh_customers.ml.churn.offers import OFFERS

if TYPE_CHECKING:
    from collections.abc import Mapping

Floats = npt.NDArray[np.float64]

SURE = 1.645
"""So many standard errors above nothing, in one of twenty cases by chance alone, an effect is believed."""
LEAST_ARM = 30
"""Fewer customers in an arm tell nothing about a campaign."""
LEAST_CAMPAIGNS = 2
"""From one campaign can't be told how the next one will differ."""
PENALTIES = np.logspace(1, 7, 13)


@dataclass(frozen=True, slots=True)
class Effect:
    """The mean effect of a kind of offer.

    Args:
        offer: The kind.
        campaigns: How many campaigns tell about it.
        customers: How many customers they had.
        mean: Purchases more per addressed customer within `evidence.EFFECT_DAYS`.
        error: The mean's standard error, the campaigns' own differences included.
    """

    offer: str
    campaigns: int
    customers: int
    mean: float
    error: float

    @property
    def enough(self) -> bool:
        """Whether the evidence suffices to act on."""
        return self.campaigns >= LEAST_CAMPAIGNS and self.mean > SURE * self.error

    def __str__(self) -> str:
        found = f"{self.mean:+.3f} ± {self.error:.3f} purchases, {self.campaigns} campaigns, {self.customers} customers"
        return f"{self.offer}: {found if self.campaigns else 'no campaign'}" + ("" if self.enough else "; too little")


@dataclass(frozen=True, slots=True)
class Uplift:
    """What offers change.

    Args:
        effects: Offer → its mean effect.
        centre: Mean of each moderator among the campaigns' customers.
        spread: Its standard deviation.
        slopes: How much the effect differs by a standard deviation of it.
    """

    effects: Mapping[str, Effect]
    centre: Floats
    spread: Floats
    slopes: Floats

    def of(self, offer: str, moderators: Floats) -> Floats:
        """The expected effect of an offer on customers, in purchases, never negative; zeros without evidence.

        Args:
            offer: The kind.
            moderators: What `moderators` gives, a row a customer.
        """
        effect = self.effects[offer]
        if not effect.enough:
            return np.zeros(len(moderators))
        return np.maximum(effect.mean + (moderators - self.centre) / self.spread @ self.slopes, 0.0)


def moderators(rows: pl.DataFrame, predicted: pl.DataFrame) -> Floats:
    """What an effect may depend on: expected purchases, risk, silence, visits.

    Args:
        rows: Customers with their features.
        predicted: What the churn model predicts of them.
    """
    return np.column_stack(
        [
            np.log1p(predicted["expected_purchases"].to_numpy()),
            predicted["probability"].to_numpy(),
            np.log1p(rows["silence_days"].to_numpy()),
            np.log1p(rows["sessions_28d"].fill_null(0.0).to_numpy()),
        ]
    )


def estimate(audience: pl.DataFrame, by: Floats) -> Uplift:
    """Estimate effects from the audiences of past campaigns.

    Args:
        audience: What `evidence.evidence` gives; may be empty.
        by: The moderators of its rows.
    """
    usable = np.zeros(0, np.bool_) if audience.is_empty() else _usable(audience)
    if not usable.any():
        nothing = {o.name: Effect(o.name, 0, 0, 0.0, 0.0) for o in OFFERS}
        return Uplift(nothing, np.zeros(0), np.zeros(0), np.zeros(0))
    rows, x = audience.filter(usable), by[usable]
    centre, spread = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-9)
    z = (x - centre) / spread
    surprise = _surprise(rows, z)
    lot = (rows["treated"] - rows["share_treated"]).to_numpy()
    effects = {o.name: _mean_effect(o.name, rows, surprise, lot) for o in OFFERS}
    mean = rows["offer"].replace_strict({name: e.mean for name, e in effects.items()}, return_dtype=pl.Float64)
    rest = surprise / lot - mean.to_numpy()
    slopes = RidgeCV(PENALTIES, fit_intercept=False).fit(z, rest, sample_weight=lot**2).coef_
    return Uplift(effects, centre, spread, np.asarray(slopes, np.float64))


def _usable(audience: pl.DataFrame) -> npt.NDArray[np.bool_]:
    """Rows of campaigns with enough customers in both arms."""
    smallest = pl.min_horizontal(pl.col("treated").sum(), (1 - pl.col("treated")).sum()).over("campaign_id")
    return audience.select(smallest >= LEAST_ARM).to_series().to_numpy()


def _surprise(rows: pl.DataFrame, z: Floats) -> Floats:
    """The outcome less what campaign and customer let expect, whatever the lot."""
    campaigns = rows.select(pl.col("campaign_id")).to_dummies().to_numpy().astype(np.float64)
    inputs = np.column_stack([campaigns, z])
    outcome = rows["outcome"].to_numpy()
    return np.asarray(outcome - Ridge(1.0, fit_intercept=False).fit(inputs, outcome).predict(inputs), np.float64)


def _mean_effect(offer: str, rows: pl.DataFrame, surprise: Floats, lot: Floats) -> Effect:
    """Pool an offer's campaigns by random effects."""
    found, errors, customers = [], [], 0
    for (_,), at in rows.with_row_index().filter(pl.col("offer") == offer).group_by("campaign_id", maintain_order=True):
        index = at["index"].to_numpy()
        drawn, left = lot[index], surprise[index]
        slope = float(drawn @ left / (drawn @ drawn))
        error = float(np.sqrt(((drawn * (left - slope * drawn)) ** 2).sum()) / (drawn @ drawn))
        found.append(slope)
        errors.append(error)
        customers += len(index)
    if not found:
        return Effect(offer, 0, 0, 0.0, 0.0)
    mean, error = _pool(np.array(found), np.array(errors) ** 2)
    return Effect(offer, len(found), customers, mean, error)


def _pool(found: Floats, variance: Floats) -> tuple[float, float]:
    """Mean and standard error of effects that scatter by chance and truly."""
    weight = 1 / np.maximum(variance, 1e-12)
    fixed = float(weight @ found / weight.sum())
    excess = float(weight @ (found - fixed) ** 2) - (len(found) - 1)
    scale = float(weight.sum() - (weight**2).sum() / weight.sum())
    between = max(0.0, excess / scale) if scale > 0 else 0.0
    weight = 1 / (np.maximum(variance, 1e-12) + between)
    return float(weight @ found / weight.sum()), float(1 / np.sqrt(weight.sum()))
