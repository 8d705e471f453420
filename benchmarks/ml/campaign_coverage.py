"""How true the measured effects of campaigns are: 200 simulated worlds, whose truth says what each campaign caused.

A campaign of the simulator multiplies its treated customers' visits and store purchases by 1 + lift while it runs, and
every order that comes of it is marked `caused_by`. The true effect of a campaign is the revenue of those orders. Four
things differ between that and what a hold-out can show, and none is corrected here:

- 8% of store purchases have no customer, so they are in no arm: what is measured is the effect on identified purchases
  (coverage of that is shown, too).
- Some campaigns keep customers from leaving. What these buy is an effect that no order is marked with; within a week
  after the end it is small.
- A purchase that two campaigns made likelier is marked with one of them, drawn by their lifts. The hold-out shows what
  a campaign adds to the others, which is more: effects multiply.
- What the campaign sells is missing for others where stock is short, in both arms.

A world's campaigns share its customers, so their intervals are not independent; the share of covered ones is therefore
averaged by world, too, with the standard error over worlds. The worlds are lived in memory and not landed, so that none
of their records is bad or late; what is counted of each customer is what the mart fct_campaign_customers counts.
"""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.ml.table import Row
from mesh_marketing.ml.campaigns import AFTER_DAYS, BEFORE_DAYS, performances
from mesh_simulator.day import live_a_day
from mesh_simulator.state import State
from mesh_simulator.world import Parameters

WORLDS, SCALE, DAYS = 200, 0.35, 63
"""Large enough for hold-outs of more than 50 customers, small enough for 200 of them in minutes."""
FIRST_SEED = 10_001
"""No world of these was looked at when the windows and the smallest arm were chosen."""
FIRST_DAY = date(2026, 1, 1)
CLICK_COUNTS = timedelta(days=7)
PROCESSES = 2
NEEDED = (
    "sales/order_lines",
    "marketing/web_events",
    "marketing/campaigns",
    "marketing/campaign_audience",
    "marketing/campaign_spend",
)


@dataclass(frozen=True, slots=True)
class Lived:
    """What a world left, as far as campaigns go."""

    lines: pl.DataFrame
    events: pl.DataFrame
    campaigns: pl.DataFrame
    audience: pl.DataFrame
    spend: pl.DataFrame
    truth: pl.DataFrame


def measure(data: Path) -> list[Row]:
    """Measure every campaign of 200 worlds and compare with their truth; `data` is not needed."""
    started = time.perf_counter()
    found = of_worlds(range(FIRST_SEED, FIRST_SEED + WORLDS), SCALE, DAYS)
    return rows(found, f"{WORLDS} simulated worlds of {DAYS} days", time.perf_counter() - started)


def of_worlds(seeds: range, scale: float, days: int) -> pl.DataFrame:
    """Measure the campaigns of several worlds, two worlds at a time.

    Returns:
        One row a measured campaign, with its world, its true effect (`caused`), and that on identified purchases.
    """
    os.environ["POLARS_MAX_THREADS"] = "1"  # for the processes that begin now: each has one core
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        worlds = pool.map(of_world, seeds, [scale] * len(seeds), [days] * len(seeds), chunksize=4)
        return pl.concat(list(worlds))


def of_world(seed: int, scale: float, days: int) -> pl.DataFrame:
    """Measure the campaigns of one world."""
    world = live(Parameters(seed, scale, FIRST_DAY, bad_rate=0.0), days)
    orders = purchases(world.lines)
    known_until = datetime.combine(FIRST_DAY + timedelta(days=days), datetime.min.time(), UTC)
    measured = performances(customers_of(world, orders), known_until).filter(status="measured")
    caused = world.truth.join(orders.select("order_id", shown="customer_id"), on="order_id", how="left")
    truth = caused.group_by(campaign_id="caused_by").agg(
        caused=pl.col("revenue").sum(),
        identified=pl.col("revenue").filter(pl.col("shown").is_not_null()).sum(),
    )
    joined = measured.join(truth, on="campaign_id", how="left")
    return joined.select(
        pl.lit(seed).alias("world"),
        "campaign_id",
        "incremental_revenue",
        "incremental_revenue_low",
        "incremental_revenue_high",
        "variance_reduction",
        pl.col("last_click_revenue").cast(pl.Float64),
        pl.col("caused", "identified").cast(pl.Float64).fill_null(0.0),
    )


def live(world: Parameters, days: int) -> Lived:
    """Let a world live, and keep what campaigns leave."""
    state = State.first(world)
    kept: dict[str, list[pl.DataFrame]] = {name: [] for name in (*NEEDED, "truth")}
    for number in range(days):
        day = live_a_day(world, state, number)
        for name in NEEDED:
            kept[name].append(day.rows[name])
        kept["truth"].append(day.truth["orders"].filter(pl.col("caused_by").is_not_null()))
    return Lived(*(pl.concat(kept[name]) for name in (*NEEDED, "truth")))


def purchases(lines: pl.DataFrame) -> pl.DataFrame:
    """Add the lines of each purchase up, as sales does; returns are none."""
    amount = pl.col("quantity") * pl.col("unit_price").cast(pl.Float64) - pl.col("discount").cast(pl.Float64)
    orders = lines.group_by("order_id").agg(
        pl.col("customer_id").first(),
        pl.col("ordered_at").first().dt.date().alias("ordered_on"),
        amount.sum().alias("revenue"),
        (pl.col("quantity") > 0).any().alias("sold"),
    )
    return orders.filter("sold").drop("sold")


def customers_of(world: Lived, orders: pl.DataFrame) -> pl.DataFrame:
    """Count what the mart fct_campaign_customers counts."""
    costs = world.spend.group_by("campaign_id").agg(pl.col("spend").sum())
    windows = world.campaigns.join(costs, on="campaign_id", how="left").with_columns(
        pl.col("spend").fill_null(0).cast(pl.Decimal(18, 4)),
        measured_until=pl.col("ends_on") + pl.duration(days=AFTER_DAYS),
        compared_from=pl.col("starts_on") - pl.duration(days=BEFORE_DAYS),
    )
    bought = world.audience.join(
        windows.select("campaign_id", "starts_on", "measured_until", "compared_from"), on="campaign_id"
    ).join(orders, on="customer_id", how="left")
    inside = pl.col("ordered_on").is_between("starts_on", "measured_until")
    before = (pl.col("ordered_on") < pl.col("starts_on")) & (pl.col("ordered_on") >= pl.col("compared_from"))
    counted = bought.group_by("campaign_id", "customer_id", "arm").agg(
        revenue=pl.col("revenue").filter(inside).sum(),
        orders=inside.sum(),
        revenue_before=pl.col("revenue").filter(before).sum(),
        orders_before=before.sum(),
    )
    credited = last_clicks(world, orders, windows)
    return (
        windows.join(counted, on="campaign_id")
        .join(credited, on=["campaign_id", "customer_id"], how="left")
        .with_columns(pl.col("last_click_revenue").fill_null(0.0).cast(pl.Decimal(18, 4)))
    )


def last_clicks(world: Lived, orders: pl.DataFrame, windows: pl.DataFrame) -> pl.DataFrame:
    """Credit web orders to the campaign that their visitor clicked last."""
    clicks = world.events.filter(pl.col("campaign_id").is_not_null()).select("visitor_id", "campaign_id", "occurred_at")
    bought = world.events.filter(kind="purchase").select("visitor_id", "order_id", "occurred_at")
    credited = bought.sort("occurred_at").join_asof(
        clicks.sort("occurred_at"), on="occurred_at", by="visitor_id", tolerance=CLICK_COUNTS, check_sortedness=False
    )
    inside = pl.col("ordered_on").is_between("starts_on", "measured_until")
    return (
        credited.drop_nulls("campaign_id")
        .join(orders, on="order_id")
        .join(windows.select("campaign_id", "starts_on", "measured_until"), on="campaign_id")
        .filter(inside)
        .group_by("campaign_id", "customer_id")
        .agg(last_click_revenue=pl.col("revenue").sum())
    )


def rows(found: pl.DataFrame, worlds: str, seconds: float) -> list[Row]:
    """Say how often the intervals held the truth, beside what the last click says."""
    every = f"{worlds}, {len(found):,} campaigns"
    idle = found.filter(pl.col("caused") == 0)
    by_hold_out, by_click = mean(idle["incremental_revenue"]), mean(idle["last_click_revenue"])
    told = (
        (every, "95% intervals that hold the caused revenue", "95% ± 4", covered(found, "caused")),
        (every, "… that of identified purchases", "95% ± 4", covered(found, "identified")),
        (every, "sums: measured / caused / caused, identified", "", totals(found, "incremental_revenue")),
        (every, "sums: by the last click / caused / caused, identified", "", totals(found, "last_click_revenue")),
        (
            f"the {len(idle):,} of them that caused nothing",
            "mean: measured / by the last click",
            "0",
            f"{by_hold_out:+,.0f} / {by_click:+,.0f}",
        ),
        (every, "variance without CUPED / with it, mean", "", f"{mean(found['variance_reduction']):.2f}"),
    )
    return [Row("campaign effects", *row, seconds) for row in told]


def covered(found: pl.DataFrame, truth: str) -> str:
    """The share of intervals that hold the truth, and its mean over worlds with the standard error."""
    holds = found.with_columns(
        held=pl.col(truth).is_between("incremental_revenue_low", "incremental_revenue_high").cast(pl.Float64)
    )
    worlds = holds.group_by("world").agg(pl.col("held").mean())["held"].to_numpy()
    error = worlds.std(ddof=1) / np.sqrt(len(worlds))
    return f"{mean(holds['held']):.1%} (by world {worlds.mean():.1%} ± {error:.1%})"


def totals(found: pl.DataFrame, claimed: str) -> str:
    """Sums over all campaigns, in thousands."""
    return " / ".join(f"{found[name].sum() / 1000:,.0f}k" for name in (claimed, "caused", "identified"))


def mean(values: pl.Series) -> float:
    """The mean as a number; not one where there are no values."""
    return float(values.to_numpy().mean()) if len(values) else float("nan")
