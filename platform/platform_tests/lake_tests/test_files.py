"""How the lake's files lie: a row is found without reading all of them, and every engine reads the same out of them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq

from mesh_platform.lake import Lake
from mesh_platform.lake.rows import PAGE_BYTES, ROWS_PER_GROUP
from platform_tests.lake_tests.orders import TABLE, days, publish, publish_days, rows


def test_a_row_can_be_read_without_unpacking_its_whole_file(lake: Lake) -> None:
    publish(lake, _many(ROWS_PER_GROUP + 1), replace=days(0))
    (file,) = lake.files(TABLE)
    footer = pq.read_metadata(file.path)
    assert [footer.row_group(n).num_rows for n in range(footer.num_row_groups)] == [ROWS_PER_GROUP, 1]
    ids = footer.row_group(0).column(0)
    assert ids.total_uncompressed_size > 10 * PAGE_BYTES
    assert _page_bytes(Path(file.path), ids.data_page_offset) < 2 * PAGE_BYTES


def test_only_columns_whose_values_repeat_are_written_with_a_dictionary(lake: Lake) -> None:
    publish(lake, _many(20_000), replace=days(0))
    group = pq.read_metadata(lake.files(TABLE)[0].path).row_group(0)
    columns = {c.path_in_schema: c.has_dictionary_page for c in map(group.column, range(group.num_columns))}
    assert columns == {"order_id": False, "day": True, "ordered_at": True, "amount": True, "store_id": True}


def test_duckdb_finds_the_missing_texts_of_a_column_that_has_one_value(lake: Lake) -> None:
    publish_days(lake, 0, count=2)
    with duckdb.connect() as engine:
        paths = [file.path for file in lake.files(TABLE)]
        found = engine.execute("select order_id from read_parquet(?) where store_id is null", [paths]).fetchall()
    assert found == [("a-0-1",)]


def test_duckdb_finds_the_missing_texts_of_a_column_with_more_texts_than_a_usual_dictionary_holds(lake: Lake) -> None:
    apart, equal = 60_000, 20_000
    texts = [f"{n:040}" for n in range(apart)] + ["equal"] * equal + [None]
    told = pl.concat([rows(0, count=1)] * len(texts)).with_columns(
        pl.Series("order_id", [f"{n:06}" for n in range(len(texts))]), pl.Series("store_id", texts)
    )
    publish(lake, told, replace=days(0))
    with duckdb.connect() as engine:
        paths = [file.path for file in lake.files(TABLE)]
        found = engine.execute("select order_id from read_parquet(?) where store_id is null", [paths]).fetchall()
    assert found == [(f"{apart + equal:06}",)]


def _many(count: int) -> pl.DataFrame:
    """Rows of a day, equal but for their ids."""
    return pl.concat([rows(0, count=1)] * count).with_columns(pl.int_range(count).cast(pl.String).alias("order_id"))


def _page_bytes(path: Path, begin: int) -> int:
    """How many bytes a page unpacks to: the second field of its header, in Thrift's compact protocol."""
    header = path.read_bytes()[begin : begin + 16]
    assert (header[0], header[2]) == (0x15, 0x15)  # a number (the kind of page, of one byte), then a number
    size = 0
    for place, byte in enumerate(header[3:]):
        size |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            break
    return size >> 1
