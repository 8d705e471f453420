import pytest

from mesh_platform.catalog.page.metadata import metadata_of
from mesh_platform.catalog.page.search import SearchIndex
from mesh_platform.catalog.page.site import Site

from .proposals import domain, field, large_mesh, product, small_mesh, table

ORDERS = "urn:li:dataProduct:sales.orders"


@pytest.mark.parametrize(
    "question",
    [
        "sales.orders",
        "orders",
        "oders",  # a letter is missing
        "orderss",
        "odrers",  # two are swapped
        "net_amount",
        "net amuont",
        "netamount",
        "what the customer pays",  # a column's description
        "RETURNS lower",
        "Net amount orders",
        "personal data order",
        "order confirmed",
    ],
)
def test_a_product_is_found_by_what_people_remember_of_it(site: Site, question: str) -> None:
    found = site.search.ask(question)
    assert ORDERS in [hit.entity.urn for hit in found.hits]
    assert found.all_words


def test_a_name_counts_more_than_a_column_and_a_column_more_than_a_description() -> None:
    mesh = [
        *domain("d"),
        *table("d.described", [field("x")], domain="d", description="All about revenue."),
        *table("d.with_column", [field("revenue")], domain="d"),
        *table("d.revenue", [field("x")], domain="d"),
    ]
    found = SearchIndex(metadata_of(mesh)).ask("revenue", type_="dataset")
    assert [hit.entity.name for hit in found.hits] == ["d.revenue", "d.with_column", "d.described"]


def test_an_equal_word_comes_before_a_typo() -> None:
    mesh = [
        *domain("d"),
        *product("d.stores", domain="d", description=""),
        *product("d.scores", domain="d", description=""),
    ]
    assert SearchIndex(metadata_of(mesh)).ask("scores").hits[0].entity.name == "d.scores"
    assert SearchIndex(metadata_of(mesh)).ask("stores").hits[0].entity.name == "d.stores"


def test_a_number_forgives_no_typo() -> None:
    index = SearchIndex(metadata_of(large_mesh(30, 1)))
    assert [hit.entity.name for hit in index.ask("0012", type_="dataProduct").hits] == ["domain2.campaign_product_0012"]


def test_words_side_by_side_come_before_the_same_words_apart() -> None:
    apart = [field("net_weight"), field("gross_amount")]
    mesh = [
        *domain("d"),
        *table("d.a", apart, domain="d"),
        *table("d.b", [field("net_amount"), field("gross_weight")], domain="d"),
    ]
    assert [hit.entity.name for hit in SearchIndex(metadata_of(mesh)).ask("net amount").hits] == ["d.b", "d.a"]


def test_matching_columns_are_named_best_first(site: Site) -> None:
    hit = next(h for h in site.search.ask("net amount").hits if h.entity.urn == ORDERS)
    assert hit.columns[0] == "net_amount"
    assert "order_id" not in hit.columns


def test_where_nothing_has_every_word_entities_with_some_are_shown(site: Site) -> None:
    found = site.search.ask("orders zeppelin")
    assert not found.all_words
    assert ORDERS in [hit.entity.urn for hit in found.hits]
    assert site.search.ask("zeppelin").total == 0


@pytest.mark.parametrize("question", ["???", "the of a", '"><script>'])
def test_signs_and_stop_words_are_no_mistake(site: Site, question: str) -> None:
    found = site.search.ask(question)
    assert len(found.hits) <= found.total <= site.search.ask("").total


def test_facets_count_what_choosing_them_gives(site: Site) -> None:
    everything = site.search.ask("")
    assert everything.total == sum(everything.types.values())
    for type_, count in everything.types.items():
        assert site.search.ask("", type_=type_).total == count
    for urn, count in everything.domains.items():
        assert site.search.ask("", domain=urn).total == count


def test_pages_show_each_entity_once(site: Site) -> None:
    total = site.search.ask("").total
    shown = [hit.entity.urn for start in range(0, total, 3) for hit in site.search.ask("", start=start, count=3).hits]
    assert len(shown) == len(set(shown)) == total


def test_a_products_table_comes_before_the_raw_one() -> None:
    names = [hit.entity.name for hit in SearchIndex(metadata_of(small_mesh())).ask("price", type_="dataset").hits]
    assert set(names) == {"sales_raw.lines", "landing/sales/lines"}
    hits = SearchIndex(metadata_of(small_mesh())).ask("sales", type_="dataset").hits
    assert hits[0].entity.name == "sales.orders"
