"""A run knows beforehand what it can make, what lacks a source, and what nothing changed."""

from datetime import date

from mesh_platform.orchestrate.agenda import Agenda, draw_up
from mesh_platform.pipeline.days import Days
from mesh_platform.pipeline.landed import landed_days
from mesh_platform.pipeline.steps import refresh_product
from mesh_platform.product import DataProduct, Domain, InputPort, Source
from platform_tests.pipeline_tests.kiosk import CAFE, KIOSK, MONDAY, OWNER, TUESDAY, WEDNESDAY, Goods, Mesh, write

BAKERY = Domain(
    "bakery",
    OWNER,
    "Reads the café.",
    products=(
        DataProduct("bread", Goods, "1.0.0", "fct_bread", inputs=(InputPort("cafe.menu", ("item",), "Bakes."),)),
    ),
)


def look(mesh: Mesh, *domains: Domain, forced: Days = frozenset()) -> Agenda:
    return draw_up(domains or (KIOSK,), mesh.lake, mesh.settings, landed_days(mesh.settings.landing), forced)


def up_to_date(mesh: Mesh) -> None:
    """Bring the kiosk to where nothing is left to do."""
    mesh.land(MONDAY, ("1", MONDAY, "tea", 2))
    mesh.land(TUESDAY, ("2", TUESDAY, "tea", 2))
    mesh.ingest()
    for product in KIOSK.products:
        refresh_product(KIOSK, product, mesh.context())


def test_nothing_landed_feeds_nothing_and_each_product_says_what_it_lacks(mesh: Mesh) -> None:
    found = look(mesh, KIOSK, CAFE, BAKERY)
    assert found.fed == {"kiosk": (), "cafe": (), "bakery": ()}
    assert found.lacking == {
        "kiosk.daily": "lacks source kiosk/sold",
        "kiosk.totals": "lacks source kiosk/sold",
        "cafe.menu": "lacks source cafe/goods",
        "bakery.bread": "lacks product cafe.menu",
    }
    assert (found.working, found.days) == (frozenset(), None)


def test_what_a_product_lacks_is_lacking_to_its_readers_and_to_theirs(mesh: Mesh) -> None:
    mesh.land(MONDAY, ("1", MONDAY, "tea", 2))
    found = look(mesh, KIOSK, CAFE, BAKERY)
    assert found.fed == {"kiosk": ("daily", "totals"), "cafe": (), "bakery": ()}
    assert found.lacking == {
        "cafe.menu": "lacks source cafe/goods",
        "bakery.bread": "lacks product cafe.menu",
    }


def test_a_product_that_is_published_feeds_its_readers_though_its_domain_does_not_run(mesh: Mesh) -> None:
    write(mesh.settings.landing / "cafe" / "goods" / f"goods_{MONDAY}.csv", "item,price")
    assert look(mesh, CAFE).lacking == {"cafe.menu": "lacks product kiosk.daily"}
    up_to_date(mesh)
    assert look(mesh, CAFE).fed == {"cafe": ("menu",)}


def test_a_first_run_covers_all_that_has_landed(mesh: Mesh) -> None:
    mesh.land(MONDAY, ("1", MONDAY, "tea", 2))
    mesh.land(WEDNESDAY, ("2", WEDNESDAY, "tea", 2))
    found = look(mesh)
    assert found.sources == {"kiosk": ("sold",)}
    assert found.working == {"kiosk"}
    assert found.days == (MONDAY, WEDNESDAY)


def test_nothing_new_leaves_nothing_to_do(mesh: Mesh) -> None:
    up_to_date(mesh)
    found = look(mesh)
    assert found.working == frozenset()
    assert found.fed == {"kiosk": ("daily", "totals")}
    assert found.days == (TUESDAY, TUESDAY)


def test_a_new_file_makes_its_day_pending_and_wakes_the_readers(mesh: Mesh) -> None:
    up_to_date(mesh)
    mesh.land(WEDNESDAY, ("3", MONDAY, "tea", 1))
    found = look(mesh, KIOSK, CAFE, BAKERY)
    assert found.days == (WEDNESDAY, WEDNESDAY)
    assert found.working == {"kiosk", "cafe", "bakery"}, "whoever reads what may change looks at it"


def test_rows_that_are_ingested_but_not_published_are_work_left_over(mesh: Mesh) -> None:
    up_to_date(mesh)
    mesh.land(WEDNESDAY, ("3", WEDNESDAY, "tea", 1))
    mesh.ingest()
    assert look(mesh).working == {"kiosk"}, "a run that died after ingesting left it"


def test_a_forced_day_is_work_though_nothing_changed(mesh: Mesh) -> None:
    up_to_date(mesh)
    found = look(mesh, forced=frozenset({MONDAY}))
    assert found.working == {"kiosk"}
    assert found.days == (MONDAY, MONDAY)


def test_only_a_changed_domain_and_its_readers_have_work(mesh: Mesh) -> None:
    up_to_date(mesh)
    write(mesh.settings.landing / "cafe" / "goods" / f"goods_{date(2026, 1, 8)}.csv", "item,price\ntea,1")
    assert look(mesh, KIOSK, CAFE).working == {"cafe"}


def test_a_product_of_sources_that_may_be_empty_waits_for_the_first_file_and_not_for_its_rows(mesh: Mesh) -> None:
    tips = DataProduct("tips", Goods, "1.0.0", "fct_tips", sources=("tips",))
    shop = Domain("kiosk", OWNER, "Tips.", (Source("tips", Goods, "csv", "jar", may_be_empty=True),), (tips,))
    assert look(mesh, shop).lacking == {"kiosk.tips": "lacks source kiosk/tips: nothing has landed yet"}
    write(mesh.settings.landing / "kiosk" / "tips" / f"tips_{MONDAY}.csv", "item,price")
    assert look(mesh, shop).fed == {"kiosk": ("tips",)}


def test_a_source_that_may_be_empty_holds_up_no_product_that_has_another_one(mesh: Mesh) -> None:
    mixed = DataProduct("till", Goods, "1.0.0", "fct_till", sources=("goods", "tips"))
    sources = Source("goods", Goods, "csv", "till"), Source("tips", Goods, "csv", "jar", may_be_empty=True)
    write(mesh.settings.landing / "kiosk" / "goods" / f"goods_{MONDAY}.csv", "item,price")
    assert look(mesh, Domain("kiosk", OWNER, "Both.", sources, (mixed,))).fed == {"kiosk": ("till",)}
