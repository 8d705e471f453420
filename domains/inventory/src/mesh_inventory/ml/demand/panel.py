"""Demand as matrices: one row a series (a sku at a location), one column a day.

Everything that looks back over days is a cumulative sum along the columns, which is why a year of features takes
seconds. A cell holds what was known when its day ended: a sale that was delivered later is left out for good, so that
the past looks to training exactly as it looked to scoring.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

Matrix = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
SERIES = ["sku", "location_id"]
WEB = "web"
NOWHERE = "unknown"
"""What sales calls a store order that names no store; nothing can be held in stock for it."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Sales of all series.

    Args:
        series: One row a series, sorted by sku and location: sku, location_id, category.
        first_day: The day of column 0.
        units: Pieces sold; (series, days).
        served: Share of the day's demand that found stock, 0 to 1; 0 before the product came to the location.
        offered: Pieces that could have been sold that day; missing (NaN) where nothing is known of the stock.
        gross: Amount before discounts, per sku; (skus, days).
        discount: Discounts, per sku; (skus, days).
        list_price: Price before promotions as the master told it by then, per sku; (skus, days), missing as NaN.
        campaigns: First and last day of each campaign.
    """

    series: pl.DataFrame
    first_day: date
    units: Matrix
    served: Matrix
    offered: Matrix
    gross: Matrix
    discount: Matrix
    list_price: Matrix
    campaigns: list[tuple[date, date]]

    @property
    def days(self) -> list[date]:
        """The columns' days."""
        return [self.first_day + timedelta(days=n) for n in range(self.units.shape[1])]

    def column(self, day: date) -> int:
        """The day's column; outside the panel where it is negative or too large."""
        return (day - self.first_day).days

    @property
    def sku(self) -> Rows:
        """Each series' row in the matrices per sku."""
        return codes(self.series, ["sku"])


def codes(rows: pl.DataFrame, columns: list[str]) -> Rows:
    """Number the combinations of columns in their sorted order.

    Args:
        rows: The rows.
        columns: What to number.

    Returns:
        The number of each row's combination, from 0.
    """
    ranked = rows.select(pl.struct(columns).rank("dense").cast(pl.Int64) - 1)
    return ranked.to_series().to_numpy()


def scatter(rows: pl.DataFrame, value: str, index: pl.DataFrame, first_day: date, days: int) -> Matrix:
    """Lay rows out as a matrix.

    Args:
        rows: The index's columns, day, and the value; at most one row a cell.
        value: The column to lay out.
        index: One row a row of the matrix, in order.
        first_day: The day of column 0.
        days: How many columns.

    Returns:
        (rows of the index, days); 0 where there is no row.
    """
    keys = index.columns
    placed = rows.join(index.with_row_index("_row"), on=keys).select(
        "_row", (pl.col("day") - pl.lit(first_day)).dt.total_days().alias("_column"), pl.col(value).cast(pl.Float32)
    )
    matrix = np.zeros((len(index), days), np.float32)
    inside = placed.filter(pl.col("_column").is_between(0, days - 1))
    matrix[inside["_row"].to_numpy(), inside["_column"].to_numpy()] = inside[value].to_numpy()
    return matrix


def trailing(values: npt.NDArray[np.floating], window: int) -> npt.NDArray[np.float64]:
    """Add up each row over the window that ends with each column.

    Args:
        values: (rows, days).
        window: Days, the column itself included.
    """
    total = np.cumsum(values, axis=1, dtype=np.float64)
    total[:, window:] -= total[:, :-window].copy()
    return total


def fading(values: npt.NDArray[np.floating], half_life: float, window: int) -> npt.NDArray[np.float64]:
    """Add up each row with weights that halve every so many days, and end with the window.

    Args:
        values: (rows, days).
        half_life: Days after which a day counts half.
        window: Days that count at all, so that the sum depends on no earlier one.
    """
    keep = 0.5 ** (1 / half_life)
    faded = np.zeros(values.shape)
    running = np.zeros(len(values))
    for column in range(values.shape[1]):
        running = running * keep + values[:, column]
        if column >= window:
            running -= keep**window * values[:, column - window]
        faded[:, column] = running
    return np.maximum(faded, 0.0)


def grouped(values: npt.NDArray[np.floating], group: Rows) -> npt.NDArray[np.float64]:
    """Add up rows by group.

    Args:
        values: (rows, days).
        group: Each row's group.

    Returns:
        (groups, days).
    """
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    return np.add.reduceat(values[order], starts, axis=0, dtype=np.float64)
