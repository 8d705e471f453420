"""What holds of every difference, whatever changed."""

from itertools import combinations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mesh_platform.contract.consumers import Consumer, Use
from mesh_platform.contract.diff import Change, Effect, Level, differences, verdicts
from mesh_platform.contract.diff.types import widens

from .changes import CHANGES, TODAY
from .interfaces import ORDERS_V1, Edges, Edit, after, before, columns, custom, drop, option, put

NAMES = [column["name"] for column in columns(before()[ORDERS_V1])]
CHANGED = st.lists(st.sampled_from(sorted(CHANGES)), max_size=4, unique=True)


def _apply(names: list[str]) -> dict[str, Any]:
    """Apply changes one after the other; one whose column is gone already changes nothing."""
    now = before()
    for name in names:
        for edit in CHANGES[name][0]:
            try:
                edit(now[ORDERS_V1])
            except StopIteration:
                continue
    return now


@given(CHANGED)
def test_interfaces_are_equal_or_differ_in_something_that_is_named(names: list[str]) -> None:
    now = _apply(names)
    found = differences(before(), now)
    assert bool(found) == (now != before())
    assert all(change.said and change.table == "sales.orders" and change.major == 1 for change in found)
    assert len(set(found)) == len(found)


@given(st.lists(st.sampled_from(NAMES), unique=True, max_size=6), st.sampled_from(NAMES))
def test_a_removed_column_breaks_exactly_those_who_read_it(read: list[str], removed: str) -> None:
    reader = Consumer("reader", "r@shop.example", "report", "reading", (Use("sales.orders", 1, tuple(read)),))
    judged = verdicts(differences(before(), after(drop(removed))), [reader], today=TODAY)
    (gone,) = [verdict for verdict in judged if verdict.change.kind == "column removed"]
    assert [hit.effect for hit in gone.hits] == ([Effect.BROKEN] if removed in read else [])


@given(st.dictionaries(st.integers(0, 12), st.lists(st.integers(0, 12), max_size=4), max_size=12), st.integers(0, 12))
def test_whoever_reads_what_can_be_reached_is_found_even_in_a_tangle(edges: dict[int, list[int]], read: int) -> None:
    def name(node: int) -> str:
        return "sales.orders.net_amount" if node == 0 else f"other.t{node}.c"

    graph = Edges({name(node): [name(user) for user in users] for node, users in edges.items()})
    reached, ahead = {0}, [0]
    while ahead:
        ahead = [user for node in ahead for user in edges.get(node, ()) if user not in reached]
        reached |= set(ahead)
    product, _, column = name(read).rpartition(".")
    reader = Consumer("reader", "r@shop.example", "report", "reading", (Use(product, 1, (column,)),))
    (verdict,) = verdicts(differences(before(), after(drop("net_amount"))), [reader], graph, TODAY)
    assert bool(verdict.hits) == (read in reached)
    for hit in verdict.hits:
        assert hit.through[0] == "sales.orders.net_amount"
        assert hit.through[-1] == name(read)


BOUNDS = st.none() | st.integers(-5, 5)


@given(BOUNDS, BOUNDS, st.booleans(), st.booleans())
def test_a_bound_is_loosened_exactly_where_more_values_pass(
    was: int | None, now: int | None, was_excluded: bool, now_excluded: bool
) -> None:
    def bound(value: int | None, excluded: bool) -> Edit:
        return option("rating", maximum=None, **_bound(value, excluded=excluded))

    found = differences(after(bound(was, was_excluded)), after(bound(now, now_excluded)))
    values = range(-7, 8)
    before_passes = {v for v in values if _passes(v, was, excluded=was_excluded)}
    after_passes = {v for v in values if _passes(v, now, excluded=now_excluded)}
    loosened = any(change.kind == "rule loosened" for change in found)
    if not (was is not None and now is not None and was_excluded != now_excluded):  # 4 < x and 5 <= x: equal integers
        assert loosened == bool(after_passes - before_passes)
    assert loosened or after_passes <= before_passes


def _bound(value: int | None, *, excluded: bool) -> dict[str, int | None]:
    return {
        "minimum": None if excluded else value,
        "exclusiveMinimum": value if excluded else None,
    }


def _passes(value: int, bound: int | None, *, excluded: bool) -> bool:
    return bound is None or (value > bound if excluded else value >= bound)


TYPES = [
    "int",
    "long",
    "float",
    "double",
    "date",
    "string",
    *(f"decimal({p},{s})" for p in (9, 10, 18) for s in (2, 4)),
]


def test_widening_goes_one_way() -> None:
    assert not any(widens(a, b) and widens(b, a) for a, b in combinations(TYPES, 2))
    assert not any(widens(kind, kind) for kind in TYPES)
    assert all(widens(a, c) for a in TYPES for b in TYPES for c in TYPES if widens(a, b) and widens(b, c))


@given(st.sampled_from(sorted(CHANGES)), st.sampled_from(["put", "custom"]))
def test_an_unrelated_description_adds_a_harmless_change_and_alters_no_other(name: str, way: str) -> None:
    more = put("paid", description="Whether it was paid") if way == "put" else custom("paid", unit="yes or no")
    alone = differences(before(), after(*CHANGES[name][0]))
    both = differences(before(), after(*CHANGES[name][0], more))

    def told(changes: list[Change]) -> set[Change]:
        return {change for change in changes if change.kind not in ("other", "columns reordered")}

    assert told(alone) <= told(both)
    assert all(change.level is Level.NONE for change in told(both) - told(alone))
