from pathlib import Path

import pytest

from mesh_platform.errors import BadContract, UnknownName
from mesh_platform.lineage.graph import ColumnGraph
from platform_tests.lineage_tests.documents import product, source, write_mesh


@pytest.fixture
def contracts(tmp_path: Path) -> Path:
    return write_mesh(tmp_path / "contracts")


@pytest.fixture
def graph(contracts: Path) -> ColumnGraph:
    return ColumnGraph.read(contracts)


def test_a_landed_column_is_followed_to_the_prediction_it_goes_into(graph: ColumnGraph) -> None:
    assert graph.down("landing/shop/sales.price") == (
        "shop_raw.sales.price",
        "shop.orders.amount",
        "crm.people.spent",
        "crm.models.churn",
        "crm.risk.worth",
        "crm.risk.risk",
    )


def test_a_prediction_is_followed_back_to_what_landed(graph: ColumnGraph) -> None:
    assert graph.up("crm.risk.risk") == (
        "crm.models.churn",
        "crm.people.spent",
        "shop.orders.day",
        "shop.orders.amount",
        "shop_raw.sales._day",
        "landing/shop/sales.sold_at",
        "shop_raw.sales.price",
        "landing/shop/sales.price",
    )
    assert graph.up("crm.risk.risk", depth=2) == ("crm.models.churn", "crm.people.spent", "shop.orders.day")


def test_one_step_names_the_model_and_can_see_through_it(graph: ColumnGraph) -> None:
    assert graph.direct_origins("crm.risk.worth") == ("crm.models.churn", "crm.people.spent")
    assert graph.origin_columns("crm.risk.worth") == ("crm.people.spent", "shop.orders.day")
    assert graph.direct_uses("crm.people.spent") == ("crm.models.churn", "crm.risk.worth")
    assert graph.direct_origins("shop.orders.lines") == ()


def test_what_the_ingest_adds_does_not_land_and_the_day_is_taken_from_the_event_time(graph: ColumnGraph) -> None:
    assert graph.columns("landing/shop/sales") == ("id", "price", "sold_at")
    assert graph.columns("shop_raw.sales") == ("id", "price", "sold_at", "_line", "_day")
    assert graph.direct_origins("shop_raw.sales._day") == ("landing/shop/sales.sold_at",)
    assert graph.direct_origins("shop_raw.sales._line") == ()


def test_tables_are_linked_by_their_columns_and_by_what_they_are_declared_to_read(graph: ColumnGraph) -> None:
    assert graph.table_origins("crm.risk") == ("crm.models.churn", "crm.people", "shop.orders", "shop.stores")
    assert graph.table_uses("shop.orders") == ("crm.models.churn", "crm.people", "crm.risk")
    assert graph.table_uses("shop.stores") == ("crm.risk",), "it is only joined or filtered by"
    assert graph.table_origins("shop_raw.sales") == ("landing/shop/sales",)
    assert graph.tables() == (
        *("crm.models.churn", "crm.people", "crm.risk", "landing/shop/sales"),
        *("shop.orders", "shop.stores", "shop_raw.sales"),
    )


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("shop.orders.amuont", "no column of shop.orders 'amuont'; did you mean 'amount'?"),
        ("shop.order.amount", "no table or column 'shop.order.amount'; did you mean 'shop.orders'?"),
        ("orders.amount", "no table or column 'orders.amount'; did you mean 'shop.orders.amount'?"),
        ("crm.models.chrun", "no table or column 'crm.models.chrun'; did you mean 'crm.models.churn'?"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_one(graph: ColumnGraph, asked: str, said: str) -> None:
    for question in (graph.up, graph.down, graph.direct_origins, graph.direct_uses, graph.view):
        with pytest.raises(UnknownName) as caught:
            question(asked)
        assert str(caught.value) == said


def test_an_unknown_table_has_no_columns(graph: ColumnGraph) -> None:
    with pytest.raises(UnknownName, match=r"no table 'shop\.ordes'; did you mean 'shop\.orders'"):
        graph.columns("shop.ordes")


def test_a_cycle_is_refused_and_named(contracts: Path) -> None:
    product(contracts, "shop.orders", {"amount": (["crm.people.spent"], "sql")})
    with pytest.raises(BadContract, match=r"crm\.people\.spent ← shop\.orders\.amount ← crm\.people\.spent \(rule"):
        ColumnGraph.read(contracts)


def test_a_column_of_itself_is_a_cycle(contracts: Path) -> None:
    product(contracts, "shop.stores", {"id": (["shop.stores.id"], "declared")})
    with pytest.raises(BadContract, match=r"cycle: shop\.stores\.id ← shop\.stores\.id \("):
        ColumnGraph.read(contracts)


def test_a_cycle_is_never_kept(contracts: Path, tmp_path: Path) -> None:
    product(contracts, "shop.stores", {"id": (["shop.stores.id"], "declared")})
    for _ in range(2):
        with pytest.raises(BadContract, match="cycle"):
            ColumnGraph.read(contracts, tmp_path / "kept.json")


def test_columns_of_an_older_major_version_stay_known_and_the_newest_says_where_the_others_come_from(
    contracts: Path,
) -> None:
    columns = {"id": (["shop_raw.sales._line"], "sql"), "total": (["shop_raw.sales.price"], "sql")}
    product(contracts, "shop.orders", columns, major=10)  # type: ignore[arg-type]
    graph = ColumnGraph.read(contracts)
    assert graph.columns("shop.orders") == ("id", "total", "amount", "day", "lines")
    assert graph.direct_origins("shop.orders.id") == ("shop_raw.sales._line",)
    assert graph.direct_origins("shop.orders.amount") == ("shop_raw.sales.price",)


def test_keeping_changes_no_answer(contracts: Path, tmp_path: Path) -> None:
    kept = tmp_path / "home" / "kept.json"
    assert ColumnGraph.read(contracts, kept) == ColumnGraph.read(contracts, kept) == ColumnGraph.read(contracts)


def test_a_document_that_changed_is_read_again(contracts: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    ColumnGraph.read(contracts, kept)
    product(contracts, "crm.people", {"id": (["shop.orders.day"], "sql")})
    (contracts / "crm" / "risk" / "v1.odcs.yaml").unlink()
    graph = ColumnGraph.read(contracts, kept)
    assert graph.direct_origins("crm.people.id") == ("shop.orders.day",)
    assert "crm.models.churn" not in graph.tables()
    assert graph == ColumnGraph.read(contracts)


@pytest.mark.parametrize("spoilt", ["", "{", "[]", '{"form": "0", "documents": 3}'])
def test_a_kept_file_that_cannot_be_used_is_made_anew(contracts: Path, tmp_path: Path, spoilt: str) -> None:
    kept = tmp_path / "kept.json"
    kept.write_text(spoilt)
    assert ColumnGraph.read(contracts, kept) == ColumnGraph.read(contracts)
    assert len(kept.read_text()) > len(spoilt)


@pytest.mark.parametrize("text", ["a: [", "- 1", "domain: shop", "domain: shop\nschema: []"])
def test_a_document_that_cannot_be_understood_is_named(contracts: Path, text: str) -> None:
    (contracts / "shop" / "orders" / "v1.odcs.yaml").write_text(text)
    with pytest.raises(BadContract, match=r"orders/v1\.odcs\.yaml: can't be .*; export the contracts again"):
        ColumnGraph.read(contracts)


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadContract, match="no such folder of published contracts"):
        ColumnGraph.read(tmp_path / "nowhere")


def test_a_source_called_like_a_version_is_no_product(contracts: Path) -> None:
    source(contracts, "shop", "v1", delivered=("id",), event_time="id")
    assert "shop_raw.v1" in ColumnGraph.read(contracts).tables()
