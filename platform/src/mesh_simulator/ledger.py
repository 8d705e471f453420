"""The stock ledger: every movement of the day with what is on hand after it."""

from __future__ import annotations

import numpy as np
import polars as pl

from mesh_simulator.arrays import Ints, constant
from mesh_simulator.ids import instants, look, numbered, place_names, written
from mesh_simulator.orders import Lines
from mesh_simulator.stock import KINDS, RETURN, SALE, Movements
from mesh_simulator.today import Today


def trade(sold: Lines, returned: Lines) -> Movements:
    """Book a sale for every sold line and a return for every returned one."""
    lines = sold.stack(returned)
    kind = np.where(lines.quantity > 0, SALE, RETURN)
    return Movements(lines.at, lines.place, lines.sku, kind, -lines.quantity)


def ledger_rows(today: Today, before: Ints, movements: Movements) -> pl.DataFrame:
    """Write the day's movements in the order of time.

    Args:
        today: The day.
        before: What lay where before the first movement, places by products.
        movements: The movements; those of one place, product and millisecond are booked in their order.
    """
    flat = movements.place * before.shape[1] + movements.sku
    order = np.lexsort((np.arange(len(flat)), movements.at, flat))
    moved, ours = movements.quantity[order], flat[order]
    total = np.cumsum(moved)
    starts = np.flatnonzero(np.diff(ours, prepend=-1))
    base = np.repeat((total - moved)[starts], np.diff(np.append(starts, len(ours))))
    on_hand = constant(len(flat))
    on_hand[order] = before.ravel()[ours] + total - base
    rows = order[np.argsort(movements.at[order], kind="stable")]
    booked, first = movements.where(rows), today.state.count("movements", len(rows))
    return written(
        {
            "movement_id": numbered("M", first + np.arange(len(rows)) + 1, 10),
            "moved_at": instants(today.date, booked.at),
            "location_id": look(place_names(today.world.stores), booked.place),
            "sku": numbered("P", booked.sku + 1, 5),
            "kind": look(KINDS, booked.kind),
            "quantity": booked.quantity,
            "on_hand_after": on_hand[rows],
        }
    )
