"""What an entity did before a moment, as sums over windows that are exact: whole microseconds, whole 1/10,000 EUR.

These are the windows of the SQL that makes sales.order_features: they reach from so many hours before the order to
one microsecond before it. Sums are differences of running totals, so that a store with a hundred thousand orders costs
as little as a card with three.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any, Generic, TypeVar

Prepared = TypeVar("Prepared")

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = 3_600_000_000
"""Microseconds."""
DAY = 24 * HOUR
FORGOTTEN = 60 * DAY
"""What was longer ago is as good as never."""
UNITS = 10_000
"""Money is counted in whole ten-thousandths."""


def moment_of(instant: datetime) -> int:
    """Microseconds since 1970."""
    return (instant - EPOCH) // MICROSECOND


def units_of(amount: Any) -> int:
    """An amount with at most four decimal places in whole ten-thousandths; exact below 10^11, also from a float."""
    return round(float(amount) * UNITS)


@dataclass(frozen=True, slots=True)
class Past:
    """The orders of an entity, oldest first.

    Args:
        moments: When each was placed.
        order_ids: Which each was.
        spent: Running total of what was paid, from 0 before the first.
        refunded: Running total of what was paid back.
        purchases: Running count of orders that cost something.
        returns: Running count of orders that brought something back.
        unmatched: Running total of pieces brought back that nobody is known to have bought; None where the source
            does not tell.
        with_it: Column → what came up with each order, such as its card.
        places: Order → its place.
    """

    moments: array[int]
    order_ids: Sequence[str]
    spent: array[int]
    refunded: array[int]
    purchases: array[int]
    returns: array[int]
    unmatched: array[int] | None
    with_it: Mapping[str, Sequence[str | None]]
    places: Mapping[str, int] = field(default_factory=dict)

    def window(self, moment: int, length: int) -> tuple[int, int]:
        """The first order of the window before a moment, and the one after its last."""
        return bisect_left(self.moments, moment - length), bisect_left(self.moments, moment)


ZERO = array("q", [0])
NOTHING = Past(array("q"), (), ZERO, ZERO, ZERO, ZERO, None, {})


def past_of(found: Mapping[str, Any] | None) -> Past:
    """Prepare what the online store knows of an entity."""
    if not found:
        return NOTHING
    order_ids = list(found["order_id"])
    net = [units_of(amount) for amount in found["net_amount" if "net_amount" in found else "amount"]]
    unmatched = found.get("unmatched_returned_units")
    return Past(
        array("q", [moment_of(instant) for instant in found["ordered_at"]]),
        order_ids,
        _running(max(amount, 0) for amount in net),
        _running(max(-amount, 0) for amount in net),
        _running(amount > 0 for amount in net),
        _running(units > 0 for units in found["returned_units"]),
        None if unmatched is None else _running(pieces or 0 for pieces in unmatched),
        {name: found[name] for name in ("card_id", "device_id", "customer_id", "ip_country") if name in found},
        {order: place for place, order in enumerate(order_ids)},
    )


def _running(values: Iterable[int]) -> array[int]:
    return array("q", accumulate(values, initial=0))


def came_up(past: Past, column: str, moment: int, length: int) -> int:
    """How many in the window before a moment came up with the entity that had not in the 60 days before them.

    Args:
        past: The entity's orders.
        column: What came up with them.
        moment: When.
        length: The window's, microseconds.
    """
    first, end = past.window(moment, length)
    seen: dict[str, tuple[int, int | None]] = {}
    new = 0
    for place in range(bisect_left(past.moments, moment - length - FORGOTTEN), end):
        other, now = past.with_it[column][place], past.moments[place]
        if other is None:
            continue
        last, before = seen.get(other, (None, None))
        earlier = before if last == now else last  # orders of one moment don't see each other
        seen[other] = (now, earlier)
        new += place >= first and (earlier is None or now - earlier > FORGOTTEN)
    return new


class Kept(Generic[Prepared]):
    """What was prepared from large answers of the online store, as long as the store gives the very same answers.

    An answer is never changed by anybody, so the same object has the same content; a store that decodes anew each time
    makes this useless, not wrong. One answer is held of each entity that the store knows.

    Args:
        prepare: Makes it.
    """

    def __init__(self, prepare: Callable[[Mapping[str, Any] | None], Prepared]) -> None:
        self._prepare = prepare
        self._kept: dict[str, tuple[Mapping[str, Any], Prepared]] = {}

    def of(self, entity: str, found: Mapping[str, Any] | None) -> Prepared:
        """Prepare what was found of an entity, or take what was prepared from the same answer before."""
        if found is None:
            self._kept.pop(entity, None)
            return self._prepare(None)
        kept = self._kept.get(entity)
        if kept is None or kept[0] is not found:
            kept = self._kept[entity] = found, self._prepare(found)
        return kept[1]
