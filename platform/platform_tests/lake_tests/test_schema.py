"""A table follows its contract, and older rows and snapshots stay readable."""

from __future__ import annotations

from dataclasses import replace as but

import polars as pl
import pytest

from mesh_platform.errors import BadContract, UnknownName
from mesh_platform.lake import Candidate, Lake, TableLayout, WholeTable
from mesh_platform.lake.commit import NewestSchema
from mesh_platform.settings import Settings
from platform_tests.lake_tests.orders import (
    LAYOUT,
    SCHEMA,
    TABLE,
    day,
    days,
    ids,
    passes,
    publish,
    publish_days,
    queried,
    rows,
)

WITH_COUPON = but(LAYOUT, schema=pl.Schema({**SCHEMA, "coupon": pl.String()}))
COUPONS = rows(1).with_columns(coupon=pl.lit("c"))


def dropped(column: str) -> TableLayout:
    return but(LAYOUT, schema=pl.Schema({name: dtype for name, dtype in SCHEMA.items() if name != column}))


def test_a_new_column_is_null_in_the_rows_that_are_kept(lake: Lake) -> None:
    publish_days(lake, 0)
    publish(lake, COUPONS, replace=days(1), layout=WITH_COUPON)
    read = lake.scan(TABLE).collect()
    assert read.schema == WITH_COUPON.schema
    assert read.filter(pl.col("day") == day(0))["coupon"].to_list() == [None] * 3
    assert read.filter(pl.col("day") == day(1))["coupon"].to_list() == ["c"] * 3
    assert {row[-1] for row in queried(lake)} == {None, "c"}


def test_an_older_snapshot_keeps_its_columns_and_later_ones_read_as_null(lake: Lake) -> None:
    first = publish_days(lake, 0)
    publish(lake, COUPONS, replace=days(1), layout=WITH_COUPON)
    assert lake.scan(TABLE, as_of=first.snapshot_id).collect_schema() == SCHEMA
    later = lake.scan(TABLE, as_of=first.snapshot_id, columns=["coupon", "order_id"]).collect()
    assert later.columns == ["coupon", "order_id"]
    assert later["coupon"].to_list() == [None] * 3


def test_the_readers_schema_changes_only_with_the_swap(lake: Lake, settings: Settings) -> None:
    publish_days(lake, 0)
    other = Lake.open(settings)

    def audit(candidate: Candidate) -> int:
        assert other.scan(TABLE).collect_schema() == SCHEMA
        assert other._catalog.iceberg().load_table(TABLE).schema().column_names == list(SCHEMA)
        return passes(candidate)

    publish(lake, COUPONS, replace=days(1), layout=WITH_COUPON, audit=audit)
    assert lake._catalog.iceberg().load_table(TABLE).schema().column_names == [*SCHEMA, "coupon"]


def test_a_dropped_column_is_gone_and_older_snapshots_keep_it(lake: Lake) -> None:
    first = publish_days(lake, 0)
    publish(lake, rows(1).drop("store_id"), replace=days(1), layout=dropped("store_id"))
    assert lake.scan(TABLE).collect_schema() == dropped("store_id").schema
    assert len(ids(lake)) == 6
    assert lake.scan(TABLE, as_of=first.snapshot_id).collect_schema() == SCHEMA


def test_a_column_that_comes_back_is_the_same_column(lake: Lake) -> None:
    publish_days(lake, 0)
    publish(lake, rows(1).drop("store_id"), replace=days(1), layout=dropped("store_id"))
    publish_days(lake, 2)
    by_name = lake.scan(TABLE).sort("order_id").collect()
    by_id = lake._catalog.iceberg().load_table(TABLE).scan().to_arrow()
    assert pl.DataFrame(by_id).sort("order_id").equals(by_name)
    assert by_name.filter(pl.col("day") == day(0))["store_id"].drop_nulls().to_list() == ["s0", "s2"]
    assert by_name.filter(pl.col("day") == day(1))["store_id"].to_list() == [None] * 3


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (pl.Int32(), pl.Int64()),
        (pl.Float32(), pl.Float64()),
        (pl.Decimal(9, 2), pl.Decimal(18, 2)),
    ],
    ids=str,
)
def test_a_column_may_become_wider(lake: Lake, narrow: pl.DataType, wide: pl.DataType) -> None:
    before, after = (but(LAYOUT, schema=pl.Schema({**SCHEMA, "points": t})) for t in (narrow, wide))
    publish(lake, rows(0).with_columns(points=pl.lit(7).cast(narrow)), replace=days(0), layout=before)
    publish(lake, rows(1).with_columns(points=pl.lit(8).cast(wide)), replace=days(1), layout=after)
    read = lake.scan(TABLE).collect()
    assert read.schema["points"] == wide
    assert sorted(read["points"].cast(pl.Int64).to_list()) == [7] * 3 + [8] * 3


def test_a_column_of_another_type_is_refused_while_rows_are_kept(lake: Lake) -> None:
    publish_days(lake, 0)
    other = but(LAYOUT, schema=pl.Schema({**SCHEMA, "store_id": pl.Int64()}))
    changed = rows(1).with_columns(store_id=pl.lit(4, pl.Int64))
    with pytest.raises(BadContract, match=r"sales\.orders\.store_id was string and is long"):
        publish(lake, changed, replace=days(1), layout=other)
    publish(lake, changed, replace=WholeTable(), layout=other)
    assert lake.scan(TABLE).collect()["store_id"].to_list() == [4] * 3


def test_a_new_required_column_is_refused_while_rows_are_kept(lake: Lake) -> None:
    publish_days(lake, 0)
    strict = but(WITH_COUPON, required=frozenset({"order_id", "coupon"}))
    with pytest.raises(BadContract, match=r"sales\.orders\.coupon is new and required"):
        publish(lake, COUPONS, replace=days(1), layout=strict)
    publish(lake, COUPONS, replace=days(0, 1), layout=strict)
    assert len(ids(lake)) == 3


def test_another_partition_is_refused(lake: Lake) -> None:
    publish_days(lake, 0)
    with pytest.raises(BadContract, match="partitioned by day, its contract says nothing"):
        publish(lake, rows(0), replace=WholeTable(), layout=but(LAYOUT, partition=None))


def test_a_rollback_brings_the_columns_back(lake: Lake) -> None:
    first = publish_days(lake, 0)
    publish(lake, COUPONS, replace=days(1), layout=WITH_COUPON)
    lake.rollback(TABLE, first.snapshot_id, "run-2")
    assert lake.scan(TABLE).collect_schema() == SCHEMA
    assert lake._catalog.iceberg().load_table(TABLE).schema().column_names == list(SCHEMA)


def test_publishers_with_different_contracts_keep_both_their_rows(lake: Lake, settings: Settings) -> None:
    publish_days(lake, 0)
    seen: list[int] = []

    def audit(candidate: Candidate) -> int:
        seen.append(1)
        if len(seen) == 1:
            publish(Lake.open(settings), COUPONS, replace=days(1), layout=WITH_COUPON)
        return passes(candidate)

    without = dropped("store_id")
    publish(lake, rows(2).drop("store_id"), replace=days(2), layout=without, audit=audit)
    table = lake._catalog.iceberg().load_table(TABLE)
    schema_ids = [schema.schema_id for schema in table.metadata.schemas]
    assert len(set(schema_ids)) == len(schema_ids)
    assert lake.scan(TABLE).collect_schema() == without.schema
    assert len(ids(lake)) == 9


def test_two_schemas_never_get_the_same_id(lake: Lake) -> None:
    from pyiceberg.exceptions import CommitFailedException

    publish_days(lake, 0)
    before = NewestSchema.of(lake._catalog.iceberg().load_table(TABLE).metadata)
    publish(lake, rows(1).drop("store_id"), replace=days(1), layout=dropped("store_id"))
    after = lake._catalog.iceberg().load_table(TABLE).metadata
    with pytest.raises(CommitFailedException, match="schema 1 was added concurrently"):
        before.validate(after)


def test_a_compaction_over_two_schemas_keeps_the_newer_one(lake: Lake) -> None:
    publish_days(lake, 0)
    many = [rows(1).with_columns(coupon=pl.lit(f"c{n}")) for n in range(4)]
    publish(lake, *many, replace=days(1), layout=WITH_COUPON)
    before = lake.scan(TABLE).sort(pl.all()).collect()
    assert lake.compact(TABLE) is not None
    assert lake.scan(TABLE).sort(pl.all()).collect().equals(before)


def test_an_unknown_column_is_an_error_that_says_what_exists(lake: Lake) -> None:
    publish_days(lake, 0)
    with pytest.raises(UnknownName, match=r"no column of sales\.orders 'order'; did you mean 'order_id'"):
        lake.scan(TABLE, columns=["order"])


def test_a_type_that_the_lake_does_not_hold_is_refused_by_name(lake: Lake) -> None:
    nested = but(LAYOUT, schema=pl.Schema({**SCHEMA, "tags": pl.List(pl.String)}))
    with pytest.raises(BadContract, match=r"sales\.orders\.tags is List\(String\)"):
        publish(lake, rows(0).with_columns(tags=pl.lit(["x"])), replace=days(0), layout=nested)


def test_small_integers_and_categories_are_kept_in_wider_types(lake: Lake) -> None:
    layout = but(LAYOUT, schema=pl.Schema({**SCHEMA, "n": pl.Int8(), "kind": pl.Categorical()}))
    made = rows(0).with_columns(n=pl.lit(3, pl.Int8), kind=pl.lit("web", pl.Categorical()))
    publish(lake, made, replace=days(0), layout=layout)
    read = lake.scan(TABLE).collect()
    assert (read.schema["n"], read.schema["kind"]) == (pl.Int32(), pl.String())
    assert (read["n"].to_list(), read["kind"].to_list()) == ([3] * 3, ["web"] * 3)


def test_a_layout_that_names_a_missing_column_is_refused() -> None:
    with pytest.raises(BadContract, match="column 'day' is not one of"):
        TableLayout(pl.Schema({"a": pl.Int64()}), partition="day")
    with pytest.raises(BadContract, match="partition 'a' is Int64"):
        TableLayout(pl.Schema({"a": pl.Int64()}), partition="a")
