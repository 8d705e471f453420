"""Rows for the tests of customers: each builder takes what a test is about and fills in the rest."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from mesh_platform.testing import Row, at, end_of

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 1, day) for day in (5, 6, 7))
INSTANT = pl.Datetime("us", "UTC")
MONEY = pl.Decimal(18, 4)
NEIGHBOURS = {
    "sales.orders": pl.Schema(
        {
            "order_id": pl.String(),
            "ordered_on": pl.Date(),
            "ordered_at": INSTANT,
            "customer_id": pl.String(),
            "channel": pl.String(),
            "units": pl.Int64(),
            "returned_units": pl.Int64(),
            "net_amount": MONEY,
            "currency": pl.String(),
            "ingested_at": INSTANT,
        }
    ),
    "marketing.sessions": pl.Schema(
        {
            "session_id": pl.String(),
            "started_on": pl.Date(),
            "started_at": INSTANT,
            "customer_id": pl.String(),
            "product_views": pl.Int64(),
            "add_to_carts": pl.Int64(),
            "purchases": pl.Int64(),
            "ingested_at": INSTANT,
        }
    ),
    "customers.post_sentiment": pl.Schema(
        {
            "post_id": pl.String(),
            "posted_on": pl.Date(),
            "mood": pl.String(),
            "sentiment": pl.Float64(),
            "model_version": pl.Int64(),
        }
    ),
}
"""What customers reads of published products, its own among them."""


def profile(customer_id: str, day: date = MONDAY, clock: str = "08:00", **values: Any) -> Row:
    """A profile that became so; without other word, the customer signed up then."""
    usual = {
        "country": "DE",
        "loyalty_tier": "none",
        "consent_marketing": True,
        "consent_profiling": True,
        "signed_up_at": at(day, clock),
        "ingested_at": end_of(day),
    }
    return {"customer_id": customer_id, "changed_at": at(day, clock), **usual, **values}


def post(post_id: str, day: date = MONDAY, clock: str = "12:00", **values: Any) -> Row:
    """A review without stars, about nothing in particular."""
    usual = {"network": "reviews", "text": "fine", "language": "en", "ingested_at": end_of(day)}
    return {"post_id": post_id, "posted_at": at(day, clock), "_day": day, **usual, **values}


def order(order_id: str, customer_id: str | None, day: date = MONDAY, clock: str = "12:00", **values: Any) -> Row:
    """An order of one piece for 10 on the web."""
    usual = {
        "channel": "web",
        "units": 1,
        "returned_units": 0,
        "net_amount": Decimal(10),
        "currency": "EUR",
        "ingested_at": end_of(day),
    }
    known = {"order_id": order_id, "customer_id": customer_id, "ordered_on": day, "ordered_at": at(day, clock)}
    return {**known, **usual, **values}


def session(session_id: str, customer_id: str | None, day: date = MONDAY, clock: str = "12:00", **values: Any) -> Row:
    """A visit that saw one product."""
    usual = {"product_views": 1, "add_to_carts": 0, "purchases": 0, "ingested_at": end_of(day)}
    known = {"session_id": session_id, "customer_id": customer_id, "started_on": day, "started_at": at(day, clock)}
    return {**known, **usual, **values}
