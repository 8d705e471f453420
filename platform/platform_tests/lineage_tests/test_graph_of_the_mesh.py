"""The published documents of this mesh: from what lands to what is predicted, and back."""

from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

import mesh_platform
from mesh_platform.cli.main import app
from mesh_platform.errors import UnknownName
from mesh_platform.lineage.graph import ColumnGraph
from mesh_platform.lineage.graph_nodes import kind_of, table_of

CONTRACTS = Path(mesh_platform.__file__).parents[3] / "contracts"


@pytest.fixture(scope="module")
def graph() -> ColumnGraph:
    return ColumnGraph.read(CONTRACTS)


def test_a_landed_price_is_followed_through_sql_domains_features_and_a_model_to_a_prediction(
    graph: ColumnGraph,
) -> None:
    way = (
        "landing/sales/order_lines.unit_price",
        "sales_raw.order_lines.unit_price",
        "sales.orders.net_amount",
        "customers.customer_360.net_amount_28d",
        "customers.models.churn",
        "customers.churn_risk.churn_probability",
        "customers.model_health.value",
    )
    for near, far in pairwise(way):
        assert far in graph.direct_uses(near), f"{near} goes into {far}"
        assert near in graph.direct_origins(far), f"{far} comes from {near}"
    assert set(way[1:]) <= set(graph.down(way[0]))
    assert set(way[:-1]) <= set(graph.up(way[-1]))


@pytest.mark.parametrize(
    ("column", "origins"),
    [
        ("sales.orders.order_id", ["sales_raw.order_lines.order_id"]),
        ("sales.orders.lines", []),
        (
            "sales.orders.net_amount",
            [f"sales_raw.order_lines.{c}" for c in ("discount", "quantity", "unit_price")],
        ),
        ("sales.fraud_scores.probability", ["sales.models.fraud"]),
        ("sales.fraud_scores.expected_loss", ["sales.models.fraud", "sales.order_features.amount"]),
        ("sales.fraud_scores.predicted_from", []),
        ("inventory.demand_features.list_price", ["inventory_raw.product_master.list_price"]),
        ("customers.voice_sentiment.week", ["customers_raw.posts._day"]),
        (
            "customers.voice_sentiment.mean_sentiment_unrated",
            ["customers.post_sentiment.sentiment", "customers_raw.posts.rating"],
        ),
        ("marketing.campaign_performance.treated", ["marketing_raw.campaign_audience.arm"]),
    ],
)
def test_columns_whose_code_can_be_read_come_from_what_it_says(
    graph: ColumnGraph, column: str, origins: list[str]
) -> None:
    assert list(graph.direct_origins(column)) == origins


def test_the_features_of_a_model_are_not_what_only_checks_its_fairness(graph: ColumnGraph) -> None:
    features = graph.direct_origins("sales.models.fraud")
    assert "sales.order_features.card_spent_1h" in features
    assert "customers.customers.birth_date" not in features


def test_every_published_column_says_how_it_comes_about(graph: ColumnGraph) -> None:
    silent = [node for node, said in graph.ancestry.items() if kind_of(node) == "product" and not said.basis]
    assert silent == []


def test_every_origin_is_a_column_that_some_document_describes(graph: ColumnGraph) -> None:
    described = {node for node, said in graph.ancestry.items() if said.basis or kind_of(node) == "landing"}
    origins = {origin for said in graph.ancestry.values() for origin in said.origins}
    assert sorted(origins - described) == []


def test_every_column_of_a_source_comes_from_what_lands_or_from_the_ingest(graph: ColumnGraph) -> None:
    added = {"_file", "_line", "ingested_at"}
    raw = [node for node in graph.ancestry if kind_of(node) == "raw"]
    assert len(raw) > 100
    for node in raw:
        assert bool(graph.direct_origins(node)) != (node.rpartition(".")[2] in added), node
        assert {kind_of(origin) for origin in graph.direct_origins(node)} <= {"landing"}


def test_every_table_that_feeds_a_column_is_declared_to_be_read(graph: ColumnGraph) -> None:
    for node, said in graph.ancestry.items():
        if kind_of(node) == "product":
            fed_by = {table_of(o) for o in graph.origin_columns(node)} - {table_of(node)}
            assert fed_by <= set(graph.table_inputs[table_of(node)]), (node, said)


@pytest.fixture
def mesh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    monkeypatch.setenv("MESH_ROOT", str(CONTRACTS.parent))
    monkeypatch.setenv("MESH_HOME", str(tmp_path / "home"))
    return CliRunner()


def test_the_command_draws_a_tree_of_both_directions(mesh: CliRunner) -> None:
    said = mesh.invoke(app, ["lineage", "sales.orders.net_amount", "--depth", "2"]).output
    up, down = said.split("goes into")
    lines = up.splitlines()
    assert lines[0].split() == ["sales.orders.net_amount", "product,", "dbt", "sales.fct_orders"]
    assert lines[2] == "comes from (6)"
    assert lines[3].split() == ["├──", "sales_raw.order_lines.discount", "raw"]
    assert lines[4].split() == ["│", "└──", "landing/sales/order_lines.discount", "landing"]
    crossing = [line for line in down.splitlines() if "customers.customer_360.net_amount_28d " in line]
    assert crossing[0].endswith("product, dbt customers.fct_customer_360, ⇄ domain customers")


def test_the_command_goes_one_way_when_asked(mesh: CliRunner) -> None:
    up = mesh.invoke(app, ["lineage", "sales.orders.net_amount", "--up"]).output
    down = mesh.invoke(app, ["lineage", "sales.orders.net_amount", "--down"]).output
    assert "comes from" in up
    assert "goes into" not in up
    assert "goes into" in down
    assert "comes from" not in down


def test_machines_get_every_node_with_its_steps_and_origins(mesh: CliRunner) -> None:
    import json

    said = json.loads(mesh.invoke(app, ["lineage", "sales.fraud_scores.probability", "--up", "--json"]).output)
    assert (said["name"], said["kind"], said["basis"]) == ("sales.fraud_scores.probability", "product", "model")
    assert "down" not in said
    assert said["up"][0] | {"origins": []} == {
        "steps": 1,
        "name": "sales.models.fraud",
        "kind": "model",
        "domain": "sales",
        "basis": "model",
        "logic": "",
        "origins": [],
    }
    assert {"landing", "raw", "product", "model"} == {node["kind"] for node in said["up"]}


def test_a_table_is_shown_among_tables(mesh: CliRunner) -> None:
    said = mesh.invoke(app, ["lineage", "sales.fraud_scores", "--up", "--depth", "1"]).output
    assert [line.split()[1] for line in said.splitlines()[3:]] == [
        *("customers.customers", "sales.models.fraud", "sales.order_features", "sales_raw.fraud_reports"),
    ]


def test_an_unknown_name_ends_with_a_suggestion(mesh: CliRunner) -> None:
    error = mesh.invoke(app, ["lineage", "sales.orders.net_amont"]).exception
    assert isinstance(error, UnknownName)
    assert str(error) == "no column of sales.orders 'net_amont'; did you mean 'net_amount'?"
