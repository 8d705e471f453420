"""The rows of sales.fraud_scores: probability, decision and reasons of each order, some days at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from mesh_platform.ml.recipe import Fitted
from mesh_sales.ml.decision import decide
from mesh_sales.ml.features import ORDERS, on, orders
from mesh_sales.ml.model import BATCH_ROWS, probabilities
from mesh_sales.ml.reasons import told

if TYPE_CHECKING:
    from mesh_platform.lake import Pinned
    from mesh_platform.ml import Making

COLUMNS = ("order_id", "ordered_on", "ordered_at", "probability", "decision", "expected_loss", "reasons")


def score(fitted: Fitted, making: Making) -> pl.DataFrame:
    """Score the orders of the days that are made.

    Args:
        fitted: The model.
        making: Its tables hold sales.order_features and customers.customers.

    Returns:
        `COLUMNS`, one row an order.
    """
    parts = [scored(fitted, orders(making.tables, on(days))) for days in _groups(making.tables, making.days)]
    empty = scored(fitted, orders(making.tables, "false")) if not parts else parts[0]
    return pl.concat(parts or [empty])


def scored(fitted: Fitted, rows: pl.DataFrame) -> pl.DataFrame:
    """Score orders of whole days.

    Args:
        fitted: The model.
        rows: Orders as `features.orders` gives them.
    """
    decided = decide(rows, probabilities(fitted, rows), float(fitted["least_saving"]))
    risky = decided.with_row_index().filter(pl.col("decision") != "accept")["index"]
    reasons = pl.DataFrame({"index": risky, "reasons": pl.Series(told(fitted, rows[risky]), dtype=pl.String)})
    with_reasons = decided.with_row_index().join(reasons, on="index", how="left", maintain_order="left")
    return rows.hstack(with_reasons).select(COLUMNS)


def _groups(tables: Pinned, days: frozenset[date] | None) -> Iterator[list[date]]:
    """Days in groups of about `BATCH_ROWS` orders, so that a long history fits into memory."""
    counts = tables.sql(f"select ordered_on, count(*) n from {ORDERS.source} where {on(days)} group by all order by 1")
    group: list[date] = []
    held = 0
    for day, count in counts.iter_rows():
        if group and held + count > BATCH_ROWS:
            yield group
            group, held = [], 0
        group.append(day)
        held += count
    if group:
        yield group
