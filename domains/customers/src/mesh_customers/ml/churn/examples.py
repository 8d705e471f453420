"""Which customers the churn model learns from and is judged on.

An example is a customer at a cut-off, with what was known then; its label is whether no purchase followed within
LABEL_DAYS, known LABEL_DELAY_DAYS later, when late orders have come in. The hold-out is at the latest cut-off whose
labels are known.

With a long history the training's label windows end before the hold-out's cut-off: a split by time. A young shop has no
room for that: of 120 days the label takes 60, so all cut-offs lie within a few weeks of each other and their label
windows overlap. A customer in both parts would then give away most of their own label. So the parts hold *different
customers*, drawn by a hash of the id; what the two parts still share is the season.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zlib import crc32

import polars as pl

from mesh_customers.ml.churn.features import (
    ACTIVE_DAYS,
    FEATURES,
    FIRST_HISTORY_DAYS,
    LABEL_DAYS,
    LABEL_DELAY_DAYS,
    active_customers,
    collect,
    purchases,
)
from mesh_customers.ml.rhythm import next_purchase
from mesh_platform.errors import TooFewExamples
from mesh_platform.ml import Examples

if TYPE_CHECKING:
    from mesh_platform.lake import Pinned

AGING = ("tenure_days", "age_days")
"""Features that grow by a day each day, whatever customers do, in a young shop at least."""
CUT_OFF_EVERY_DAYS = 7
MOST_CUT_OFFS = 5
LONG_HISTORY_DAYS = 200
"""From here on two label windows, a history and several cut-offs fit one behind the other."""
HOLDOUT_PER_MILLE = 300
MOST_CUSTOMERS = 40_000
"""More customers a cut-off only make training slower; they are drawn by the same hash."""
NEEDS_DAYS = FIRST_HISTORY_DAYS + LABEL_DAYS + LABEL_DELAY_DAYS


def examples(tables: Pinned, as_of: datetime) -> Examples:
    """Collect examples as they were known at a time.

    Raises:
        TooFewExamples: Where the history is too short, nobody bought, or all did the same.
    """
    holdout_at = datetime.combine(as_of.date(), time(), as_of.tzinfo) - timedelta(days=LABEL_DAYS + LABEL_DELAY_DAYS)
    by_time, cut_offs = _cut_offs(tables, holdout_at, as_of)
    asked = pl.concat([_asked(tables, at) for at in sorted({*cut_offs, holdout_at})])
    in_time = asked["at"].is_in(cut_offs)
    held = pl.col("draw") < HOLDOUT_PER_MILLE
    train = asked.filter(in_time if by_time else in_time & asked.select(~held).to_series())
    holdout = asked.filter(pl.col("at") == holdout_at, True if by_time else held)
    parts = {name: _labelled(tables, rows, as_of) for name, rows in (("training", train), ("hold-out", holdout))}
    for name, rows in parts.items():
        _check_classes(name, rows)
    about: dict[str, str | float | int] = {
        "split": "by time" if by_time else "by customer",
        "cut-offs": ", ".join(f"{at:%Y-%m-%d}" for at in cut_offs),
        "hold-out at": f"{holdout_at:%Y-%m-%d}",
        "label": f"no purchase in {LABEL_DAYS} days, known {LABEL_DELAY_DAYS} days later",
        "population": f"bought in the {ACTIVE_DAYS} days before",
        "training rows": parts["training"].height,
        "hold-out rows": parts["hold-out"].height,
        "hold-out churn rate": round(float(parts["hold-out"]["churned"].mean() or 0), 4),  # type: ignore[arg-type]
    }
    return Examples(parts["training"], parts["hold-out"], FEATURES, about, unwatched=AGING)


def _cut_offs(tables: Pinned, holdout_at: datetime, as_of: datetime) -> tuple[bool, list[datetime]]:
    """Whether the split goes by time, and the cut-offs to train on, oldest first."""
    first = tables.sql(
        f"select min(ordered_at) as first from sales.orders where ingested_at <= timestamptz '{as_of.isoformat()}'"
    ).item()
    history = (as_of - first).days + 1 if first else 0
    if history < NEEDS_DAYS:
        raise TooFewExamples(
            f"churn: {history} days of orders until {as_of:%Y-%m-%d} (rule: at least {NEEDS_DAYS}, "
            f"{FIRST_HISTORY_DAYS} to learn from and {LABEL_DAYS + LABEL_DELAY_DAYS} for the label); wait for more"
        )
    by_time = history >= LONG_HISTORY_DAYS
    latest = holdout_at - timedelta(days=LABEL_DAYS + LABEL_DELAY_DAYS) if by_time else holdout_at
    all_of_them = [latest - timedelta(days=CUT_OFF_EVERY_DAYS * n) for n in range(MOST_CUT_OFFS)]
    earliest = datetime.combine(first.date(), time(), as_of.tzinfo) + timedelta(days=FIRST_HISTORY_DAYS)
    return by_time, sorted(at for at in all_of_them if at >= earliest)


def _asked(tables: Pinned, at: datetime) -> pl.DataFrame:
    """The active customers at a cut-off with their draw, 0 to 999, the same for a customer at all times."""
    rows = active_customers(tables, at)
    hashes = pl.Series("hash", [crc32(c.encode()) for c in rows["customer_id"]], dtype=pl.Int64)
    drawn = rows.with_columns(hashes, (hashes % 1000).alias("draw"))
    return drawn.sort("hash", "customer_id").head(MOST_CUSTOMERS).sort("customer_id").drop("hash")


def _labelled(tables: Pinned, asked: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Features of the cut-off and, of what is known now, the label."""
    known = purchases(tables, asked).filter(pl.col("ingested_at") <= as_of)
    after = next_purchase(known, asked, LABEL_DAYS)
    label = (after["purchases"] == 0).cast(pl.Int8).alias("churned")
    return collect(tables, asked.drop("draw").with_columns(label, after["spent"]), as_of)


def _check_classes(name: str, rows: pl.DataFrame) -> None:
    if (classes := rows["churned"].n_unique()) < 2:
        found = "no customers" if not classes else f"{rows.height} customers, all with churned = {rows['churned'][0]}"
        raise TooFewExamples(
            f"churn: the {name} part has {found} (rule: some who bought again and some who didn't); "
            "take another time, or look for missing orders"
        )
