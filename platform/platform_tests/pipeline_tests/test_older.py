"""An older major version follows the newest one until its sunset, promises what it did, and is never in the way."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mesh_platform.contract import Contract, column, shape_of
from mesh_platform.contract.export.derivation import Derivations
from mesh_platform.contract.export.documents import export
from mesh_platform.contract.export.read import PublishedProduct, published
from mesh_platform.contract.older import older_products
from mesh_platform.errors import BadContract, MissingSource
from mesh_platform.lake import Days, Made, TableLayout
from mesh_platform.lineage.graph import ColumnGraph
from mesh_platform.ml.making import Making
from mesh_platform.pipeline.lineage import derived
from mesh_platform.pipeline.maintain import OLDER_KEPT_DAYS, maintain
from mesh_platform.pipeline.older import Behind, majors_behind, refresh_older_majors
from mesh_platform.pipeline.steps import Published, refresh_product
from mesh_platform.product import DataProduct, Domain, InputPort, OlderMajor
from mesh_platform.transform import by_day, check_older

from .kiosk import CAFE, DAILY, KIOSK, MONDAY, TUESDAY, Mesh

SUNSET = date(2027, 6, 30)
OLD = "kiosk.daily_v1"


class Counted(Contract):
    """Pieces sold a day, as they were called before. Grain: one row per item and day."""

    item: str = column("What.", key=True)
    day: date = column("The day.", key=True, partition=True)
    amount: int = column("How many, fewer than a hundred.", lt=100)


class Added(Contract):
    """Pieces a day. Grain: one row per day."""

    day: date = column("The day.", key=True, partition=True)
    amount: int = column("How many.")


def added(making: Making) -> pl.DataFrame:
    """Add up what the older major version calls an amount."""
    return making.tables.sql("select day, cast(sum(amount) as bigint) as amount from kiosk.daily group by day")


RENAMED = "select item, day, pieces as amount from newest"
V1 = OlderMajor("1.4.0", Counted, RENAMED, SUNSET)


def daily(**older: Any) -> DataProduct:
    return replace(DAILY, version="2.0.0", older=(replace(V1, **older),))


def kiosk(product: DataProduct) -> Domain:
    return replace(KIOSK, products=(product,))


def refresh(mesh: Mesh, product: DataProduct, today: date = SUNSET) -> Published | Behind | None:
    """Make the older major version, as a run does after the newest one; say what became of it."""
    return next(iter(refresh_older_majors(kiosk(product), product, mesh.context(), today)), None)


def made(done: Published | Behind | None) -> Published:
    assert isinstance(done, Published), done
    return done


def rows(mesh: Mesh) -> list[tuple[object, ...]]:
    return mesh.lake.scan(OLD).sort("day", "item").collect().rows()


def sell(mesh: Mesh, day: date, pieces: int) -> int:
    """Publish a day of the newest major version; return the snapshot."""
    shape = shape_of(DAILY.contract)
    rows = pl.DataFrame([("tea", day, pieces)], schema=shape.schema, orient="row")
    made = Made("run", "code", "2.0.0", {})
    layout, days = TableLayout.of(shape), Days(frozenset({day}))
    return mesh.lake.publish("kiosk.daily", layout, lambda: [rows], replace=days, made=made, audit=None).snapshot_id


def test_an_older_major_follows_the_newest_one_day_by_day(mesh: Mesh) -> None:
    sell(mesh, MONDAY, 2)
    first = made(refresh(mesh, daily()))
    assert (first.product, first.why, rows(mesh)) == (OLD, "first snapshot", [("tea", MONDAY, 2)])
    assert made(refresh(mesh, daily())).changed is False
    newest = sell(mesh, TUESDAY, 5)
    second = made(refresh(mesh, daily()))
    assert second.partitions == frozenset({TUESDAY})
    assert rows(mesh) == [("tea", MONDAY, 2), ("tea", TUESDAY, 5)]
    assert second.snapshot.inputs == {"kiosk.daily": newest}
    assert second.snapshot.properties["contract_version"] == "1.4.0"
    assert mesh.lake.scan("kiosk.daily").collect_schema().names() == ["item", "day", "pieces"]


def test_an_older_major_that_breaks_its_contract_keeps_its_rows_and_is_not_in_the_way(mesh: Mesh) -> None:
    sell(mesh, MONDAY, 2)
    before = made(refresh(mesh, daily())).snapshot.snapshot_id
    sell(mesh, TUESDAY, 100)
    behind = refresh(mesh, daily())
    assert isinstance(behind, Behind)
    assert (behind.table, behind.user) == (OLD, True)
    assert behind.error.startswith("kiosk.daily_v1.amount: 1 of 1 rows")
    now = mesh.lake.current(OLD)
    assert now is not None
    assert now.snapshot_id == before
    assert majors_behind(kiosk(daily()), daily(), mesh.lake, SUNSET) == [OLD]
    sell(mesh, TUESDAY, 5)
    assert made(refresh(mesh, daily())).changed, "the corrected file heals it"
    assert majors_behind(kiosk(daily()), daily(), mesh.lake, SUNSET) == []


def test_sql_that_can_not_run_is_named_and_not_in_the_way(mesh: Mesh) -> None:
    sell(mesh, MONDAY, 2)
    behind = refresh(mesh, daily(sql="select item, day, quantity as amount from newest"))
    assert isinstance(behind, Behind)
    assert "quantity" in behind.error
    assert "mend the OlderMajor's sql" in behind.error


def test_after_its_sunset_an_older_major_stays_as_it_was(mesh: Mesh) -> None:
    sell(mesh, MONDAY, 2)
    refresh(mesh, daily(), SUNSET)
    sell(mesh, TUESDAY, 5)
    assert refresh(mesh, daily(), SUNSET + timedelta(days=1)) is None
    assert majors_behind(kiosk(daily()), daily(), mesh.lake, SUNSET + timedelta(days=1)) == []
    assert rows(mesh) == [("tea", MONDAY, 2)]


def test_a_query_that_looks_across_days_is_made_of_all_of_them(mesh: Mesh) -> None:
    running = "select item, day, cast(sum(pieces) over (order by day) as bigint) as amount from newest"
    sell(mesh, MONDAY, 2)
    refresh(mesh, daily(sql=running))
    sell(mesh, TUESDAY, 5)
    assert made(refresh(mesh, daily(sql=running))).partitions is None
    assert rows(mesh) == [("tea", MONDAY, 2), ("tea", TUESDAY, 7)]


@pytest.mark.parametrize(
    ("sql", "daily_made"),
    [
        (RENAMED, True),
        ("select * exclude (pieces), pieces as amount from newest where item != 'x';", True),
        ("select n.item, n.day, n.pieces + 1 as amount from newest as n", True),
        ("select item, day + 1 as day, pieces as amount from newest", False),
        ("select item, day, sum(pieces) as amount from newest group by all", False),
        ("select item, day, row_number() over () as amount from newest", False),
        ("select distinct item, day, 1 as amount from newest", False),
        ("select item, day, pieces as amount from newest limit 3", False),
        ("select item, day, (select max(pieces) from newest) as amount from newest", False),
        ("select a.item, a.day, b.pieces as amount from newest as a join newest as b using (item)", False),
        ("select item, day, pieces as amount from newest union all select item, day, 0 from newest", False),
        ("with n as (select *, lag(pieces) over () as amount from newest) select item, day, amount from n", False),
        ("select item, day, histogram_exact(pieces) as amount from newest", False),
    ],
)
def test_only_queries_that_take_rows_one_by_one_are_made_day_by_day(sql: str, daily_made: bool) -> None:
    product = daily(sql=sql)
    assert by_day(kiosk(product), older_products(kiosk(product), product)[0]) is daily_made


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("select item, day from newest", "amount is missing instead of BIGINT"),
        ("select item, day, pieces / 2 as amount from newest", "amount is DOUBLE instead of BIGINT"),
        ("select *, pieces as amount from newest", "pieces is no column of the contract"),
        ("select item, day, amount from newest", "amount"),
        ("select from", "syntax error"),
    ],
)
def test_sql_that_does_not_fit_both_contracts_is_found_without_data(sql: str, found: str) -> None:
    product = daily(sql=sql)
    with pytest.raises(BadContract, match=rf"kiosk\.daily_v1: .*{found}"):
        check_older(kiosk(product), older_products(kiosk(product), product)[0])
    check_older(kiosk(daily()), older_products(kiosk(daily()), daily())[0])


def test_its_document_names_its_table_and_leads_every_column_back_to_the_newest(mesh: Mesh, tmp_path: Path) -> None:
    contracts = tmp_path / "contracts"
    export([kiosk(daily())], contracts, origins=derived(mesh.settings))
    found: dict[int, PublishedProduct] = {p.major: p for p in published(contracts)}
    assert {major: p.table for major, p in found.items()} == {1: OLD, 2: "kiosk.daily"}
    assert (found[1].name, found[1].status, found[1].sunset) == ("daily", "deprecated", SUNSET)
    graph = ColumnGraph.read(contracts)
    assert graph.direct_origins(f"{OLD}.amount") == ("kiosk.daily.pieces",)
    assert graph.up(f"{OLD}.amount") == ("kiosk.daily.pieces", "kiosk_raw.sold.pieces", "landing/kiosk/sold.pieces")
    assert graph.direct_uses("kiosk.daily.pieces") == (f"{OLD}.amount",)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": "2.1.0"}, r"product 'daily' 2\.0\.0 declares v2 beside it"),
        ({"version": "0.1.0"}, r"product 'daily' 2\.0\.0 declares v0 beside it"),
        ({"version": "1"}, r"product 'daily': version '1' \(rule: major\.minor\.patch"),
        ({"sql": " "}, r"product 'daily' v1: no SQL"),
    ],
)
def test_a_declaration_that_makes_no_sense_is_refused(changes: dict[str, str], said: str) -> None:
    with pytest.raises(BadContract, match=said):
        daily(**changes)


def test_no_product_has_the_name_of_an_older_majors_table() -> None:
    with pytest.raises(BadContract, match=r"kiosk\.daily_v1 is a product and the table of kiosk\.daily v1"):
        replace(KIOSK, products=(daily(), replace(DAILY, name="daily_v1")))


def bound_to(major: int) -> DataProduct:
    """A product of the café that reads a major version of the kiosk's."""
    port = InputPort("kiosk.daily", ("day", "amount" if major == 1 else "pieces"), "adds up", major)
    return DataProduct("added", Added, "1.0.0", program=f"{__name__}:added", inputs=(port,))


@pytest.mark.parametrize(("major", "origin"), [(1, "kiosk.daily_v1.day"), (2, "kiosk.daily.day")])
def test_what_reads_an_older_major_comes_from_its_table(mesh: Mesh, tmp_path: Path, major: int, origin: str) -> None:
    domains = [kiosk(daily()), replace(CAFE, products=(bound_to(major),))]
    without_sql = {"kiosk": Derivations(), "cafe": derived(mesh.settings)(domains[1], bound_to(major))}
    export(domains, tmp_path, origins=lambda domain, _: without_sql[domain.name])
    assert ColumnGraph.read(tmp_path).direct_origins("cafe.added.day") == (origin,)


def test_a_port_reads_the_major_version_that_it_is_bound_to(mesh: Mesh) -> None:
    bound = bound_to(1)
    sell(mesh, MONDAY, 2)
    with pytest.raises(MissingSource, match=r"cafe\.added lacks product kiosk\.daily_v1"):
        refresh_product(CAFE, bound, mesh.context())
    refresh(mesh, daily())
    done = refresh_product(CAFE, bound, mesh.context())
    assert mesh.lake.scan("cafe.added").collect().rows() == [(MONDAY, 2)]
    assert list(done.snapshot.inputs) == [OLD]
    assert refresh_product(CAFE, bound, mesh.context()).changed is False
    sell(mesh, TUESDAY, 5)
    refresh(mesh, daily())
    assert refresh_product(CAFE, bound, mesh.context()).partitions == frozenset({TUESDAY})


def test_its_table_is_dropped_a_month_after_its_last_publish_once_it_is_not_served(mesh: Mesh) -> None:
    sell(mesh, MONDAY, 2)
    last = made(refresh(mesh, daily())).snapshot.published_at
    in_time, later = (last + timedelta(days=days) for days in (OLDER_KEPT_DAYS - 1, OLDER_KEPT_DAYS))
    served = {"kiosk.daily": 30, OLD: 30}
    for now, retention, kept in ((later, served, True), (in_time, {"kiosk.daily": 30}, True), (later, {}, False)):
        done = {m.table: m.dropped for m in maintain(mesh.lake, retention, now=now)}
        assert done == {"kiosk.daily": False, OLD: not kept}
        assert (OLD in mesh.lake.tables()) is kept
    assert not list(mesh.settings.home.glob("lake/**/daily_v1"))
    assert made(refresh(mesh, daily())).why == "first snapshot", "it can be brought back"


def test_two_ports_of_one_product_are_refused() -> None:
    ports = tuple(InputPort("kiosk.daily", ("day",), "reads it", major) for major in (1, 2))
    with pytest.raises(BadContract, match=r"product 'daily' has two input ports of kiosk\.daily"):
        replace(DAILY, inputs=ports)
