"""Whom to send which offer: the most profit that the budget buys, from those who may be addressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_customers.ml.churn.metrics import MARGIN
from mesh_customers.ml.churn.offers import BUDGET_EUR, NONE, OFFERS, Offer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Floats = npt.NDArray[np.float64]


def choose(
    customers: pl.DataFrame,
    uplift: Mapping[str, Floats],
    offers: Sequence[Offer] = OFFERS,
    budget_eur: float = BUDGET_EUR,
) -> pl.DataFrame:
    """Choose an action for each customer.

    A knapsack: the offers of all customers in the order of profit per cost, each customer's best first, as long as the
    budget lasts. An offer that doesn't fit any more lets cheaper ones pass.

    Args:
        customers: One row a customer: addressable, expected_basket, buys_anyway (the chance of a purchase while an
            offer holds, without it).
        uplift: Offer → the purchases that it adds, by customer.
        offers: What can be sent.
        budget_eur: What all actions together may cost in expectation.

    Returns:
        A row a customer, in their order: action, action_cost and expected_profit, 0 without an action.
    """
    wide = [_priced(customers, offer, uplift[offer.name]) for offer in offers]
    candidates = pl.concat(wide).filter(pl.col("addressable"), pl.col("expected_profit") > 0)
    ordered = candidates.with_columns((pl.col("expected_profit") / pl.col("action_cost")).alias("ratio")).sort(
        "ratio", "row", "action", descending=[True, False, False]
    )
    best = ordered.unique("row", keep="first", maintain_order=True)
    bought = best.filter(_affordable(best["action_cost"].to_numpy(), budget_eur))
    rows = customers.select(pl.int_range(pl.len(), dtype=pl.Int64).alias("row"))
    chosen = rows.join(bought.select("row", "action", "action_cost", "expected_profit"), on="row", how="left")
    return chosen.sort("row").select(
        pl.col("action").fill_null(NONE), pl.col("action_cost").fill_null(0.0), pl.col("expected_profit").fill_null(0.0)
    )


def _priced(customers: pl.DataFrame, offer: Offer, more: Floats) -> pl.DataFrame:
    """An offer's expected cost and profit for every customer; a voucher is also redeemed by who would buy anyway."""
    redeems = (pl.col("buys_anyway") + pl.Series(more)).clip(upper_bound=1.0)
    cost = offer.contact_eur + offer.redeemed_eur * redeems
    gain = pl.Series(more) * pl.col("expected_basket") * MARGIN
    return customers.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("row"),
        "addressable",
        pl.lit(offer.name).alias("action"),
        cost.alias("action_cost"),
        (gain - cost).alias("expected_profit"),
    )


def _affordable(costs: Floats, budget: float) -> npt.NDArray[np.bool_]:
    """Which of the costs, in their order, the budget pays; what is left over pays for later, cheaper ones."""
    paid = np.cumsum(costs) <= budget
    spent = float(costs[paid].sum())
    least = float(costs.min(initial=np.inf))
    for at in np.flatnonzero(~paid):
        if budget - spent < least:
            break
        if costs[at] <= budget - spent:
            paid[at] = True
            spent += float(costs[at])
    return paid
