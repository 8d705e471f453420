"""Features of every series at the end of every day: how fast it sells, how regularly, where, and at which price.

Rates are pieces per *served* day, so that an empty shelf lowers none of them. Every feature looks back at most
`WINDOW_DAYS`, so that a day made alone has the same features as one made with the whole history.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_inventory.ml.demand.panel import SERIES, WEB, Panel, Rows, codes, fading, grouped, trailing
from mesh_inventory.ml.demand.promotions import discounts

Floats = npt.NDArray[np.float64]
WINDOW_DAYS = 84
"""Twelve weeks: nothing older counts."""
RATES = (1, 3, 7, 14, 28, 56, 84)
HALF_LIFE_DAYS = 28.0
PRIOR_SHAPE = 3.0
"""Pieces that a series must sell before its own rate weighs as much as that of the sku elsewhere."""
WEEK = 7
ENOUGH = 1e-6


def features(panel: Panel, days: list[date]) -> pl.DataFrame:
    """Make the features of the days.

    Args:
        panel: Sales and stock of the days and of `WINDOW_DAYS - 1` days before the first.
        days: The days to make, all within the panel.

    Returns:
        One row a series and day on or shortly before which it was held or sold, sorted by day, sku and location.
    """
    columns = np.array([panel.column(day) for day in sorted(days)])
    made = {
        **_own(panel),
        **_levels(panel),
        **_week(panel),
        **_neighbours(panel),
        **_promotions(panel),
    }
    seen = trailing((~np.isnan(panel.offered) | (panel.units > 0)).astype(np.float32), WINDOW_DAYS)[:, columns] > 0
    keys = pl.concat([panel.series.select(*SERIES, "category")] * len(columns)).with_columns(
        day=pl.Series(np.repeat(np.array(sorted(days), "datetime64[D]"), len(panel.series)))
    )
    rows = keys.with_columns(pl.Series(n, _cells(m, columns), pl.Float32, nan_to_null=True) for n, m in made.items())
    return rows.filter(pl.Series(seen.T.ravel()))


def _cells(matrix: npt.NDArray[np.floating], columns: Rows) -> npt.NDArray[np.float32]:
    return np.ascontiguousarray(matrix[:, columns].T, dtype=np.float32).ravel()


def rate(units: Floats, served: Floats) -> Floats:
    """Pieces per served day; missing where nothing was served."""
    made: Floats = np.divide(units, served, out=np.full(units.shape, np.nan), where=served > ENOUGH)
    return made


def _own(panel: Panel) -> dict[str, npt.NDArray[np.floating]]:
    """The series' own past: rates of several windows, spread, intermittency."""
    made: dict[str, npt.NDArray[np.floating]] = {
        "units": panel.units,
        "served": panel.served,
        "offered": panel.offered,
    }
    for window in RATES:
        made[f"rate_{window}"] = rate(trailing(panel.units, window), trailing(panel.served, window))
    mean = made["rate_28"]
    square = rate(trailing(panel.units**2, 28), trailing(panel.served, 28))
    made["deviation_28"] = np.sqrt(np.maximum(square - mean**2, 0))
    return {**made, **_intermittency(panel)}


def _intermittency(panel: Panel) -> dict[str, npt.NDArray[np.floating]]:
    """ADI, CV² (Syntetos and Boylan, 2005) and days since the last sale, of the window."""
    sold = (panel.units > 0).astype(np.float32)
    times = trailing(sold, WINDOW_DAYS)
    served = trailing((panel.served > 0).astype(np.float32), WINDOW_DAYS)
    mean = rate(trailing(panel.units, WINDOW_DAYS), times)
    square = rate(trailing(panel.units**2, WINDOW_DAYS), times)
    last = np.maximum.accumulate(np.where(sold > 0, np.arange(sold.shape[1]), -1), axis=1)
    since = np.where(last >= 0, np.arange(sold.shape[1]) - last, WINDOW_DAYS)
    return {
        "average_interval": rate(served, times),
        "squared_variation": np.maximum(square / mean**2 - 1, 0),
        "days_since_sale": np.minimum(since, WINDOW_DAYS),
    }


def _levels(panel: Panel) -> dict[str, npt.NDArray[np.floating]]:
    """What the series sells a day by its own past and by that of the sku elsewhere: a gamma-Poisson estimate.

    The sku's rate elsewhere is scaled by how much the location sells of the category. With no sales of its own, a
    series has that rate; each piece that it sells makes its own past count more.
    """
    units, served = (fading(m, HALF_LIFE_DAYS, WINDOW_DAYS) for m in (panel.units, panel.served))
    by_category = codes(panel.series, ["category"])
    here = codes(panel.series, ["category", "location_id"])
    size = (grouped(units, here) + 1)[here] / (grouped(served, here) + 1 / _overall(units, served))[here]
    expected = size * served
    sku = panel.sku
    common = grouped(units, by_category)[by_category] / np.maximum(grouped(expected, by_category)[by_category], ENOUGH)
    preference = (grouped(units, sku)[sku] + PRIOR_SHAPE) / (
        grouped(expected, sku)[sku] + PRIOR_SHAPE / np.maximum(common, ENOUGH)
    )
    pooled = np.maximum(size * preference, ENOUGH)
    return {
        "pooled_rate": pooled,
        "level": (units + PRIOR_SHAPE) / (served + PRIOR_SHAPE / pooled),
    }


def _overall(units: Floats, served: Floats) -> Floats:
    """Pieces per served day of everything, by day."""
    made: Floats = np.maximum(units.sum(axis=0) / np.maximum(served.sum(axis=0), 1), ENOUGH)
    return made


def _week(panel: Panel) -> dict[str, npt.NDArray[np.floating]]:
    """How the coming weekdays compare with the average day: at the location, and of the series itself.

    Column k is of the weekday k days after the row's day, k from 1 to 7.
    """
    place = codes(panel.series, ["location_id"])
    units, served = grouped(panel.units, place), grouped(panel.served, place)
    average = rate(trailing(units, WINDOW_DAYS), trailing(served, WINDOW_DAYS))
    made: dict[str, npt.NDArray[np.floating]] = {}
    for ahead in range(1, WEEK + 1):
        same = rate(_same_weekday(units, ahead), _same_weekday(served, ahead))
        made[f"location_weekday_{ahead}"] = np.nan_to_num(same / average, nan=1.0)[place]
        made[f"weekday_rate_{ahead}"] = rate(_same_weekday(panel.units, ahead), _same_weekday(panel.served, ahead))
    return made


def _same_weekday(values: npt.NDArray[np.floating], ahead: int) -> Floats:
    """Add up the window's days that are of the weekday `ahead` days later."""
    days = values.shape[1]
    total = np.zeros(values.shape)
    for back in range(WEEK - ahead, WINDOW_DAYS, WEEK):
        if back < days:
            total[:, back:] += values[:, : days - back]
    return total


def _neighbours(panel: Panel) -> dict[str, npt.NDArray[np.floating]]:
    """The same for the sku everywhere, the location, the category, and the category at the location."""
    made: dict[str, npt.NDArray[np.floating]] = {}
    groups = {
        "sku": ["sku"],
        "location": ["location_id"],
        "category": ["category"],
        "category_location": ["category", "location_id"],
    }
    for name, columns in groups.items():
        group = codes(panel.series, columns)
        units, served = grouped(panel.units, group), grouped(panel.served, group)
        for window in (7, 28, 56):
            made[f"{name}_rate_{window}"] = rate(trailing(units, window), trailing(served, window))[group]
    online = (panel.series["location_id"] == WEB).to_numpy()
    made["is_web"] = np.broadcast_to(online[:, None], panel.units.shape).astype(np.float32)
    return made


def _promotions(panel: Panel) -> dict[str, npt.NDArray[np.floating]]:
    """Promotion and price now, and the rate on days without promotion."""
    spans = [(panel.column(starts), panel.column(ends)) for starts, ends in panel.campaigns]
    promoted = discounts(panel.gross, panel.discount, spans)
    sku = panel.sku
    plain = (promoted.depth == 0)[sku].astype(np.float32)
    before = np.concatenate([np.repeat(panel.list_price[:, :1], 28, axis=1), panel.list_price], axis=1)[:, :-28]
    return {
        "discount_depth": promoted.depth[sku],
        "discount_days": promoted.days[sku],
        "discount_days_left": promoted.days_left[sku],
        "regular_rate_28": rate(trailing(panel.units * plain, 28), trailing(panel.served * plain, 28)),
        "list_price": panel.list_price[sku],
        "price_change_28": (panel.list_price / before - 1)[sku],
    }
