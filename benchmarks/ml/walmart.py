"""Walmart: weekly sales by store and department, eight weeks ahead.

One model for all series forecasts how far a week departs from "last year's week times this year's growth". Its size and
its share in a mix with exponential smoothing are chosen on the eight weeks before the hold-out. Mark-downs and
holidays are known ahead (features.csv); temperature, fuel price and unemployment are not, and stay out.
stores.csv holds one line.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks.ml.table import Row
from mesh_inventory.ml.demand.baselines import seasonal_naive, smoothing

Floats = npt.NDArray[np.float64]
AHEAD = 8
YEAR = 52
FIRST_ORIGIN = 60
"""A year to look back on, and eight weeks of this year's growth."""
HOLIDAY_WEIGHT = 5.0
MARKDOWNS = [f"MarkDown{n}" for n in range(1, 6)]
SEED = 7
CHOICES = [{"num_leaves": leaves, "rounds": rounds} for leaves in (31, 63) for rounds in (120, 250)]
SHARES = (0.4, 0.55, 0.7, 0.85, 1.0)
"""Shares of the model in the mix that are tried."""
SAMPLE = 0.15
"""Share of all pairs of week and horizon that are learnt from."""


@dataclass(frozen=True)
class Weeks:
    """Sales as matrices; (series, weeks) but for `holiday`, which is by week.

    Args:
        sales: Sales; NaN where the file has no row.
        filled: The same with 0 there.
        holiday: Whether the week holds a holiday.
        markdown: Mark-downs of the store; (series, weeks, 5).
        store: Each series' store.
        dept: Each series' department.
    """

    sales: Floats
    filled: Floats
    holiday: npt.NDArray[np.bool_]
    markdown: Floats
    store: npt.NDArray[np.int64]
    dept: npt.NDArray[np.int64]


def measure(data: Path) -> list[Row]:
    """Hold out the last eight weeks."""
    began = time.perf_counter()
    weeks = read(data / "walmart-weekly")
    cut = weeks.sales.shape[1] - AHEAD
    options, share, tuned = choose(weeks, cut)
    ours = forecast(weeks, cut, options, share)
    steps = np.arange(1, AHEAD + 1)
    past = weeks.filled[:, :cut]
    naive = wmae(weeks, cut, seasonal_naive(past, YEAR, steps)[0])
    ets = wmae(weeks, cut, smoothing(past, YEAR, steps)[0])
    plain = wmae(weeks, cut, grown(weeks, cut)[0])
    figure = wmae(weeks, cut, ours)
    return [
        Row(
            "Walmart, weekly by store and department",
            f"last {AHEAD} weeks held out; tuned on the {AHEAD} before ({tuned:,.0f} there)",
            "weighted absolute error, holidays x5",
            f"seasonal naive {naive:,.0f}; ETS {ets:,.0f}; last year x growth {plain:,.0f}",
            f"{figure:,.0f} ({1 - figure / min(naive, ets):.1%} below the better of naive and ETS)",
            time.perf_counter() - began,
        )
    ]


def read(folder: Path) -> Weeks:
    """Read the files into matrices."""
    train = pl.read_parquet(folder / "train.parquet").with_columns(pl.col("Date").str.to_date())
    dates = train["Date"].unique().sort()
    at = {day: column for column, day in enumerate(dates)}
    series = train.select("Store", "Dept").unique().sort("Store", "Dept").with_row_index("row")
    placed = train.join(series, on=["Store", "Dept"]).with_columns(
        column=pl.col("Date").replace_strict(at, return_dtype=pl.Int64)
    )
    sales = np.full((len(series), len(dates)), np.nan)
    sales[placed["row"].to_numpy(), placed["column"].to_numpy()] = placed["Weekly_Sales"].to_numpy()
    holiday = np.array(train.group_by("Date").agg(pl.col("IsHoliday").max()).sort("Date")["IsHoliday"].to_list())
    told = pl.read_csv(folder / "features.csv", null_values="NA").with_columns(pl.col("Date").str.to_date())
    marks = np.full((int(train["Store"].max()) + 1, len(dates), len(MARKDOWNS)), np.nan)  # type: ignore[arg-type]
    known = told.filter(pl.col("Date").is_in(dates.to_list()))
    marks[known["Store"].to_numpy(), [at[d] for d in known["Date"]]] = known.select(MARKDOWNS).to_numpy()
    store, dept = series["Store"].to_numpy(), series["Dept"].to_numpy()
    return Weeks(sales, np.nan_to_num(sales), holiday, marks[store], store, dept)


def wmae(weeks: Weeks, cut: int, forecast: Floats) -> float:
    """The competition's metric over the eight weeks from `cut` on, rows of the file only."""
    truth = weeks.sales[:, cut : cut + AHEAD]
    weight = np.where(weeks.holiday[cut : cut + AHEAD], HOLIDAY_WEIGHT, 1.0) * ~np.isnan(truth)
    return float((np.abs(np.nan_to_num(truth) - forecast) * weight).sum() / weight.sum())


def grown(weeks: Weeks, origin: int) -> tuple[Floats, Floats]:
    """Last year's weeks times this year's growth, and the growth; only weeks before `origin` are looked at."""
    ago = weeks.filled[:, origin - YEAR : origin - YEAR + AHEAD]
    now = weeks.filled[:, origin - 8 : origin].sum(axis=1)
    then = weeks.filled[:, origin - 8 - YEAR : origin - YEAR].sum(axis=1)
    growth = np.where((now > 0) & (then > 0), now / np.maximum(then, 1.0), 1.0).clip(0.5, 2.0)
    recent = weeks.filled[:, origin - 4 : origin].mean(axis=1)
    return np.where(ago != 0, ago * growth[:, None], recent[:, None]), growth


def design(weeks: Weeks, origin: int) -> tuple[Floats, Floats, Floats]:
    """What is known on the eve of week `origin` about each of the next eight weeks of each series.

    Returns:
        Features, (series * 8, features); the plain forecast and the series' scale, (series * 8).
    """
    filled = weeks.filled
    plain, growth = grown(weeks, origin)
    scale = np.maximum(np.abs(filled[:, max(0, origin - YEAR) : origin]).mean(axis=1), 50.0)
    of_series = [filled[:, origin - n : origin].mean(axis=1) / scale for n in (1, 2, 4, 8, 13, 26)]
    of_series += [growth, np.log(scale), np.std(filled[:, origin - 13 : origin], axis=1) / scale]
    for group in (weeks.store, weeks.dept):
        now = np.bincount(group, filled[:, origin - 4 : origin].sum(axis=1))
        then = np.bincount(group, filled[:, origin - 4 - YEAR : origin - YEAR].sum(axis=1))
        of_series.append((now / np.maximum(then, 1.0))[group].clip(0, 5))
    of_series += [weeks.store.astype(float), weeks.dept.astype(float)]
    count, parts = len(filled), []
    for ahead in range(AHEAD):
        week, ago = origin + ahead, origin + ahead - YEAR
        around = [filled[:, ago + shift] / scale for shift in (-2, -1, 0, 1, 2) if ago + shift < origin]
        flags = [np.full(count, float(weeks.holiday[w])) for w in (week, ago - 1, ago, ago + 1)]
        marks = list(np.log1p(np.maximum(weeks.markdown[:, week], 0)).T)
        columns = [*of_series, plain[:, ahead] / scale, *around, *flags, *marks, np.full(count, ahead + 1.0)]
        parts.append(np.column_stack(columns))
    features = np.stack(parts, axis=1).reshape(count * AHEAD, -1)
    return features, plain.ravel(), np.repeat(scale, AHEAD)


def fit(weeks: Weeks, cut: int, options: dict[str, int]) -> Any:
    """Fit trees on all weeks before `cut`."""
    import lightgbm

    rng = np.random.default_rng(SEED)
    features, labels, weights = [], [], []
    for origin in range(FIRST_ORIGIN, cut - 1):
        made, plain, scale = design(weeks, origin)
        truth = np.full((len(weeks.sales), AHEAD), np.nan)
        inside = min(AHEAD, cut - origin)
        truth[:, :inside] = weeks.sales[:, origin : origin + inside]
        holiday = np.tile(
            [HOLIDAY_WEIGHT if w < cut and weeks.holiday[w] else 1.0 for w in range(origin, origin + AHEAD)],
            len(truth),
        )
        keep = ~np.isnan(truth.ravel()) & (rng.random(truth.size) < SAMPLE)
        features.append(made[keep].astype(np.float32))
        labels.append(((truth.ravel() - plain) / scale)[keep])
        weights.append((scale * holiday)[keep])
    data = lightgbm.Dataset(
        np.concatenate(features), np.concatenate(labels), weight=np.concatenate(weights) / 1e4, params={"max_bin": 127}
    )
    parameters = {
        "objective": "l1",
        "learning_rate": 0.06,
        "num_leaves": options["num_leaves"],
        "min_data_in_leaf": 60,
        "feature_fraction": 0.6,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "seed": SEED,
        "verbose": -1,
        "max_bin": 127,
    }
    return lightgbm.train(parameters, data, options["rounds"])


def predict(model: Any, weeks: Weeks, cut: int, rounds: int) -> Floats:
    """Forecast the eight weeks from `cut` on; (series, 8)."""
    features, plain, scale = design(weeks, cut)
    made = plain + scale * model.predict(features.astype(np.float32), num_iteration=rounds, num_threads=1)
    return np.asarray(made, np.float64).reshape(-1, AHEAD)


def mixed(model: Floats, weeks: Weeks, cut: int, share: float) -> Floats:
    """The model and exponential smoothing, weighed."""
    return share * model + (1 - share) * smoothing(weeks.filled[:, :cut], YEAR, np.arange(1, AHEAD + 1))[0]


def choose(weeks: Weeks, cut: int) -> tuple[dict[str, int], float, float]:
    """Choose size and share on the eight weeks before the hold-out, learning from what came before them."""
    before = cut - AHEAD
    found = []
    for leaves in sorted({option["num_leaves"] for option in CHOICES}):
        most = max(option["rounds"] for option in CHOICES)
        model = fit(weeks, before, {"num_leaves": leaves, "rounds": most})
        for option in (o for o in CHOICES if o["num_leaves"] == leaves):
            made = predict(model, weeks, before, option["rounds"])
            found += [(wmae(weeks, before, mixed(made, weeks, before, share)), option, share) for share in SHARES]
    best = min(found, key=lambda one: one[0])
    return best[1], best[2], best[0]


def forecast(weeks: Weeks, cut: int, options: dict[str, int], share: float) -> Floats:
    """Fit as chosen, and forecast the hold-out."""
    model = fit(weeks, cut, options)
    return mixed(predict(model, weeks, cut, options["rounds"]), weeks, cut, share)
