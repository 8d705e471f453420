from pathlib import Path

import pytest

from mesh_platform.settings import Settings
from mesh_platform.transform import Model, models, origins
from mesh_platform.transform.lineage import columns_of

from .toys import TOYS

SCHEMA = {
    "raw.lines": {"order_id": "varchar", "quantity": "bigint", "price": "decimal(18, 4)", "store": "varchar"},
    "raw.stores": {"store": "varchar", "city": "varchar"},
    "raw.old_lines": {"order_id": "varchar", "quantity": "bigint"},
}


def test_a_column_is_traced_through_stars_joins_and_windows_of_ctes() -> None:
    sql = """
        with lines as (select * from "w"."raw"."lines"),
        stores as (select * from "w"."raw"."stores"),
        joined as (select lines.*, stores.city from lines left join stores on lines.store = stores.store),
        totals as (select order_id, city, sum(quantity * price) as amount, count(*) as lines from joined group by all),
        final as (select *, row_number() over (partition by city order by amount) as rank from totals)
        select * from final
    """
    _, found = columns_of(sql, SCHEMA)
    assert found == {
        "order_id": ("raw.lines.order_id",),
        "city": ("raw.stores.city",),
        "amount": ("raw.lines.price", "raw.lines.quantity"),
        "lines": (),
        "rank": ("raw.lines.price", "raw.lines.quantity", "raw.stores.city"),
    }


def test_a_column_of_a_union_comes_from_both_sides() -> None:
    sql = "select order_id, quantity from raw.lines union all select order_id, -quantity from raw.old_lines"
    _, found = columns_of(sql, SCHEMA)
    assert found["quantity"] == ("raw.lines.quantity", "raw.old_lines.quantity")


def test_two_ctes_with_columns_of_one_name_are_told_apart() -> None:
    sql = """
        with a as (select order_id, quantity as n from raw.lines),
        b as (select order_id, quantity + 1 as n from raw.old_lines)
        select a.n as first, b.n as second from a join b on a.order_id = b.order_id
    """
    _, found = columns_of(sql, SCHEMA)
    assert found == {"first": ("raw.lines.quantity",), "second": ("raw.old_lines.quantity",)}


def test_types_are_told_where_the_sql_tells_them() -> None:
    types, _ = columns_of("select price, cast(quantity as double) as n, order_id from raw.lines", SCHEMA)
    assert types == {"price": "decimal(18, 4)", "n": "double", "order_id": "text"}


@pytest.fixture(scope="module")
def described(project: Path, home: Settings) -> tuple[Model, ...]:
    return models(TOYS, home)


def test_a_domains_models_are_described_without_data(described: tuple[Model, ...], home: Settings) -> None:
    staging, mart = described
    assert (staging.name, staging.kind, staging.sources, staging.models) == ("stg_sold", "staging", ("raw.sold",), ())
    assert (mart.name, mart.kind, mart.sources, mart.models) == ("fct_daily", "mart", ("makers.prices",), ("stg_sold",))
    assert mart.description == "Toys sold a day. One row per toy and day."
    assert mart.file == "models/marts/fct_daily.sql"
    assert [c.name for c in mart.columns] == ["toy", "day", "pieces", "price"]
    assert staging.columns[0].description == "Which toy."
    assert not home.warehouse("toys").exists()


def test_a_marts_columns_are_followed_back_to_what_the_domain_reads(described: tuple[Model, ...]) -> None:
    assert described[1].columns[2].origins == ("stg_sold.pieces",)
    assert origins(described, "fct_daily") == {
        "toy": ("raw.sold.toy",),
        "day": ("raw.sold._day",),
        "pieces": ("raw.sold.pieces",),
        "price": ("makers.prices.price",),
    }
