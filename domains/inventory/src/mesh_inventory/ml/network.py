"""Where stock lies and how it gets there, as far as published tables tell: places by products.

All arrays have a row for each store and a last one for the warehouses together, which serve the web and the stores.
Without warehouses the stores are supplied by suppliers, and the last row is empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_inventory.ml.demand.panel import WEB, scatter
from mesh_platform.errors import TooFewExamples

if TYPE_CHECKING:
    from mesh_platform.lake import Pinned

Floats = npt.NDArray[np.float64]
USUAL_LEAD_DAYS = 7.0
"""Where the master does not tell the lead time."""
LONGEST_TRANSFER_DAYS = 7


@dataclass(frozen=True, slots=True)
class Network:
    """Places and products.

    Args:
        stores: The stores; row i of all arrays is store i, the last row the warehouses.
        warehouses: The warehouses.
        skus: The columns.
        cost: What a piece costs; (skus).
        margin: What a sale earns before other costs; (skus).
        pack: Pieces in a supplier's pack; (skus).
        lead: Days from ordering at the supplier to receiving; (skus).
        transfer_days: Days from warehouse to store.
        review_days: Every how many days a store is looked at.
    """

    stores: list[str]
    warehouses: list[str]
    skus: list[str]
    cost: Floats
    margin: Floats
    pack: Floats
    lead: Floats
    transfer_days: int
    review_days: int

    @property
    def shape(self) -> tuple[int, int]:
        """Places by products."""
        return len(self.stores) + 1, len(self.skus)

    def row(self, place: pl.Expr) -> pl.Expr:
        """The row of a location's name; the web and the warehouses are the last one."""
        rows = {name: number for number, name in enumerate(self.stores)}
        last = dict.fromkeys([*self.warehouses, WEB], len(self.stores))
        return place.replace_strict({**rows, **last}, default=None, return_dtype=pl.Int64)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What happened to stock, by day, place and product; (days, places, skus) each.

    Args:
        days: The days.
        on_hand: Pieces at the end of the day.
        received: Pieces from suppliers.
        transferred: Pieces from other places, less pieces to them.
        carried: Whether the product is at the place; its stock is told.
    """

    days: list[date]
    on_hand: Floats
    received: Floats
    transferred: Floats
    carried: npt.NDArray[np.bool_]


def read_network(tables: Pinned, first: date, last: date) -> tuple[Network, Ledger]:
    """Read places, products and the ledger of some days.

    Args:
        tables: Holds inventory.stock_levels, inventory.products and the locations.
        first: The first day.
        last: The last day.

    Raises:
        TooFewExamples: Where nothing was in stock in those days.
    """
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    columns = ["sku", "location_id", "day", "on_hand", "received", "transferred"]
    stock = (
        tables.scan("inventory.stock_levels", columns=columns, days=days).filter(pl.col("day").is_in(days)).collect()
    )
    if stock.is_empty():
        raise TooFewExamples(f"no stock from {first} to {last} (rule: the ledger of those days); ingest it first")
    kinds = tables.scan("inventory_raw.locations").sort("changed_at").collect()
    known = set(kinds.filter(kind="warehouse")["location_id"])
    places = sorted(stock["location_id"].unique())
    skus = sorted(stock["sku"].unique())
    master = pl.DataFrame({"sku": skus}).join(
        tables.scan("inventory.products").collect(), on="sku", how="left", maintain_order="left"
    )
    cost = _numbers(master, "cost", 0.0)
    network = Network(
        [p for p in places if p not in known],
        [p for p in places if p in known],
        skus,
        cost,
        np.maximum(_numbers(master, "list_price", 0.0) - cost, 0.0),
        np.maximum(_numbers(master, "pack_size", 1.0), 1.0),
        _numbers(master, "lead_time_days", USUAL_LEAD_DAYS),
        transfer_days=1,
        review_days=1,
    )
    ledger = _ledger(network, stock, days)
    return _timed(network, ledger), ledger


def cube(network: Network, rows: pl.DataFrame, value: str, days: list[date]) -> Floats:
    """Lay rows out by day, place and product; the places of one row are added up.

    Args:
        network: Places and products.
        rows: sku, location_id, day and the value.
        value: The column to lay out; missing counts as 0.
        days: The days.
    """
    places, width = network.shape
    placed = (
        rows.select("sku", network.row(pl.col("location_id")).alias("place"), "day", value)
        .drop_nulls("place")
        .group_by("sku", "place", "day")
        .agg(pl.col(value).cast(pl.Float64).sum())
    )
    index = pl.DataFrame({"place": range(places)}, schema={"place": pl.Int64}).join(
        pl.DataFrame({"sku": network.skus}), how="cross", maintain_order="left_right"
    )
    matrix = scatter(placed, value, index, days[0], len(days)).astype(np.float64)
    return np.ascontiguousarray(matrix.reshape(places, width, len(days)).transpose(2, 0, 1))


def _numbers(master: pl.DataFrame, column: str, otherwise: float) -> Floats:
    return master[column].cast(pl.Float64).fill_null(otherwise).to_numpy().astype(np.float64)


def _ledger(network: Network, stock: pl.DataFrame, days: list[date]) -> Ledger:
    told = cube(network, stock.with_columns(told=1), "told", days) > 0
    on_hand, received, transferred = (cube(network, stock, c, days) for c in ("on_hand", "received", "transferred"))
    return Ledger(days, on_hand, received, transferred, told)


def _timed(network: Network, ledger: Ledger) -> Network:
    """Find out how long a transfer takes, and every how many days a store gets one.

    What leaves the warehouses of a product arrives in the stores so many days later: the number of days at which most
    pieces fit.
    """
    from dataclasses import replace

    out = np.maximum(-ledger.transferred[:, -1], 0.0)
    into = np.maximum(ledger.transferred[:, :-1], 0.0)
    if not out.any() or not into.any():
        return network
    arrived = into.sum(axis=1)
    lags = range(min(LONGEST_TRANSFER_DAYS + 1, len(out)))
    fits = [float(np.minimum(out[: len(out) - lag], arrived[lag:]).sum()) for lag in lags]
    visited = (into.sum(axis=2) > 0).mean()
    return replace(network, transfer_days=int(np.argmax(fits)), review_days=max(1, round(1 / max(visited, 0.01))))
