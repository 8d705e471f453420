from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from mesh_platform.catalog.page.layout import Drawn, lay_out
from mesh_platform.catalog.page.ordering import order_layers
from mesh_platform.catalog.page.placing import place

HEIGHT, GAP = 40.0, 10.0
EDGES = st.lists(
    st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda e: e[0] != e[1]), max_size=30, unique=True
)


def _drawn(edges: list[tuple[int, int]]) -> Drawn[int]:
    return lay_out(dict.fromkeys(sorted({n for edge in edges for n in edge}), HEIGHT), edges, GAP, 4.0)


@settings(deadline=None)
@given(EDGES)
def test_boxes_of_a_layer_never_overlap(edges: list[tuple[int, int]]) -> None:
    drawn = _drawn(edges)
    for layer in drawn.layers:
        for above, below in pairwise(layer):
            assert drawn.tops[below] - drawn.tops[above] >= HEIGHT + GAP - 0.01


@settings(deadline=None)
@given(EDGES)
def test_every_edge_runs_from_left_to_right_unless_it_closes_a_cycle(edges: list[tuple[int, int]]) -> None:
    drawn = _drawn(edges)
    at = drawn.layer_of()
    for (origin, result), backwards, route in zip(edges, drawn.reversed, drawn.routes, strict=True):
        assert (at[origin] < at[result]) is not backwards
        passed = [layer for layer, _ in route]
        between = range(at[origin] + 1, at[result]) if not backwards else range(at[origin] - 1, at[result], -1)
        assert passed == list(between)


@settings(deadline=None)
@given(EDGES.map(lambda edges: [e for e in edges if e[0] < e[1]]))
def test_without_a_cycle_no_edge_runs_backwards(edges: list[tuple[int, int]]) -> None:
    assert not any(_drawn(edges).reversed)


@settings(deadline=None)
@given(EDGES)
def test_the_same_graph_is_drawn_the_same(edges: list[tuple[int, int]]) -> None:
    assert _drawn(edges) == _drawn(edges)


def test_layers_are_ordered_so_that_lines_do_not_cross() -> None:
    crossed = order_layers([["a", "b", "c"], ["z", "y", "x"]], [("a", "x"), ("b", "y"), ("c", "z")])
    assert [crossed[1].index(end) for end in ("x", "y", "z")] == [crossed[0].index(s) for s in ("a", "b", "c")]


def test_a_chain_is_a_straight_line() -> None:
    drawn = lay_out(dict.fromkeys("abcd", HEIGHT), [("a", "b"), ("b", "c"), ("c", "d")], GAP, 4.0)
    assert len({round(top, 3) for top in drawn.tops.values()}) == 1


def test_a_box_stands_in_the_middle_of_what_it_is_for() -> None:
    tops = place([["a"], ["x", "y", "z"]], [("a", "x"), ("a", "y"), ("a", "z")], dict.fromkeys("axyz", HEIGHT), GAP)
    assert round(tops["a"], 3) == round(tops["y"], 3)


def test_a_source_stands_next_to_its_first_use() -> None:
    drawn = _drawn([(0, 1), (1, 2), (2, 3), (9, 3)])
    assert drawn.layer_of()[9] == 2
