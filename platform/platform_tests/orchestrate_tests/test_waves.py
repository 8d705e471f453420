"""Domains run in as few runs as their products' inputs allow, and never before what they read."""

from dataclasses import replace

import pytest

from mesh_platform.contract import Contract, column
from mesh_platform.discover import installed_domains
from mesh_platform.errors import BadContract
from mesh_platform.orchestrate.waves import DomainRun, waves
from mesh_platform.product import DataProduct, Domain, InputPort
from platform_tests.pipeline_tests.kiosk import OWNER, Goods


class Pointing(Contract):
    """Points to a product of sales. Grain: one row per item."""

    item: str = column("What.", key=True, references="sales.goods.item")


def product(name: str, *reads: str) -> DataProduct:
    ports = tuple(InputPort(read, ("item",), "Tests.") for read in reads)
    return DataProduct(name, Goods, "1.0.0", f"fct_{name}", inputs=ports)


def domain(name: str, *products: DataProduct) -> Domain:
    return Domain(name, OWNER, "For tests.", products=products)


def test_domains_that_read_nobody_run_at_once_and_once() -> None:
    shops = [domain("sales", product("orders"), product("goods")), domain("stock", product("levels"))]
    assert waves(shops) == [
        [DomainRun("sales", ("orders", "goods"), first=True), DomainRun("stock", ("levels",), first=True)]
    ]


def test_a_reader_runs_after_what_it_reads_and_all_its_products_in_one_run() -> None:
    readers = domain("stock", product("places"), product("levels", "sales.orders"))
    assert waves([readers, domain("sales", product("orders"))]) == [
        [DomainRun("sales", ("orders",), first=True)],
        [DomainRun("stock", ("places", "levels"), first=True)],
    ]


def test_a_column_that_points_to_a_product_waits_for_it_too() -> None:
    pointing = DataProduct("pointing", Pointing, "1.0.0", "fct_pointing")
    ordered = waves([domain("stock", pointing), domain("sales", product("goods"))])
    assert [[run.domain for run in wave] for wave in ordered] == [["sales"], ["stock"]]


def test_products_of_one_domain_that_read_each_other_stay_in_one_run() -> None:
    chain = domain("sales", product("goods"), product("orders", "sales.goods"), product("days", "sales.orders"))
    assert waves([chain]) == [[DomainRun("sales", ("goods", "orders", "days"), first=True)]]


def test_two_domains_that_read_each_other_take_turns_and_ingest_once() -> None:
    sales = domain("sales", product("orders"), product("forecast", "stock.levels"))
    stock = domain("stock", product("levels", "sales.orders"))
    assert waves([sales, stock]) == [
        [DomainRun("sales", ("orders",), first=True)],
        [DomainRun("stock", ("levels",), first=True)],
        [DomainRun("sales", ("forecast",), first=False)],
    ]


def test_a_circle_of_products_is_refused_by_name() -> None:
    sales = domain("sales", product("orders", "stock.levels"), product("goods"))
    stock = domain("stock", product("levels", "sales.orders"))
    with pytest.raises(BadContract, match=r"in a circle: sales\.orders, stock\.levels; remove an input port"):
        waves([sales, stock])


def test_a_product_of_a_domain_that_does_not_run_counts_as_published() -> None:
    assert waves([domain("stock", product("levels", "sales.orders"))]) == [
        [DomainRun("stock", ("levels",), first=True)]
    ]


def test_no_installed_product_runs_before_what_it_reads() -> None:
    domains = list(installed_domains().values())
    ordered = waves(domains)
    place = {f"{run.domain}.{p}": number for number, wave in enumerate(ordered) for run in wave for p in run.products}
    assert set(place) == {d.full_name(p) for d in domains for p in d.products}
    for one in domains:
        for made in one.products:
            for port in made.inputs:
                before, after = place[port.product], place[one.full_name(made)]
                assert before < after or (before == after and port.product.startswith(f"{one.name}."))
    runs = [run for wave in ordered for run in wave]
    assert [run.domain for run in runs if run.first] == list(dict.fromkeys(run.domain for run in runs))


def test_a_product_may_be_replaced_by_one_that_waits_without_moving_the_others() -> None:
    waiting = replace(product("goods", "stock.levels"), name="late")
    ordered = waves([domain("sales", product("orders"), waiting), domain("stock", product("levels"))])
    assert [[(run.domain, run.products) for run in wave] for wave in ordered] == [
        [("stock", ("levels",))],
        [("sales", ("orders", "late"))],
    ]
