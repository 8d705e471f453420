"""Whom each change breaks, and which version it takes.

Consumers are reached directly, where they read what changed, and through column lineage, where they read what is
computed from it. A change that stops the runs downstream breaks those who read their results; any other puts them at
risk.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Protocol

from mesh_platform.contract.consumers import PRODUCT_KIND, Consumer, Use
from mesh_platform.contract.diff.change import Change, Effect, Level
from mesh_platform.errors import UnknownName

_TAKEN_AWAY: Final = ("column removed", "column renamed")


class Lineage(Protocol):
    """What the verdicts ask of the column lineage."""

    def direct_uses(self, column: str) -> Iterable[str]:
        """List the nodes that are computed from a column in one step."""
        ...


@dataclass(frozen=True, slots=True)
class Hit:
    """A consumer whom a change reaches.

    Args:
        consumer: Who.
        columns: What they read that the change reaches, such as "sales.daily_sales.net_amount".
        effect: What it does to them.
        through: The way from what changed to the first of those columns; one step where they read it themselves.
        purpose: What they read it for.
    """

    consumer: Consumer
    columns: tuple[str, ...]
    effect: Effect
    through: tuple[str, ...]
    purpose: str

    @property
    def is_direct(self) -> bool:
        """Whether they read what changed themselves."""
        return len(self.through) <= 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a change takes.

    Args:
        change: The change.
        hits: The consumers whom it reaches, the broken ones first.
        level: The version that it demands, with regard to those.
    """

    change: Change
    hits: tuple[Hit, ...]
    level: Level

    @property
    def effect(self) -> Effect:
        """The worst that it does to anybody."""
        return max((hit.effect for hit in self.hits), default=Effect.UNAFFECTED)


def verdicts(
    changes: Iterable[Change], consumers: Sequence[Consumer], graph: Lineage | None = None, today: date | None = None
) -> list[Verdict]:
    """Judge each change from the producer's side and from each consumer's.

    Args:
        changes: What changed.
        consumers: Registered consumers, and the products that read products, with what they read after the change.
        graph: Column lineage before the change; None looks at direct uses only.
        today: The day on which uses expire and announced removals are due; None for today in UTC.
    """
    day = today or datetime.now(UTC).date()
    return [_verdict(change, consumers, graph, day) for change in changes]


def _verdict(change: Change, consumers: Sequence[Consumer], graph: Lineage | None, day: date) -> Verdict:
    hits: list[Hit] = []
    for consumer in consumers:
        direct = [use for use in consumer.uses if _is_bound(use, change, day) and _is_reached(use, change)]
        if direct:
            hits.append(_direct(change, consumer, direct[0]))
    reached = _downstream(change, consumers, graph, day) if graph else {}
    named = {hit.consumer.name for hit in hits}
    hits += [hit for c in consumers if c.name not in named and (hit := _indirect(change, c, reached, day))]
    ordered = tuple(sorted(hits, key=lambda hit: (-hit.effect, hit.consumer.name)))
    return Verdict(change, ordered, _level(change, ordered, day))


def _level(change: Change, hits: tuple[Hit, ...], day: date) -> Level:
    is_due = change.removable_from is not None and change.removable_from <= day
    if change.kind in _TAKEN_AWAY and is_due and not hits:
        return Level.MINOR
    if change.level is Level.MINOR and any(hit.effect is Effect.BROKEN and hit.is_direct for hit in hits):
        return Level.MAJOR  # the contract alone would let it pass, but somebody relies on it
    return change.level


def _is_bound(use: Use, change: Change, day: date) -> bool:
    return (use.product, use.major) == (change.table, change.major) and day <= use.expires


def _is_reached(use: Use, change: Change) -> bool:
    asked: dict[str, Callable[[], bool]] = {
        "nobody": lambda: False,
        "product": lambda: True,
        "column": lambda: bool(set(change.columns) & set(use.columns)),
        "listing": lambda: bool(set(change.columns) & use.values.keys()),
        "relying": lambda: any(v in use.values.get(c, ()) for c in change.columns for v in change.values),
        "freshness": lambda: use.freshness_hours is not None and use.freshness_hours < (change.hours or 0),
    }
    return asked[change.whom]()


def _direct(change: Change, consumer: Consumer, use: Use) -> Hit:
    read = [column for column in use.columns if column in change.columns] or list(use.columns)
    columns = tuple(f"{use.product}.{column}" for column in read)
    return Hit(consumer, columns, change.effect, columns[:1], use.purpose or consumer.purpose)


def _downstream(change: Change, consumers: Sequence[Consumer], graph: Lineage, day: date) -> dict[str, tuple[str, ...]]:
    """Find what is computed from the changed columns: column → the way to it, changed column first.

    The way stops at a product that does not read the column any more, after the change.
    """
    if change.whom != "column" or change.effect is Effect.UNAFFECTED:
        return {}
    reading = {c.name: c for c in consumers if c.kind == PRODUCT_KIND}
    ways: dict[str, tuple[str, ...]] = {f"{change.table}.{c}": (f"{change.table}.{c}",) for c in change.columns}
    edge = list(ways)
    while edge:
        following = []
        for node in edge:
            for user in _uses(graph, node):
                if user not in ways and _still_reads(reading, change, node, user, day):
                    ways[user] = (*ways[node], user)
                    following.append(user)
        edge = following
    return ways


def _uses(graph: Lineage, node: str) -> list[str]:
    try:
        return sorted(graph.direct_uses(node))
    except UnknownName:  # a column that came with the change
        return []


def _still_reads(reading: dict[str, Consumer], change: Change, node: str, user: str, day: date) -> bool:
    table, _, column = node.rpartition(".")
    consumer = reading.get(user.rpartition(".")[0])
    if table != change.table or consumer is None or table not in {use.product for use in consumer.uses}:
        return True  # a model, or the domain's own SQL, of which no port tells
    bound = [use for use in consumer.uses if _is_bound(use, change, day)]
    return any(column in use.columns for use in bound)


def _indirect(change: Change, consumer: Consumer, reached: dict[str, tuple[str, ...]], day: date) -> Hit | None:
    read = {
        f"{use.product}.{column}": use.purpose or consumer.purpose
        for use in consumer.uses
        if day <= use.expires and use.product != change.table
        for column in use.columns
    }
    found = sorted((column for column in read if column in reached), key=lambda column: len(reached[column]))
    if not found:
        return None
    stopped = change.stops_runs and change.effect is Effect.BROKEN
    return Hit(consumer, tuple(found), Effect.BROKEN if stopped else Effect.AT_RISK, reached[found[0]], read[found[0]])
