"""Store sensors: people through the door and people in the queue, minute by minute.

A sensor reports a minute in which it saw somebody, and the first minute of every opening hour in any case.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh_simulator.arrays import Bools, Floats, Ints, constant
from mesh_simulator.ids import instants, look, place_names, written
from mesh_simulator.orders import Lines
from mesh_simulator.stores import CLOSES, OPENS
from mesh_simulator.till import arrivals
from mesh_simulator.today import Today

MINUTES = 24 * 60
MINUTE_MS = 60_000
KINDS = ("footfall_in", "footfall_out", "queue_length", "wait_seconds")
LOOKERS = 42.0
"""People a day who come to an average store of a world of scale 1 and buy nothing, against 35 orders."""


def sensor_rows(today: Today, place: Ints, came: Ints, turn: Ints, paid: Ints, returned: Lines) -> pl.DataFrame:
    """Write the day of all sensors.

    Args:
        today: The day.
        place: The store of each shopper who went to a till.
        came: When they joined the queue, in milliseconds of the day.
        turn: When they were served.
        paid: When they had paid.
        returned: The day's returns, whose people walk through the same doors.
    """
    rng = today.rng("sensors")
    entered, left = _doors(today, rng, place, came, paid, returned)
    length, wait = _queues(today, place, came, turn)
    reported = [
        _reports(today, kind, values, shown)
        for kind, (values, shown) in enumerate(
            ((entered, entered > 0), (left, left > 0), (length, length > 0), (wait, length > 0))
        )
    ]
    store, minute, kind, value = (np.concatenate([r[i] for r in reported]) for i in range(4))
    order = np.lexsort((kind, store, minute))
    names = place_names(today.world.stores)
    store, minute, kind = (column[order].astype(np.int64) for column in (store, minute, kind))
    sensors = [f"{name}-{sensor}" for name in names[:-1] for sensor in ("DOOR", "QUEUE")]
    return written(
        {
            "store_id": look(names, store),
            "sensor_id": look(sensors, store * 2 + kind // 2),
            "measured_at": instants(today.date, minute * MINUTE_MS),
            "kind": look(KINDS, kind),
            "value": value[order],
        }
    )


def _per_minute(today: Today, place: Ints, at: Ints, weight: npt.NDArray[np.generic] | None = None) -> Floats:
    minute = np.clip(at // MINUTE_MS, 0, MINUTES - 1)
    flat = np.bincount(place * MINUTES + minute, weight, today.world.stores * MINUTES)
    return flat.reshape(-1, MINUTES).astype(np.float64)


def _doors(
    today: Today, rng: np.random.Generator, place: Ints, came: Ints, paid: Ints, returned: Lines
) -> tuple[Floats, Floats]:
    """Count people in and out: buyers and their company, those who bring something back, those who only look."""
    expected = LOOKERS * 12 * today.world.scale * today.busyness * today.state.stores.size
    lookers = np.repeat(np.arange(today.world.stores), rng.poisson(expected / today.world.stores))
    back = returned.where(returned.place < today.warehouse)
    looking = arrivals(today, rng, lookers)
    party = 1 + (rng.random(len(place)) < 0.25)
    everyone = np.concatenate([lookers, place, back.place])
    people = np.concatenate([constant(len(lookers), 1), party, constant(len(back), 1)])
    stay = rng.gamma(2.5, 4 * MINUTE_MS, len(everyone)).astype(np.int64) + 20_000
    before = np.concatenate([looking, came, back.at])
    enters = np.maximum(before - np.where(np.arange(len(everyone)) < len(lookers), 0, stay), OPENS * 3_600_000)
    leaves = np.concatenate([looking + stay[: len(lookers)], paid + 45_000, back.at + 60_000])
    enters = np.minimum(enters, leaves)
    return _per_minute(today, everyone, enters, people), _per_minute(today, everyone, leaves, people)


def _queues(today: Today, place: Ints, came: Ints, turn: Ints) -> tuple[Floats, Floats]:
    """How many waited in each minute, and how long on average these wait before they are served."""
    waited = turn - came
    waits = waited > 1_000
    where, joined, served = place[waits], came[waits], turn[waits]
    width = MINUTES + 1
    start = where * width + np.clip(joined // MINUTE_MS, 0, MINUTES - 1)
    end = where * width + np.clip(served // MINUTE_MS, 0, MINUTES - 1) + 1
    size = today.world.stores * width

    def running(weight: Floats) -> Floats:
        steps = np.bincount(start, weight, size) - np.bincount(end, weight, size)
        return np.cumsum(steps.reshape(-1, width), axis=1)[:, :MINUTES]

    length = np.round(running(np.ones(len(where))))
    total = running(waited[waits] / 1000.0)
    return length, np.where(length > 0, np.round(total / np.maximum(length, 1), 1), 0.0)


def _reports(today: Today, kind: int, values: Floats, shown: Bools) -> tuple[Ints, Ints, Ints, Floats]:
    """Choose the minutes that a sensor reports: those with something to say and the hourly sign of life."""
    hourly = np.zeros(MINUTES, np.bool_)
    hourly[OPENS * 60 : CLOSES * 60 : 60] = True
    store, minute = np.nonzero(shown | hourly)
    return store, minute, constant(len(store), kind), values[store, minute]
