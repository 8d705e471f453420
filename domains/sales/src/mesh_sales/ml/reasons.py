"""Why an order looks risky, in words that a reviewer can check.

A reason is a feature that raises the order's log odds, told with the order's own value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_platform.ml.recipe import Fitted
from mesh_sales.ml.features import ENTITIES, NOVELTY, OF_AN_ENTITY, PAID_BY, RETURNS
from mesh_sales.ml.model import contributions

TOLD = 3
NOTHING_IN_PARTICULAR = "nothing in particular"
WINDOW_WORDS = {"1h": "hour", "1d": "day", "7d": "7 days", "30d": "30 days"}
OF_THE_ORDER = {
    "amount": "amount: {value:,.2f}",
    "discount_share": "discount: {value:.0%}",
    "lines": "lines: {value:.0f}",
    "units": "pieces: {value:.0f}",
    "returned_units": "pieces brought back: {value:.0f}",
    "unmatched_returned_units": "pieces brought back that the buyer is not known to have bought: {value:.0f}",
    "hour_of_day": "placed at {value:.0f} h UTC",
    "is_weekend": "placed on {value:a weekend or a weekday}",
    "is_web": "ordered {value:on the web or in a store}",
    "has_profile": "{value:customer with a known or no known} profile",
    "tenure_days": "days as a customer: {value:.0f}",
    "tier_rank": "loyalty tier: {value:.0f} of 3",
    "ip_is_abroad": "caller's address {value:outside or in} the customer's country",
    **{f"paid_by_{how}": f"{{value:paid or not paid}} by {how.replace('_', ' ')}" for how in PAID_BY},
}
OF_WHO = {
    **{f"orders_{w}": f"orders of the {{who}} in the {t} before: {{value:.0f}}" for w, t in WINDOW_WORDS.items()},
    **{f"spent_{w}": f"spent by the {{who}} in the {t} before: {{value:,.2f}}" for w, t in WINDOW_WORDS.items()},
    "mean_amount_30d": "usual amount of the {who}: {value:,.2f}",
    "amount_to_mean": "amount {value:.1f} times the {who}'s usual",
    "hours_since_last": "hours since the {who}'s last order: {value:,.1f}",
    "known_frauds": "known frauds of the {who} in 60 days: {value:.0f}",
    "fraud_share": "share of the {who}'s orders known as fraud: {value:.0%}",
    "returns_1d": "returns of the {who} in the day before: {value:.0f}",
    "returns_30d": "returns of the {who} in the 30 days before: {value:.0f}",
    "refunded_30d": "refunded to the {who} in the 30 days before: {value:,.2f}",
    "unmatched_returns_30d": "pieces of unknown origin returned by the {who} in 30 days: {value:.0f}",
    "age_days": "days since the {who} was first seen: {value:,.1f}",
    "is_new_to_customer": "{who} {value:new to or known from} the customer",
    **{
        f"{what}_{w}": f"{what} with the {{who}} in the {WINDOW_WORDS[w]} before: {{value:.0f}}"
        for what in ("cards", "devices", "customers")
        for w in ("1d", "30d")
    },
}
"""`{value:yes or no}` picks one of two for a truth value."""


def _templates() -> dict[str, str]:
    found = dict(OF_THE_ORDER)
    names = [f"{who}_{what}" for who in ENTITIES for what in (*OF_AN_ENTITY, *RETURNS)]
    for name in (*names, *NOVELTY):
        who, _, what = name.partition("_")
        found[name] = OF_WHO[what].replace("{who}", who)
    return found


TEMPLATES = _templates()
"""Feature → its words."""


def words(feature: str, value: Any) -> str:
    """Tell a feature's value.

    Args:
        feature: One of the model's features.
        value: The order's value; None where it is missing.
    """
    template = TEMPLATES[feature]
    head, _, rest = template.partition("{value:")
    form, _, tail = rest.partition("}")
    if value is None:
        return _missing(feature)
    if " or " in form:
        yes, no = form.split(" or ")
        return f"{head}{yes if value else no}{tail}"
    return f"{head}{value:{form}}{tail}"


def _missing(feature: str) -> str:
    who, _, what = feature.partition("_")
    if who == "store":
        return "no store: ordered on the web"
    if who in ENTITIES and what in OF_WHO:
        return f"no earlier order of the {who} to compare with"
    return f"{feature.replace('_', ' ')}: not known"


def told(fitted: Fitted, rows: pl.DataFrame) -> list[str]:
    """The strongest reasons of each row, in words, the strongest first.

    Meant for the few orders that are not simply accepted: contributions cost a hundred times a score.

    Args:
        fitted: The model.
        rows: Orders with its features.
    """
    if rows.is_empty():
        return []
    features = list(fitted["features"])
    shares = contributions(fitted, rows)
    values = rows.select(features).rows()
    said = [strongest(features, row, share) for row, share in zip(values, shares, strict=True)]
    return ["; ".join(reasons) or NOTHING_IN_PARTICULAR for reasons in said]


def strongest(features: Sequence[str], row: Sequence[Any], share: npt.NDArray[np.float64]) -> list[str]:
    """Tell an order's strongest reasons in words, the strongest first; none where nothing raises the risk.

    Args:
        features: The model's features.
        row: The order's values of them.
        share: What each adds to the log odds.
    """
    picks = np.argsort(-share, kind="stable")[: 2 * TOLD]  # what is missing is missing in many features
    said = dict.fromkeys(words(features[pick], row[pick]) for pick in picks if share[pick] > 0)
    return list(said)[:TOLD]
