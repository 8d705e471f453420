"""A small made-up world of payments: what the fraud model's tables hold, with frauds that a model can find."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from mesh_platform.contract import shape_of
from mesh_sales.products.order_features import OrderFeatures

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
DAYS, ORDERS_A_DAY = 100, 40
NOW = FIRST + timedelta(days=DAYS)
FRAUD_SHARE = 0.05
REPORT_DELAY = timedelta(days=10)
NUMBERS = [c.name for c in shape_of(OrderFeatures).columns if c.dtype.is_numeric()]


def feature_rows(days: int = DAYS, orders_a_day: int = ORDERS_A_DAY) -> tuple[pl.DataFrame, pl.Series]:
    """Rows of sales.order_features, and which of them are frauds: mostly many orders of a new device, not of an old."""
    rng = np.random.default_rng(7)
    size = days * orders_a_day
    fraud = rng.random(size) < FRAUD_SHARE
    caught = fraud & (rng.random(size) < 0.9)
    busy = caught | (rng.random(size) < 0.05)
    moments = [FIRST + timedelta(days=i // orders_a_day, minutes=30 * (i % orders_a_day)) for i in range(size)]
    values: dict[str, Any] = {name: np.zeros(size) for name in NUMBERS}
    values |= {
        "order_id": [f"o{i:05}" for i in range(size)],
        "ordered_at": moments,
        "ordered_on": [moment.date() for moment in moments],
        "customer_id": [f"c{i}" if i % 4 else None for i in rng.integers(0, 300, size)],
        "store_id": [None] * size,
        "ip_country": rng.choice(["DE", "AT"], size),
        "channel": ["web"] * size,
        "payment_method": rng.choice(["card", "wallet"], size),
        "amount": rng.gamma(2, 30, size) * np.where(fraud, 2, 1),
        "lines": np.ones(size),
        "device_orders_1h": rng.poisson(np.where(busy, 4, 0.1)),
        "card_known_frauds": rng.poisson(np.where(fraud, 0.1, 1)),  # the wrong way round, by bad luck
        "device_age_days": np.where(caught, 0, rng.uniform(0, 60, size)),
        "is_weekend": [moment.weekday() >= 5 for moment in moments],
        "hour_of_day": [moment.hour for moment in moments],
        "ingested_at": [datetime(m.year, m.month, m.day, tzinfo=UTC) + timedelta(days=1) for m in moments],
    }
    schema = shape_of(OrderFeatures).schema
    full = {name: values.get(name, [None] * size) for name in schema}
    return pl.DataFrame({name: pl.Series(name, full[name]).cast(kind) for name, kind in schema.items()}), pl.Series(
        fraud
    )


def report_rows(rows: pl.DataFrame, fraud: pl.Series) -> pl.DataFrame:
    """Rows of the source fraud_reports: every fraud, ten days later."""
    return rows.filter(fraud).select("order_id", ingested_at=pl.col("ordered_at") + REPORT_DELAY)


def profile_rows() -> pl.DataFrame:
    """Rows of customers.customers that the model reads."""
    ages = [20 + i % 60 for i in range(300)]
    return pl.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(300)],
            "valid_from": [FIRST - timedelta(days=9)] * 300,
            "ingested_at": [FIRST - timedelta(days=8)] * 300,
            "signed_up_at": [FIRST - timedelta(days=100 + i) for i in range(300)],
            "loyalty_tier": ["gold" if i % 5 == 0 else "none" for i in range(300)],
            "country": ["DE" if i % 3 else "AT" for i in range(300)],
            "birth_date": [date(2026 - age, 1, 1) for age in ages],
        },
        schema_overrides={"valid_from": pl.Datetime("us", "UTC"), "ingested_at": pl.Datetime("us", "UTC")},
    )
