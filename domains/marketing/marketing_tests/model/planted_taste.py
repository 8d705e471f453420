"""A small shop whose customers have a planted taste: each wants products of one style, and buys some of them again.

Made of plain frames, as the lake would show them; tests plant what they are about on top.
"""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, cast

import numpy as np
import polars as pl

from mesh_platform.lake import Pinned

if TYPE_CHECKING:
    from mesh_platform.lake import Lake

FIRST = date(2026, 1, 1)
DAYS, CUSTOMERS, STYLES, OF_STYLE = 84, 160, 4, 12
AS_OF = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=DAYS)
INSTANT = pl.Datetime("us", "UTC")
STYLE_NAMES = ("bold", "calm", "dark", "easy")
Frames = dict[str, pl.DataFrame]


def sku(number: int) -> str:
    """Products 0, 4, 8, … are of the first style, 1, 5, 9, … of the second."""
    return f"P{number:03d}"


def style(name: str) -> int:
    """The style of a product or of a customer."""
    return int(name[1:]) % STYLES


def shop() -> Frames:
    """Everything that recommendations read."""
    rng = np.random.default_rng(7)
    lines = [line for customer in range(CUSTOMERS) for line in _lines(rng, customer)]
    return {
        "sales.order_lines": order_lines(lines),
        "customers.customers": pl.DataFrame(
            {"customer_id": [f"C{c:03d}" for c in range(CUSTOMERS)]}
        ).with_columns(
            valid_from=_midnight(0), is_current=pl.lit(value=True), consent_profiling=pl.lit(value=True),
            ingested_at=_midnight(1),
        ),
        "inventory.products": pl.DataFrame(
            [
                {"sku": sku(i), "name": f"{STYLE_NAMES[i % STYLES]} thing {i}", "category": f"kind {i % 3}",
                 "brand": None, "list_price": 5.0 + i % 7} for i in range(STYLES * OF_STYLE)
            ], schema_overrides={"brand": pl.String},
        ),
        "inventory.stock_levels": stock({sku(i): 9 for i in range(STYLES * OF_STYLE)}),
        "marketing_raw.web_events": pl.DataFrame(
            schema={"customer_id": pl.String, "sku": pl.String, "kind": pl.String, "position": pl.Int64,
                    "occurred_at": INSTANT, "ingested_at": INSTANT}
        ),
        "marketing_raw.promotions": pl.DataFrame(
            schema={"sku": pl.String, "discount_pct": pl.Float64, "starts_on": pl.Date, "ends_on": pl.Date,
                    "ingested_at": INSTANT}
        ),
    }  # fmt: skip


def pinned(frames: Frames) -> Pinned:
    """The frames as the lake's tables."""
    return Pinned(cast("Lake", None), {}, frames)


def order_lines(lines: list[tuple[int, str, int]]) -> pl.DataFrame:
    """Lines of (day, customer, product), known at the midnight after."""
    rows = [
        {"order_id": f"O{day}-{customer}", "customer_id": customer, "sku": sku(item), "quantity": 1,
         "unit_price": 5.0 + item % 7, "store_id": None, "ordered_at": _noon(day), "ingested_at": _midnight_at(day + 1)}
        for day, customer, item in lines
    ]  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"store_id": pl.String, "ordered_at": INSTANT, "ingested_at": INSTANT})


def stock(on_hand: dict[str, int]) -> pl.DataFrame:
    """The same stock in one warehouse at the end of every day."""
    days = [FIRST + timedelta(days=day) for day in range(DAYS)]
    return pl.DataFrame({"sku": list(on_hand), "on_hand": list(on_hand.values())}).join(
        pl.DataFrame({"day": days}), how="cross"
    ).with_columns(location_id=pl.lit("W01"))  # fmt: skip


def _lines(rng: np.random.Generator, customer: int) -> list[tuple[int, str, int]]:
    own = np.arange(OF_STYLE) * STYLES + customer % STYLES
    visits = np.flatnonzero(rng.random(DAYS) < 1 / 8)
    chosen = rng.choice(own, (len(visits), 2))
    anything = rng.integers(0, STYLES * OF_STYLE, len(visits))
    picks = np.column_stack([chosen, anything])
    return [(int(d), f"C{customer:03d}", int(i)) for d, items in zip(visits, picks, strict=True) for i in set(items)]


def _noon(day: int) -> datetime:
    return _midnight_at(day) + timedelta(hours=12)


def _midnight_at(day: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)


def _midnight(day: int) -> pl.Expr:
    return pl.lit(_midnight_at(day), INSTANT)
