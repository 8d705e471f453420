"""What the lake holds about customers, products and what passed between them, read once and cut at any day.

Customers and items are numbers here: positions in `customers` and `items`. A day is the number of days since 1970. A
row can be seen at a cut when it happened on a day before it *and* was known by its midnight: `Evidence.at` filters.

Privacy: only customers who consent to profiling by the newest profile known at `as_of` have a number; what others did
counts in totals of items, under nobody (-1). A consent that was taken back also takes the past out of the training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Self

import polars as pl

from mesh_marketing.ml.recommend import evidence_sql
from mesh_platform.errors import TooFewExamples
from mesh_platform.lake import Pinned

TABLES = (
    "sales.order_lines",
    "customers.customers",
    "inventory.products",
    "inventory.stock_levels",
    "marketing_raw.web_events",
    "marketing_raw.promotions",
)
EPOCH = date(1970, 1, 1)
NOBODY = -1


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that recommendations are made from.

    Args:
        customers: The consenting customers' ids, sorted.
        items: `sku` (sorted), `name`, `category`, `brand`, `list_price`.
        purchases: customer (or -1), item, day, known_day, store, orders, price, quantity.
        actions: customer, item, kind ("sought": opened without a list, "clicked", "carted", "shown"), day, known_day,
            times.
        lists: item, position, day, known_day, shown, clicked; everybody's.
        stock: cut, item, location, on_hand at the end of the newest day before the cut.
        promotions: item, discount_pct, starts, ends (days), known_day.
    """

    customers: pl.Series
    items: pl.DataFrame
    purchases: pl.DataFrame
    actions: pl.DataFrame
    lists: pl.DataFrame
    stock: pl.DataFrame
    promotions: pl.DataFrame

    @classmethod
    def read(cls, tables: Pinned, as_of: datetime, cuts: Sequence[int], only: Sequence[str] = ()) -> Self:
        """Read what was known at a time.

        Args:
            tables: Holds `TABLES`.
            as_of: Nothing later is seen.
            cuts: The days at which the stock will be asked for.
            only: Customers to look at; none for all. Others count under nobody.

        Raises:
            TooFewExamples: Where no customer consents or there are no products.
        """
        known = {"as_of": pl.DataFrame({"t": [as_of]}, schema={"t": pl.Datetime("us", "UTC")})}
        customers = tables.sql(evidence_sql.CONSENTING, **known)["customer_id"]
        items = tables.sql(evidence_sql.ITEMS)
        if only:
            customers = customers.filter(customers.is_in(list(only)))
        if items.is_empty() or (customers.is_empty() and not only):
            raise TooFewExamples(
                f"recommendations as of {as_of:%Y-%m-%d}: {len(customers)} consenting customers, "
                f"{items.height} products "
                "(rule: at least one of each); ingest profiles and the product master first"
            )
        given = {
            **known,
            "people": pl.DataFrame({"customer_id": customers, "customer": pl.int_range(len(customers), eager=True)}),
            "goods": items.select("sku", item=pl.int_range(pl.len())),
            "cuts": pl.DataFrame({"cut": list(cuts)}, schema={"cut": pl.Int64}),
        }
        parts = {name: tables.sql(query, **given) for name, query in evidence_sql.PARTS.items()}
        return cls(customers=customers, items=items, **parts)

    def at(self, cut: int) -> Self:
        """What could be seen at the beginning of a day."""
        seen = (pl.col("day") < cut) & (pl.col("known_day") <= cut)
        return replace(
            self,
            purchases=self.purchases.filter(seen),
            actions=self.actions.filter(seen),
            lists=self.lists.filter(seen),
            stock=self.stock.filter(pl.col("cut") == cut),
            promotions=self.promotions.filter(pl.col("known_day") <= cut),
        )

    def bought_within(self, first: int, end: int) -> pl.DataFrame:
        """What numbered customers bought on the days from `first` to before `end`: customer, item, once each."""
        within = self.purchases.filter(pl.col("day").is_between(first, end, closed="left"), pl.col("customer") >= 0)
        return within.select("customer", "item").unique().sort("customer", "item")

    def next_baskets(self, first: int, end: int) -> pl.DataFrame:
        """What numbered customers bought on their first day with a purchase from `first` to before `end`."""
        within = self.purchases.filter(pl.col("day").is_between(first, end, closed="left"), pl.col("customer") >= 0)
        basket = within.filter(pl.col("day") == pl.col("day").min().over("customer"))
        return basket.select("customer", "item").unique().sort("customer", "item")


def day_number(moment: datetime | date) -> int:
    """The number of a UTC day, or of the day that begins with a midnight."""
    return (moment.date() if isinstance(moment, datetime) else moment).toordinal() - EPOCH.toordinal()
