"""The event log of the web shop: every visit's actions in the order of time."""

from __future__ import annotations

import numpy as np
import polars as pl

from mesh_simulator.arrays import NOBODY, Ints, mixed
from mesh_simulator.browsing import CHECKOUT, KINDS, Events
from mesh_simulator.experiments import VARIANTS
from mesh_simulator.ids import Written, instants, look, numbered, optional, written
from mesh_simulator.marketing_rows import campaign_ids
from mesh_simulator.today import Today
from mesh_simulator.visits import REFERRERS, Visits
from mesh_simulator.vocabulary import CATEGORIES, TYPOS

QUERIES = [noun + typo for category in CATEGORIES for noun in category.nouns for typo in TYPOS]
EVENTS_A_DAY = 1 << 28
"""More events than a day has, so that days never share an id."""


def event_rows(today: Today, visits: Visits, events: Events, order: Ints) -> pl.DataFrame:
    """Write the day's events.

    Args:
        today: The day.
        visits: The visits.
        events: Their events.
        order: The order of each event, NOBODY for all but purchases.
    """
    at = visits.at(events.visit, events.slot)
    sequence = np.lexsort((events.slot, at))
    events, at, order = events.where(sequence), at[sequence], order[sequence]
    visit, size = events.visit, len(events)
    seen = (visits.logged_in[visit] == 1) | (events.kind >= CHECKOUT)
    enrolled = visits.variant[visit]
    number = today.experiment.number + 1 if today.experiment else NOBODY
    return written(
        {
            "event_id": numbered("E", today.day * EVENTS_A_DAY + np.arange(size), 12),
            "occurred_at": instants(today.date, at),
            "session_id": _per_visit("W", mixed(today.day * 100_000_000 + np.arange(len(visits)), 4), 13, visit),
            "visitor_id": _per_visit("V", visits.visitor, 13, visit),
            "customer_id": _per_visit("C", visits.customer, 7, np.where(seen, visit, NOBODY)),
            "kind": look(KINDS, events.kind),
            "sku": look(numbered("P", np.arange(today.world.skus) + 1, 5).series(), events.sku),
            "query": look(QUERIES, events.query),
            "position": optional(events.position),
            "referrer": look(REFERRERS, visits.referrer[visit]),
            "campaign_id": look(campaign_ids(visits.campaign).series(), visit),
            "experiment_id": look([f"EXP-{number:02d}"], np.where(enrolled >= 0, 0, NOBODY)),
            "variant": look(VARIANTS, enrolled),
            "order_id": numbered("O", np.where(order >= 0, order + 1, NOBODY), 9),
        }
    )


def _per_visit(prefix: str, numbers: Ints, width: int, visit: Ints) -> Written:
    """Write one id a visit and repeat it for each event; a negative visit has none."""
    return look(numbered(prefix, numbers, width).series(), visit)
