"""Rows for the tests of marketing: each builder takes what a test is about and fills in the rest."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from mesh_platform.testing import Row, at, end_of

ORDERS = pl.Schema(
    {
        "order_id": pl.String(),
        "ordered_on": pl.Date(),
        "ordered_at": pl.Datetime("us", "UTC"),
        "customer_id": pl.String(),
        "gross_amount": pl.Decimal(18, 4),
        "discount_amount": pl.Decimal(18, 4),
        "net_amount": pl.Decimal(18, 4),
        "units": pl.Int64(),
        "currency": pl.String(),
        "ingested_at": pl.Datetime("us", "UTC"),
    }
)
NEIGHBOURS = {"sales.orders": ORDERS}
"""What marketing reads of published products."""
MONDAY, TUESDAY, WEDNESDAY = (date(2026, 1, day) for day in (5, 6, 7))
USUAL = {"ingested_at": end_of(MONDAY)}


def event(event_id: str, session_id: str, day: date = MONDAY, clock: str = "12:00", **values: Any) -> Row:
    """A page that somebody unknown looked at."""
    known = {"event_id": event_id, "session_id": session_id, "occurred_at": at(day, clock), "_day": day}
    return {**known, "visitor_id": "v", "kind": "page_view", "ingested_at": end_of(day), **values}


def campaign(campaign_id: str, **values: Any) -> Row:
    """A campaign by e-mail that lasts three days."""
    usual = {"name": "spring", "channel": "email", "starts_on": MONDAY, "ends_on": WEDNESDAY, "budget": Decimal(100)}
    return {"campaign_id": campaign_id, **usual, **values}


def member(campaign_id: str, customer_id: str, arm: str = "treated", **values: Any) -> Row:
    """A customer of a campaign's audience."""
    return {"campaign_id": campaign_id, "customer_id": customer_id, "arm": arm, **values}


def cost(campaign_id: str, day: date, spend: str, **values: Any) -> Row:
    """What a campaign cost on a day."""
    return {"campaign_id": campaign_id, "day": day, "spend": Decimal(spend), **values}


def promotion(promotion_id: str, sku: str = "tea", **values: Any) -> Row:
    """Ten percent off for three days, in no campaign."""
    usual = {"sku": sku, "discount_pct": 10.0, "starts_on": MONDAY, "ends_on": WEDNESDAY}
    return {"promotion_id": promotion_id, **usual, **values}
