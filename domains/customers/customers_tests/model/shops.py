"""A small shop for the tests of churn: customers with a hidden rate of buying, some of whom leave."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl

from mesh_customers.domain import DOMAIN
from mesh_platform.contract import shape_of
from mesh_platform.lake import Pinned

if TYPE_CHECKING:
    from mesh_platform.lake import Lake

OPENED = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 100
NOW = OPENED + timedelta(days=DAYS)
INSTANT = pl.Datetime("us", "UTC")
ORDERS = pl.Schema(
    {
        "order_id": pl.String(),
        "customer_id": pl.String(),
        "ordered_at": INSTANT,
        "ingested_at": INSTANT,
        "channel": pl.String(),
        "units": pl.Int64(),
        "gross_amount": pl.Decimal(18, 4),
        "discount_amount": pl.Decimal(18, 4),
        "net_amount": pl.Decimal(18, 4),
        "promotions": pl.Int64(),
    }
)
SESSIONS = pl.Schema(
    {
        "customer_id": pl.String(),
        "started_at": INSTANT,
        "ended_at": INSTANT,
        "add_to_carts": pl.Int64(),
        "ingested_at": INSTANT,
    }
)
AUDIENCE = pl.Schema(
    {
        "campaign_id": pl.String(),
        "customer_id": pl.String(),
        "arm": pl.String(),
        "channel": pl.String(),
        "starts_on": pl.Date(),
        "ends_on": pl.Date(),
        "ingested_at": INSTANT,
    }
)
CAMPAIGNS = pl.Schema(
    {"campaign_id": pl.String(), "channel": pl.String(), "starts_on": pl.Date(), "promotions": pl.Int64()}
)


def pinned(**frames: pl.DataFrame) -> Pinned:
    """Tables that no lake holds, by `<domain>__<name>`; those of customers that are not given are empty."""
    given = {name.replace("__", "."): rows for name, rows in frames.items()}
    empty = {
        "sales.orders": ORDERS,
        "marketing.sessions": SESSIONS,
        "marketing.campaign_audience": AUDIENCE,
        "marketing.campaigns": CAMPAIGNS,
        **{f"customers.{n}": shape_of(DOMAIN.product(n).contract).schema for n in ("customer_360", "customers")},
    }
    frames = {name: pl.DataFrame(schema=schema) for name, schema in empty.items()} | given
    return Pinned(cast("Lake", None), {}, frames)


def order(customer_id: str, at: datetime, **values: Any) -> dict[str, Any]:
    """A purchase of one piece for 10, known at the next midnight."""
    known = datetime(at.year, at.month, at.day, tzinfo=UTC) + timedelta(days=1)
    usual = {"channel": "web", "units": 1, "gross_amount": 10, "discount_amount": 0, "net_amount": 10, "promotions": 0}
    return {"order_id": f"{customer_id}@{at}", "customer_id": customer_id, "ordered_at": at, "ingested_at": known} | {
        **usual,
        **values,
    }


def orders(*rows: Mapping[str, Any]) -> pl.DataFrame:
    """Orders as sales publishes them."""
    return pl.DataFrame(list(rows), schema=ORDERS, orient="row")


def lively(customers: int, seed: int) -> pl.DataFrame:
    """Orders of customers who buy every 5 to 80 days on average, a fifth of whom have left at some time."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(customers):
        gap = rng.uniform(5, 80)
        until = rng.uniform(0, DAYS) if rng.random() < 0.2 else DAYS
        day = rng.uniform(0, min(gap, 25))
        while day < until:
            amount = round(float(rng.gamma(4, 10)), 2)
            at = OPENED + timedelta(seconds=int(day * 86_400))
            rows.append(order(f"c{number:04}", at, gross_amount=amount, net_amount=amount))
            day += rng.exponential(gap)
    return orders(*rows)


def profiles(customer_ids: pl.Series, *, marketing: pl.Series, profiling: bool = True) -> pl.DataFrame:
    """Profiles since the opening, as customers.customers has them."""
    schema = shape_of(DOMAIN.product("customers").contract).schema
    known = pl.DataFrame({"customer_id": customer_ids, "consent_marketing": marketing}).with_columns(
        pl.lit(OPENED).cast(INSTANT).alias("valid_from"),
        pl.lit(OPENED).cast(INSTANT).alias("ingested_at"),
        pl.lit(profiling).alias("consent_profiling"),
        pl.lit("DE").alias("country"),
        pl.lit(date(1980, 1, 1)).alias("birth_date"),
    )
    missing = [pl.lit(None, dtype).alias(n) for n, dtype in schema.items() if n not in known.columns]
    return known.with_columns(missing).select(list(schema)).cast(dict(schema))  # type: ignore[arg-type]


def campaign(
    number: int, members: pl.Series, *, starts_on: date, ends_on: date, promotions: int = 0
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A campaign by e-mail and its audience, half of which is held out, another half each time."""
    campaign_id, days = f"N{number}", (pl.lit(starts_on).alias("starts_on"), pl.lit(ends_on).alias("ends_on"))
    arms = ["control" if at >> number & 1 else "treated" for at in range(len(members))]
    audience = pl.DataFrame({"customer_id": members, "arm": arms}).select(
        pl.lit(campaign_id).alias("campaign_id"),
        "customer_id",
        "arm",
        pl.lit("email").alias("channel"),
        *days,
        pl.lit(OPENED).cast(INSTANT).alias("ingested_at"),
    )
    known = pl.DataFrame([[campaign_id, "email", starts_on, promotions]], schema=CAMPAIGNS, orient="row")
    return known, audience
