"""Campaign performance: what each campaign changed, once its window has passed; the statistics are next door."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from mesh_marketing.ml.campaigns_effect import CONTROL, TREATED, Effect, Fairness, measure, sizes, split
from mesh_marketing.products.campaign_performance import CampaignPerformance
from mesh_platform.contract import shape_of

if TYPE_CHECKING:
    from mesh_platform.ml.making import Making

AFTER_DAYS = 7
"""Measured until a week after the last day: a purchase that a campaign only brought forward is missing in that week.
More days would add the noise of what the campaign has nothing to do with."""
BEFORE_DAYS = 84
"""Spend of so many days before the campaign lowers the variance; more would hardly help, and weeks stay whole.
The mart's SQL has both numbers, too."""
ABOUT = ("campaign_id", "name", "channel", "starts_on", "ends_on", "measured_until", "spend")


def performance(making: Making) -> pl.DataFrame:
    """Make the rows of marketing.campaign_performance."""
    customers = making.tables.sql("select * from marts.fct_campaign_customers")
    return performances(customers, making.known_until)


def performances(customers: pl.DataFrame, known_until: datetime) -> pl.DataFrame:
    """Measure every campaign.

    Args:
        customers: The rows of fct_campaign_customers: a campaign and customer each, and those of a campaign of which
            no customer is known.
        known_until: The end of the newest day that the mesh knows.

    Returns:
        One row a campaign, as the product's contract says.
    """
    each = customers.sort("campaign_id", "customer_id").partition_by("campaign_id", maintain_order=True)
    rows = [_row(campaign, known_until) for campaign in each]
    return pl.DataFrame(rows, schema=shape_of(CampaignPerformance).schema, orient="row")


def _row(campaign: pl.DataFrame, known_until: datetime) -> dict[str, Any]:
    about = campaign.select(ABOUT).row(0, named=True)
    audience = campaign.filter(pl.col("arm").is_in([TREATED, CONTROL]))
    treated, control = sizes(audience)
    status = stage(about["starts_on"], about["ends_on"], about["measured_until"], known_until.date())
    effect, fair = None, Fairness(split(treated, control), None)
    if status == "measured":
        effect, fair = measure(audience)
        status = "sample ratio broken" if fair.broken else "no comparison" if effect is None else status
    return {
        **about,
        "status": status,
        "treated": treated,
        "control": control,
        "sample_ratio_p_value": fair.sample_ratio,
        "balance_p_value": fair.balance,
        **(_told(effect, float(about["spend"])) if effect is not None and status == "measured" else {}),
        "last_click_revenue": campaign["last_click_revenue"].sum(),
        "known_until": known_until,
    }


def stage(starts_on: date, ends_on: date, measured_until: date, today: date) -> str:
    """Say how far a campaign is on the morning of a day of which nothing is known yet."""
    if today <= starts_on:
        return "planned"
    if today <= ends_on:
        return "running"
    return "too early" if today <= measured_until else "measured"


def _told(effect: Effect, spend: float) -> dict[str, Any]:
    total, low, high = effect.total
    orders, orders_low, orders_high = effect.orders or (None, None, None)
    back = [value / spend if spend else None for value in effect.total]
    return {
        "revenue_per_treated": effect.per_treated,
        "revenue_per_control": effect.per_control,
        "incremental_revenue": total,
        "incremental_revenue_low": low,
        "incremental_revenue_high": high,
        "p_value": effect.p_value,
        "variance_reduction": effect.variance_reduction,
        "incremental_orders": orders,
        "incremental_orders_low": orders_low,
        "incremental_orders_high": orders_high,
        "return_on_spend": back[0],
        "return_on_spend_low": back[1],
        "return_on_spend_high": back[2],
        "verdict": "raises revenue" if low > 0 else "lowers revenue" if high < 0 else "no effect shown",
    }
