"""What past campaigns tell about offers: who was addressed or held out by lot, and what each bought afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from mesh_customers.ml.churn.features import LABEL_DELAY_DAYS, collect, purchases, who_were_active
from mesh_customers.ml.churn.offers import OFFERS
from mesh_customers.ml.rhythm import next_purchase

if TYPE_CHECKING:
    from mesh_platform.lake import Pinned

EFFECT_DAYS = 28
"""Over so many days from a campaign's start its effect is counted: the same for all, and longer than any of them runs,
so that a purchase that was merely brought forward cancels out."""
MOST_CAMPAIGNS = 12
"""The newest campaigns are the likeliest to work like the next one."""
MOST_MEMBERS = 40_000
LOOKED_AT = 5
"""So many times more members are looked up: not all were active."""
MOST_PURCHASES = 5.0
"""More purchases of one customer count as so many, so that a handful of dealers doesn't decide."""


def evidence(tables: Pinned, as_of: datetime) -> pl.DataFrame:
    """Collect the audiences of campaigns whose outcome is known at a time.

    Args:
        tables: The lake, with marketing.campaign_audience and marketing.campaigns.
        as_of: What may be known.

    Returns:
        One row a campaign and active customer of its audience: campaign_id, offer, customer_id, at (the start),
        treated (0, 1), share_treated (of the campaign's rows), outcome (purchases), and the features known then.
    """
    members = _drawn(_members(tables, as_of))
    if members.is_empty():
        return members
    chosen = who_were_active(tables, members).sort("at", "campaign_id", "customer_id")
    chosen = chosen.gather_every(-(-chosen.height // MOST_MEMBERS))
    known = purchases(tables, chosen).filter(pl.col("ingested_at") <= as_of)
    bought = next_purchase(known, chosen, EFFECT_DAYS)["purchases"].cast(pl.Float64).clip(upper_bound=MOST_PURCHASES)
    share = pl.col("treated").mean().over("campaign_id").alias("share_treated")
    return collect(tables, chosen.with_columns(share, bought.alias("outcome")), as_of).drop("age_band", "region")


def addressed_now(tables: Pinned, as_of: datetime) -> pl.DataFrame:
    """Who belongs to the audience of a campaign that runs or is about to: one column, customer_id.

    Who is addressed needs no second offer; who is held out must get none, or the hold-out would tell nothing.
    """
    return tables.sql(
        f"""
        select distinct customer_id from marketing.campaign_audience
        where ends_on >= date '{as_of.date()}' and ingested_at <= timestamptz '{as_of.isoformat()}'
        order by customer_id
        """
    )


def _drawn(members: pl.DataFrame) -> pl.DataFrame:
    """Of very large audiences the same part of the customers in every campaign, so that arms stay as drawn."""
    some = members.select("customer_id").unique().sort("customer_id")
    some = some.gather_every(max(1, -(-members.height // (MOST_MEMBERS * LOOKED_AT))))
    return members.join(some, on="customer_id", how="semi")


def _members(tables: Pinned, as_of: datetime) -> pl.DataFrame:
    """The audiences of the newest campaigns with known outcome, by the offer that each is like."""
    started = as_of.date() - timedelta(days=EFFECT_DAYS + LABEL_DELAY_DAYS)
    kinds = " ".join(f"when {offer.like} then '{offer.name}'" for offer in OFFERS)
    return tables.sql(
        f"""
        with done as (
            select campaign_id, case {kinds} end as offer from marketing.campaigns
            where offer is not null and starts_on <= date '{started}'
            order by starts_on desc, campaign_id limit {MOST_CAMPAIGNS}
        )
        select
            campaign_id,
            offer,
            customer_id,
            cast(starts_on as timestamp) at time zone 'UTC' as at,
            cast(arm = 'treated' as integer) as treated
        from marketing.campaign_audience inner join done using (campaign_id)
        """
    ).with_columns(pl.col("at").cast(pl.Datetime("us", "UTC")))
