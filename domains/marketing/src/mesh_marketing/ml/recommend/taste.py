"""What was known at a cut: who bought, sought and saw what, in matrices of customers x items, and what was in stock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from mesh_marketing.ml.recommend.clicks import ClickModel, fit_clicks
from mesh_marketing.ml.recommend.content import traits_of
from mesh_marketing.ml.recommend.evidence import Evidence
from mesh_marketing.ml.recommend.generator import Bools, Floats, Ints, Sparse

HALF_LIFE_DAYS = 90.0
"""A purchase counts half after so many days in the histories that generators see."""
WEIGHTS = {"bought": 1.0, "carted": 0.3, "sought": 0.5, "clicked": 0.15}
"""What one of each says about wanting, against a purchase. Seeking a product's page out says more than opening it from
a list that showed it; being shown it says nothing."""
RECENT_DAYS, LATELY_DAYS = 28, 7
"""Popularity is that of the last four weeks; its trend is the last week against them."""
PROMOTED_WITHIN_DAYS = 7
"""A promotion counts if it is on at the cut or begins within so many days and is known by then."""


@dataclass(frozen=True, slots=True)
class Taste:
    """Everything that features are made from.

    Args:
        cut: The day at whose beginning this was known.
        customers: Ids, sorted; rows of the matrices.
        items: Products, sorted by sku; columns of the matrices. `price` is the mean paid so far, else the list price.
        history: How strongly each wants each: the generators' input.
        bought: In how many orders each bought each.
        last_bought: The newest day of it, counted from `first_day` so that 0 is "never".
        sought, clicked, carted, shown: How often, on the web.
        first_day: The day before the oldest purchase.
        sold: Lines sold of each item in the last four weeks, everybody's.
        sold_lately: In the last week.
        clicks: How attractive items are in lists.
        discount_pct: The promotion of each item, 0 for none.
        traits: Items x traits.
        web_share: The share of each customer's purchases that were on the web; one half before the first.
        stores: The store of each customer's most orders: a row of `stocked`.
        stocked: (Stores + 1) x items: whether a piece is on hand there; the last row is where no store sells from.
    """

    cut: int
    customers: pl.Series
    items: pl.DataFrame
    history: Sparse
    bought: Sparse
    last_bought: Sparse
    sought: Sparse
    clicked: Sparse
    carted: Sparse
    shown: Sparse
    first_day: int
    sold: Floats
    sold_lately: Floats
    clicks: ClickModel
    discount_pct: Floats
    traits: Sparse
    web_share: Floats
    stores: Ints
    stocked: Bools

    def available(self, who: Ints) -> Bools:
        """Whether each customer can get each item: from a warehouse by the web, or in the usual store."""
        return np.asarray(self.stocked[self.stores[who]] | self.stocked[-1], np.bool_)


def taste_at(evidence: Evidence, cut: int) -> Taste:
    """Make the matrices from what could be seen at the beginning of a day."""
    seen = evidence.at(cut)
    shape = (len(seen.customers), seen.items.height)
    own = seen.purchases.filter(pl.col("customer") >= 0)
    first_day = int(own["day"].min() or cut) - 1  # type: ignore[arg-type]
    actions = {kind: seen.actions.filter(pl.col("kind") == kind) for kind in ("sought", "clicked", "carted", "shown")}
    signals = {"bought": own.with_columns(times=pl.lit(1.0)), **actions}
    faded = [(rows, weight * _fading(rows, cut)) for kind, weight in WEIGHTS.items() for rows in [signals[kind]]]
    stores, stocked = _stock(seen, own, shape)
    return Taste(
        cut=cut,
        customers=seen.customers,
        items=seen.items.with_columns(price=pl.Series(_prices(seen))),
        history=sum((matrix(rows, values, shape) for rows, values in faded), csr_array(shape, dtype=np.float32)),
        bought=matrix(own, own["orders"].to_numpy(), shape),
        last_bought=_newest(own, first_day, shape),
        **{kind: matrix(rows, rows["times"].to_numpy(), shape) for kind, rows in actions.items()},
        first_day=first_day,
        sold=_sold(seen, cut - RECENT_DAYS),
        sold_lately=_sold(seen, cut - LATELY_DAYS),
        clicks=fit_clicks(_totals(seen.lists), shape[1]),
        discount_pct=_discounts(seen, cut),
        traits=traits_of(seen.items.with_columns(price=pl.Series(_prices(seen)))),
        web_share=_web_share(own, shape[0]),
        stores=stores,
        stocked=stocked,
    )


def matrix(rows: pl.DataFrame, values: Floats, shape: tuple[int, int]) -> Sparse:
    """Add values up by customer and item."""
    places = (rows["customer"].to_numpy(), rows["item"].to_numpy())
    return csr_array((np.asarray(values, np.float32), places), shape=shape)


def _fading(rows: pl.DataFrame, cut: int) -> Floats:
    age = cut - rows["day"].to_numpy()
    return np.asarray(rows["times"].to_numpy() * 0.5 ** (age / HALF_LIFE_DAYS))


def _newest(own: pl.DataFrame, first_day: int, shape: tuple[int, int]) -> Sparse:
    last = own.group_by("customer", "item").agg(pl.col("day").max()).sort("customer", "item")
    return matrix(last, last["day"].to_numpy() - first_day, shape)


def _sold(seen: Evidence, since: int) -> Floats:
    recent = seen.purchases.filter(pl.col("day") >= since)
    orders = recent["orders"].to_numpy().astype(np.float64)
    return np.asarray(np.bincount(recent["item"].to_numpy(), orders, seen.items.height), np.float64)


def _prices(seen: Evidence) -> Floats:
    """Mean price paid per piece; the master's list price would tell what changed after the cut."""
    item = seen.purchases["item"].to_numpy()
    count = np.bincount(item, minlength=seen.items.height)
    paid = np.bincount(item, seen.purchases["price"].to_numpy(), seen.items.height) / np.maximum(count, 1)
    listed = seen.items["list_price"].fill_null(strategy="zero").to_numpy()
    return np.asarray(np.where(count > 0, paid, listed), np.float64)


def _totals(lists: pl.DataFrame) -> pl.DataFrame:
    return lists.group_by("item", "position").agg(pl.col("shown", "clicked").sum()).sort("item", "position")


def _discounts(seen: Evidence, cut: int) -> Floats:
    on = seen.promotions.filter(pl.col("starts") < cut + PROMOTED_WITHIN_DAYS, pl.col("ends") >= cut)
    discounts = np.zeros(seen.items.height)
    np.maximum.at(discounts, on["item"].to_numpy(), on["discount_pct"].to_numpy())
    return discounts


def _web_share(own: pl.DataFrame, customers: int) -> Floats:
    on_web = own.filter(pl.col("store").is_null())["customer"].to_numpy()
    total = np.bincount(own["customer"].to_numpy(), minlength=customers)
    return np.asarray((np.bincount(on_web, minlength=customers) + 0.5) / (total + 1.0))


def _stock(seen: Evidence, own: pl.DataFrame, shape: tuple[int, int]) -> tuple[Ints, Bools]:
    """Locations that ever sold to a customer over the counter are stores; all others serve the web."""
    names = sorted(seen.purchases["store"].drop_nulls().unique())
    number = {name: row for row, name in enumerate(names)}
    stocked = np.zeros((len(names) + 1, shape[1]), np.bool_)
    rows = seen.stock["location"].replace_strict(number, default=len(names), return_dtype=pl.Int64).to_numpy()
    stocked[rows, seen.stock["item"].to_numpy()] = True
    visits = own.drop_nulls("store").group_by("customer", "store").agg(pl.col("orders").sum())
    usual = visits.sort("customer", "orders", "store", descending=[False, True, False]).unique("customer", keep="first")
    stores = np.full(shape[0], len(names))
    stores[usual["customer"].to_numpy()] = usual["store"].replace_strict(number, return_dtype=pl.Int64).to_numpy()
    return stores, stocked
