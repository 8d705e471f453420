"""Stores: sensors see the people who buy, and queues grow with them."""

from __future__ import annotations

import numpy as np
import polars as pl

from .landed import COMPLETE_DAYS, Landed, number


def _sensors(landed: Landed) -> pl.DataFrame:
    rows = landed.clean("sales/store_sensors")
    return rows.with_columns(pl.col("measured_at").str.to_datetime(time_zone="UTC"))


def test_more_people_come_in_than_buy_at_any_time_of_the_day(landed: Landed, lines: pl.DataFrame) -> None:
    entered = _sensors(landed).filter(pl.col("kind") == "footfall_in")
    orders = lines.filter(pl.col("channel") == "store").unique("order_id")
    people = pl.concat(
        [
            entered.select("store_id", pl.col("measured_at").alias("at"), pl.col("value").alias("change")),
            orders.select("store_id", pl.col("ordered_at").alias("at"), pl.lit(-1.0).alias("change")),
        ]
    ).sort("at")
    day = pl.col("at").dt.date()
    assert people.select(pl.col("change").cum_sum().over("store_id", day).min()).item() >= 0


def test_as_many_people_leave_as_come(landed: Landed) -> None:
    doors = _sensors(landed).group_by("store_id", pl.col("measured_at").dt.date(), "kind").agg(pl.col("value").sum())
    flows = doors.pivot("kind", index=["store_id", "measured_at"], values="value")
    assert flows["footfall_in"].equals(flows["footfall_out"], check_names=False)


def test_queues_grow_with_footfall(landed: Landed) -> None:
    hourly = _sensors(landed).group_by("store_id", pl.col("measured_at").dt.truncate("1h"), "kind").agg(
        pl.col("value").sum()
    ).pivot("kind", index=["store_id", "measured_at"], values="value")  # fmt: skip
    cuts = hourly.with_columns(pl.col("footfall_in").qcut(3, labels=["few", "some", "many"]).alias("crowd"))
    queue = {str(k): v for k, v in cuts.group_by("crowd").agg(pl.col("queue_length").mean()).iter_rows()}
    assert queue["few"] < 0.6 * queue["some"] < 0.6 * queue["many"]


def test_a_wait_is_reported_just_when_somebody_queues(landed: Landed) -> None:
    queues = _sensors(landed).filter(pl.col("kind").is_in(["queue_length", "wait_seconds"]))
    both = queues.pivot("kind", index=["sensor_id", "measured_at"], values="value").drop_nulls()
    assert both.filter((pl.col("queue_length") > 0) != (pl.col("wait_seconds") > 0)).is_empty()


def test_sensors_report_each_opening_hour_and_otherwise_only_what_they_saw(landed: Landed) -> None:
    rows = _sensors(landed)
    sign = rows.filter(pl.col("measured_at").dt.minute() == 0).group_by("sensor_id", "kind").len()
    assert number(sign, pl.col("len").min()) >= COMPLETE_DAYS * 12
    assert rows.filter((pl.col("value") == 0) & (pl.col("measured_at").dt.minute() != 0)).is_empty()
    assert rows.select("sensor_id", "kind", "measured_at").is_unique().all()


def test_stores_have_their_own_rhythm(landed: Landed) -> None:
    doors = _sensors(landed).filter(pl.col("kind") == "footfall_in")
    evening = doors.group_by("store_id").agg(
        pl.col("value").filter(pl.col("measured_at").dt.hour() >= 16).sum() / pl.col("value").sum()
    )
    assert np.ptp(evening["value"].to_numpy()) > 0.05
