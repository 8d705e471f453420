from pathlib import Path

import pytest

from mesh_platform.lineage.graph import ColumnGraph
from mesh_platform.lineage.graph_tree import Branch, grown
from platform_tests.lineage_tests.documents import write_mesh

DIAMOND = {"a": ("b", "c"), "b": ("d",), "c": ("d",), "d": ("e",), "e": ()}


def _written(branch: Branch) -> str:
    below = " ".join(map(_written, branch.branches))
    return f"{branch.node}{'^' if branch.again else ''}{f'+{branch.cut}' if branch.cut else ''}" + (
        f"({below})" if below else ""
    )


def test_what_is_reached_twice_is_drawn_once() -> None:
    assert _written(grown("a", DIAMOND.__getitem__)) == "a(b(d(e)) c(d^))"


def test_a_depth_says_what_it_leaves_out() -> None:
    assert _written(grown("a", DIAMOND.__getitem__, 1)) == "a(b+1 c+1)"


def test_a_wide_graph_is_drawn_in_its_size_and_not_in_the_number_of_its_paths() -> None:
    layers = {f"{level}.{n}": tuple(f"{level + 1}.{m}" for m in range(9)) for level in range(30) for n in range(9)}
    tree = grown("0.0", lambda node: layers.get(node, ()))
    assert _written(tree).count("29.8") == 9, "each edge once, of 9 ** 30 paths"


@pytest.fixture
def graph(tmp_path: Path) -> ColumnGraph:
    return ColumnGraph.read(write_mesh(tmp_path))


def test_a_step_into_another_domain_is_marked(graph: ColumnGraph) -> None:
    [people] = graph.view("shop.orders.amount").tree("down").branches
    assert people.node == "crm.people.spent"
    assert people.crosses
    assert not any(branch.crosses for branch in people.branches)
    [raw] = graph.view("shop.orders.amount").tree("up").branches
    assert (raw.node, raw.crosses, raw.branches[0].crosses) == ("shop_raw.sales.price", False, False)


def test_every_node_says_what_it_is_and_how_it_is_made(graph: ColumnGraph) -> None:
    view = graph.view("crm.risk.worth")
    assert view.about("crm.risk.worth") == {
        "name": "crm.risk.worth",
        "kind": "product",
        "domain": "crm",
        "basis": "declared",
        "logic": "crm.fct_risk",
        "origins": ["crm.models.churn", "crm.people.spent"],
    }
    nodes = ("crm.models.churn", "shop_raw.sales.id", "landing/shop/sales.id")
    assert [(view.about(n)["kind"], view.about(n)["domain"]) for n in nodes] == [
        ("model", "crm"),
        ("raw", "shop"),
        ("landing", "shop"),
    ]


def test_a_table_is_looked_at_among_tables_and_a_model_among_columns(graph: ColumnGraph) -> None:
    assert graph.view("crm.people").reached("up") == {"shop.orders": 1, "shop_raw.sales": 2, "landing/shop/sales": 3}
    assert graph.view("crm.models.churn").reached("up", 1) == {"crm.people.spent": 1, "shop.orders.day": 1}
