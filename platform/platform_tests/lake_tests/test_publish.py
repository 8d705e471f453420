"""What a publish promises to readers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise

import polars as pl
import pyarrow.parquet as pq
import pytest

from mesh_platform.errors import BadContract, ContractBroken
from mesh_platform.lake import Candidate, DataFile, Lake, RowsOf, TableLayout, WholeTable
from mesh_platform.lake.steps import Step, listening
from mesh_platform.settings import Settings
from platform_tests.lake_tests.orders import (
    LAYOUT,
    MADE,
    TABLE,
    UNPARTITIONED,
    day,
    days,
    expected,
    frames,
    ids,
    publish,
    publish_days,
    queried,
    rows,
)


def refuses(candidate: Candidate) -> int:
    assert candidate.new_files
    raise ContractBroken("refused")


def test_what_was_published_is_read(lake: Lake) -> None:
    published = publish_days(lake, 0, 1)
    assert ids(lake) == expected(0, 1)
    assert lake.current(TABLE) == published
    assert lake.tables() == [TABLE]


def test_nothing_is_readable_before_the_first_publish(lake: Lake) -> None:
    assert lake.current(TABLE) is None
    assert lake.history(TABLE) == []
    assert lake.tables() == []


def test_a_first_snapshot_that_breaks_its_contract_is_never_readable(lake: Lake) -> None:
    with pytest.raises(ContractBroken):
        publish_days(lake, 0, audit=refuses)
    assert lake.current(TABLE) is None
    assert lake.tables() == []


def test_a_snapshot_that_breaks_its_contract_leaves_the_one_before(lake: Lake) -> None:
    before = publish_days(lake, 0)
    with pytest.raises(ContractBroken):
        publish_days(lake, 0, 1, of="bad", audit=refuses)
    assert lake.history(TABLE) == [before]
    assert ids(lake) == expected(0)


def test_a_refused_candidate_leaves_no_file_behind(local_lake: Lake, local_settings: Settings) -> None:
    publish_days(local_lake, 0)
    before = {p for p in local_settings.home.rglob("*") if p.is_file() and ".metadata.json" not in p.name}
    with pytest.raises(ContractBroken):
        publish_days(local_lake, 0, 1, of="bad", audit=refuses)
    after = {p for p in local_settings.home.rglob("*") if p.is_file() and ".metadata.json" not in p.name}
    assert after == before


def test_readers_see_the_snapshot_before_at_every_step_until_the_swap(lake: Lake, settings: Settings) -> None:
    publish_days(lake, 0)
    seen: dict[Step, list[str]] = {}
    with listening(lambda step: seen.update({step: ids(Lake.open(settings))})):
        publish_days(lake, 0, 1, of="new")
    after = {step: seen.pop(step) for step in (Step.SWAPPED, Step.PLAN_CACHED)}
    assert all(read == expected(0, 1, of="new") for read in after.values())
    assert set(seen) == set(Step) - set(after) - {Step.TABLE_CREATED}
    assert all(read == expected(0) for read in seen.values())


def test_the_audit_reads_the_files_of_the_candidate(lake: Lake) -> None:
    publish_days(lake, 0, 1)
    seen: list[Candidate] = []

    def audit(candidate: Candidate) -> int:
        seen.append(candidate)
        return pl.read_parquet([file.path for file in candidate.new_files]).height

    published = publish_days(lake, 1, 2, of="b", count=4, audit=audit)
    (candidate,) = seen
    assert [file.day for file in candidate.new_files] == [day(1), day(2)]
    assert [file.day for file in candidate.kept_files] == [day(0)]
    assert (candidate.rows_before, candidate.rows_after) == (6, 11)
    assert published.checks == 8


def test_a_publish_of_days_leaves_all_other_days(lake: Lake) -> None:
    publish_days(lake, 0, 1, 2)
    publish_days(lake, 1, 3, of="b", count=1)
    assert ids(lake) == sorted([*expected(0, 2), *expected(1, 3, of="b", count=1)])


def test_publishing_a_day_again_gives_the_same_rows(lake: Lake) -> None:
    first = publish_days(lake, 0, 1)
    second = publish_days(lake, 1)
    assert queried(lake, first.snapshot_id) == queried(lake, second.snapshot_id)


def test_a_day_without_rows_is_emptied(lake: Lake) -> None:
    publish_days(lake, 0, 1)
    publish(lake, replace=days(1))
    assert ids(lake) == expected(0)


def test_the_whole_table_is_replaced_even_by_nothing(lake: Lake) -> None:
    publish(lake, rows(0), rows(1), replace=WholeTable(), layout=UNPARTITIONED)
    publish(lake, rows(2), replace=WholeTable(), layout=UNPARTITIONED)
    assert ids(lake) == expected(2)
    publish(lake, replace=WholeTable(), layout=UNPARTITIONED)
    assert ids(lake) == []
    assert lake.scan(TABLE).collect_schema() == UNPARTITIONED.schema


@pytest.mark.parametrize("layout", [LAYOUT, UNPARTITIONED], ids=["by day", "whole"])
def test_rows_of_a_value_are_replaced_and_all_others_kept(lake: Lake, layout: TableLayout) -> None:
    publish(lake, rows(0), rows(1), replace=WholeTable(), layout=layout)
    again = rows(1).with_columns(order_id=pl.lit("a-0-1"))
    published = publish(lake, again.head(1), replace=RowsOf("order_id", frozenset({"a-0-1", "a-0-2"})), layout=layout)
    assert ids(lake) == sorted(["a-0-0", *expected(1), "a-0-1"])
    assert published.days == (frozenset({day(0), day(1)}) if layout.partition else None)


def test_rows_whose_value_is_missing_are_kept(lake: Lake) -> None:
    publish_days(lake, 0)
    publish(lake, replace=RowsOf("store_id", frozenset({"s0"})))
    assert ids(lake) == ["a-0-1", "a-0-2"]


def test_files_without_the_rows_to_replace_are_not_rewritten(lake: Lake) -> None:
    publish_days(lake, 0, 1)
    before = {file.day: file.path for file in lake.files(TABLE)}
    publish(lake, replace=RowsOf("order_id", frozenset({"a-1-0"})))
    after = {file.day: file.path for file in lake.files(TABLE)}
    assert after[day(0)] == before[day(0)]
    assert after[day(1)] != before[day(1)]


def test_rows_are_found_by_values_that_begin_alike_for_long(lake: Lake) -> None:
    long = "x" * 80
    publish(lake, rows(0).with_columns(store_id=pl.lit(long) + pl.col("order_id")), replace=days(0))
    publish(lake, replace=RowsOf("store_id", frozenset({f"{long}a-0-1"})))
    assert ids(lake) == ["a-0-0", "a-0-2"]


def test_rows_outside_of_what_is_replaced_are_refused(lake: Lake) -> None:
    with pytest.raises(ContractBroken, match=r"sales\.orders\.day: rows of 1 values that are not replaced.*2026-01-02"):
        publish(lake, rows(0), rows(1), replace=days(0))
    with pytest.raises(ContractBroken, match=r"order_id: rows of 2 values"):
        publish(lake, rows(0), replace=RowsOf("order_id", frozenset({"a-0-0"})))
    assert lake.tables() == []


def test_a_missing_value_in_a_required_column_is_refused(lake: Lake) -> None:
    broken = rows(0).with_columns(order_id=pl.when(pl.col("order_id") != "a-0-1").then("order_id"))
    with pytest.raises(ContractBroken, match=r"sales\.orders\.order_id: 1 of 3 rows have no value"):
        publish(lake, broken, replace=days(0))


def test_rows_of_another_shape_are_refused_by_name(lake: Lake) -> None:
    with pytest.raises(BadContract, match=r"rows lack \['store_id'\] and have \['shop'\]"):
        publish(lake, rows(0).rename({"store_id": "shop"}), replace=days(0))
    with pytest.raises(BadContract, match=r"sales\.orders\.amount: rows are Float64, the contract says Decimal"):
        publish(lake, rows(0).cast({"amount": pl.Float64}), replace=days(0))
    with pytest.raises(BadContract, match="no partition"):
        publish(lake, rows(0), replace=days(0), layout=UNPARTITIONED)
    with pytest.raises(BadContract, match=r"<domain>\.<table>"):
        lake.publish("Orders", LAYOUT, frames(rows(0)), replace=days(0), made=MADE, audit=None)


def test_rows_are_sorted_within_their_partition(lake: Lake) -> None:
    shuffled = pl.concat([rows(0, count=50), rows(1, count=50)]).sample(fraction=1, shuffle=True, seed=3)
    publish(lake, shuffled, replace=days(0, 1))
    for file in lake.files(TABLE):
        read = pl.read_parquet(file.path)
        assert read["order_id"].is_sorted()
        assert read["day"].unique().to_list() == [file.day]
        assert (read.height, file.rows) == (50, 50)


def test_decimals_and_timestamps_come_back_exactly(lake: Lake) -> None:
    exact = rows(0, count=1).with_columns(
        amount=pl.lit(Decimal("99999999999999.9999")).cast(pl.Decimal(18, 4)),
        ordered_at=pl.lit(datetime(2026, 3, 29, 2, 30, 0, 123457, tzinfo=UTC)).cast(pl.Datetime("us", "UTC")),
    )
    publish(lake, exact, replace=days(0))
    assert lake.scan(TABLE).collect().equals(exact)
    (read,) = queried(lake)
    assert read[2] == datetime(2026, 3, 29, 2, 30, 0, 123457, tzinfo=timezone(timedelta(0)))
    assert read[3] == Decimal("99999999999999.9999")


def test_files_say_what_is_text_and_what_must_have_a_value(lake: Lake) -> None:
    publish_days(lake, 0)
    schema = pq.read_schema(lake.files(TABLE)[0].path)
    assert str(schema.field("order_id").type) == "string"
    assert {field.name for field in schema if not field.nullable} == {"order_id", "ordered_at", "day"}


def test_only_files_of_the_days_are_read(lake: Lake) -> None:
    publish_days(lake, *range(10))
    found = lake.files(TABLE, days=[day(3), day(7), day(99)])
    assert [file.day for file in found] == [day(3), day(7)]
    assert all(isinstance(file, DataFile) and not file.path.startswith("file:") and file.bytes for file in found)
    assert lake.scan(TABLE, days=[day(3)]).collect()["day"].unique().to_list() == [day(3)]


def test_a_snapshot_records_what_it_was_made_from(lake: Lake) -> None:
    publish_days(lake, 0, 1, 2)
    told = publish_days(lake, 1)
    assert {key: told.properties[key] for key in ("run_id", "code_version", "contract_version")} == {
        "run_id": "run-1",
        "code_version": "abc123",
        "contract_version": "1.0.0",
    }
    assert told.inputs == {"sales.order_lines": 7}
    assert told.days == frozenset({day(1)})
    assert (told.checks, told.rows) == (1, 9)


def test_many_publishes_keep_few_manifests_and_all_rows(lake: Lake) -> None:
    for n in range(40):
        publish_days(lake, n, count=1, audit=None)
    publish_days(lake, 5, of="b", count=1)
    assert ids(lake) == sorted([*(i for n in range(40) if n != 5 for i in expected(n, count=1)), "b-5-0"])
    from mesh_platform.lake.manifests import manifests_of

    table = lake._catalog.iceberg().load_table(TABLE)
    assert len(manifests_of(table, table.metadata.current_snapshot_id)) < 20
    history = lake.history(TABLE)[::-1]
    assert [b.rows - a.rows for a, b in pairwise(history)] == [1] * 39 + [0]


def test_each_frame_is_written_on_its_own(lake: Lake) -> None:
    publish(lake, rows(0, of="x"), rows(0, of="y"), replace=days(0))
    assert [file.rows for file in lake.files(TABLE)] == [3, 3]
    assert ids(lake) == sorted([*expected(0, of="x"), *expected(0, of="y")])
