from mesh_platform.catalog.page.graph import Asked, Shown, lineage_page
from mesh_platform.catalog.page.lineage import Edges, part_of, without
from mesh_platform.catalog.page.metadata import metadata_of
from mesh_platform.catalog.page.site import Site

from .proposals import aspects, column, dataset, domain, field, large_mesh, table

ORDERS, RAW, LANDED = dataset("sales.orders"), dataset("sales_raw.lines"), dataset("landing/sales/lines", "file")
MART, RISK = dataset("sales.fct", "dbt"), dataset("customers.churn_risk")
MODEL = "urn:li:mlModel:(urn:li:dataPlatform:mlflow,customers.churn.v1,PROD)"
PRODUCT = "urn:li:dataProduct:sales.orders"


def _page(site: Site, urn: str, **asked: object):  # type: ignore[no-untyped-def]
    return lineage_page(site, site.metadata.entities[urn], Asked(urn, **asked))  # type: ignore[arg-type]


def _titles(site: Site, urn: str, **asked: object) -> set[str]:
    return {box.label.title for box in _page(site, urn, **asked).picture.boxes}


def _names(items: tuple[Shown, ...]) -> list[str]:
    return [name for item in items for name in (item.text, *_names(item.below))]


def test_a_tables_lineage_goes_from_the_landed_file_to_the_predictions(site: Site) -> None:
    assert _titles(site, ORDERS) == {"landing/sales/lines", "sales_raw.lines", "sales.orders", "customers.churn_risk"}
    assert _titles(site, ORDERS, direction="up") == {"landing/sales/lines", "sales_raw.lines", "sales.orders"}
    assert _titles(site, ORDERS, direction="down") == {"sales.orders", "customers.churn_risk"}


def test_dbt_models_are_drawn_where_they_are_asked_for(site: Site) -> None:
    assert "sales.fct" in _titles(site, ORDERS, details=True)
    assert "sales.fct" in _titles(site, MART)


def test_a_model_comes_before_what_it_predicts(site: Site) -> None:
    assert MODEL in site.lineage.products.up[RISK]
    assert _names(_page(site, MODEL).uses) == ["customers.churn_risk"]


def test_a_columns_lineage_passes_through_every_table(site: Site) -> None:
    page = _page(site, PRODUCT, column="net_amount")
    rows = {f"{box.label.title}.{row.name}" for box in page.picture.boxes for row in box.rows}
    assert rows == {
        "landing/sales/lines.price",
        "sales_raw.lines.price",
        "sales.orders.net_amount",
        "customers.churn_risk.probability",
    }
    assert _names(page.origins) == ["sales_raw.lines.price", "landing/sales/lines.price"]
    assert _names(page.uses) == ["customers.churn_risk.probability"]


def test_the_list_says_all_that_the_drawing_shows(site: Site) -> None:
    wide = Site(metadata_of(large_mesh(60, 2, domains=3)))
    page = _page(wide, "urn:li:dataProduct:domain0.campaign_product_0030")
    assert {*_names(page.origins), *_names(page.uses)} == {b.label.title for b in page.picture.boxes if not b.focus}
    assert len(page.picture.boxes) == page.nodes


def test_a_collapsed_domain_is_one_box_that_leads_to_itself_expanded(site: Site) -> None:
    sales = "urn:li:domain:sales"
    page = _page(site, RISK, collapsed=frozenset({sales}))
    assert {box.label.title for box in page.picture.boxes} == {"Sales", "customers.churn_risk", "customers.churn.v1"}
    assert page.nodes == 5
    box = next(box for box in page.picture.boxes if box.label.title == "Sales")
    assert box.label.address == Asked(RISK).address


def test_a_domain_is_collapsed_among_columns_too(site: Site) -> None:
    page = _page(site, RISK, column="probability", collapsed=frozenset({"urn:li:domain:sales"}))
    assert {box.label.title for box in page.picture.boxes} == {"Sales", "customers.churn_risk"}
    assert len(page.picture.lines) == 1


def test_a_lineage_too_large_to_read_is_drawn_in_whole_steps_and_says_so() -> None:
    wide = Site(metadata_of(large_mesh(400, 1, domains=3)))
    page = _page(wide, "urn:li:dataProduct:domain0.campaign_product_0000")
    assert page.more
    assert page.nodes <= 250
    steps = part_of(
        wide.lineage.products, (dataset("domain0.campaign_product_0000"),), "both", page.depth, 10_000
    ).steps
    assert len(steps) == page.nodes


def test_an_asked_depth_is_kept(site: Site) -> None:
    assert _titles(site, ORDERS, depth=1) == {"sales_raw.lines", "sales.orders", "customers.churn_risk"}
    assert _page(site, ORDERS, depth=1).more
    assert not _page(site, ORDERS, depth=2).more


def test_what_is_only_possible_is_drawn_apart_from_what_is_certain() -> None:
    made = table("d.b", [field("x"), field("y")], domain="d", origins={"x": [column(dataset("d.a"), "x")]})
    lineage = next(p for p in made if p["aspectName"] == "upstreamLineage")["aspect"]["json"]["fineGrainedLineages"]
    lineage.append({**lineage[0], "downstreams": [column(dataset("d.b"), "y")], "confidenceScore": 0.5})
    site = Site(metadata_of([*domain("d"), *table("d.a", [field("x")], domain="d"), *made]))
    assert [line.presumed for line in _page(site, dataset("d.b"), column="x").picture.lines] == [False]
    assert [line.presumed for line in _page(site, dataset("d.b"), column="y").picture.lines] == [True]


def test_a_cycle_is_drawn_and_listed_once() -> None:
    a, b = dataset("d.a"), dataset("d.b")
    mesh = [
        *domain("d"),
        *table("d.a", [field("x")], domain="d", upstreams=[b]),
        *table("d.b", [field("x")], domain="d", upstreams=[a]),
    ]
    page = _page(Site(metadata_of(mesh)), a)
    assert len(page.picture.boxes) == 2
    assert len(page.picture.lines) == 2


def test_hidden_nodes_are_passed_through_even_in_a_row() -> None:
    edges = Edges.of([("a", "m1"), ("m1", "m2"), ("m2", "z"), ("a", "b")])
    assert without(edges, {"m1", "m2"}).up == {"z": ("a",), "b": ("a",)}


def test_lineage_to_what_is_not_described_is_left_out() -> None:
    mesh = [*domain("d"), *table("d.a", [field("x")], domain="d", upstreams=[dataset("d.gone")])]
    assert len(_page(Site(metadata_of(mesh)), dataset("d.a")).picture.boxes) == 1


def test_features_stand_between_a_table_and_its_model_only_where_asked_for() -> None:
    feature = "urn:li:mlFeature:(d.a,x)"
    mesh = [
        *domain("d"),
        *table("d.a", [field("x")], domain="d"),
        *aspects(feature, mlFeatureProperties={"sources": [dataset("d.a")]}),
        *aspects(MODEL, mlModelProperties={"mlFeatures": [feature]}),
    ]
    site = Site(metadata_of(mesh))
    assert _titles(site, MODEL) == {"d.a", "customers.churn.v1"}
    assert _titles(site, MODEL, details=True) == {"d.a", "x", "customers.churn.v1"}
