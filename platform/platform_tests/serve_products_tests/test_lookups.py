"""A lookup opens only the files that can hold its key, and never waits behind long answers."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mesh_platform.lake import rows as lake_rows
from mesh_platform.lake.heads import Heads
from mesh_platform.pipeline.measured import Measured
from mesh_platform.serve.products import keys, statements
from mesh_platform.serve.products.conditions import Condition, files_for
from mesh_platform.serve.products.keys import KeyIndex
from mesh_platform.serve.products.shelf import Shelf
from mesh_platform.serve.products.trust import level
from mesh_platform.serve.products.views import View
from mesh_platform.serve.service import Caller, Permit

from .shop import FIRST_DAY, NAME, SCHEMA, Shop, sales


def test_only_the_file_with_the_key_is_opened_where_every_file_has_it_in_its_range(shop: Shop) -> None:
    view, index = _view(shop), KeyIndex(_at_once)
    for row in sales().to_dicts()[::13]:
        key = [Condition("sku", "eq", row["sku"])]
        near = files_for(view.files, key)
        by_sku = _by(view, "sku")
        found = index.place(by_sku, key)
        assert set(found.files) <= set(near)
        assert all(row["sku"] in pl.read_parquet(path)["sku"] for path in found.files)
        assert len(found.files) >= 1
    assert index.place(by_sku, [Condition("sku", "eq", "s-0500x")]).files == []


def test_a_lookup_reads_no_more_of_a_large_file_than_the_row_group_with_the_key(
    own: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake_rows, "ROWS_PER_GROUP", 100)
    monkeypatch.setattr(keys, "FEW_ROWS", 0)  # else the test would need a large file
    own.publish(_in_no_order(480))
    view, index, columns = _by(_view(own), "sold_at"), KeyIndex(_at_once), ("sku", "sold_at", "amount")
    (path,) = view.files
    kept = pl.read_parquet(path).select(columns).rows()[300:400]
    index.place(view, [Condition("sold_at", "eq", kept[0][1])])
    _destroy_other_groups(Path(path), kept=3)
    for row in kept:
        key = [Condition("sold_at", "eq", row[1])]
        assert own.desk.engine.values(statements.row(view, columns, key, index.place(view, key))) == [row]


def test_prints_of_files_that_are_gone_are_forgotten(own: Shop) -> None:
    index, key = KeyIndex(_at_once), [Condition("sku", "eq", "s-0500")]
    for note in range(2):
        view = _view(own)
        by_sku = _by(view, "sku")
        index.place(by_sku, key)
        assert index.known == frozenset(files_for(view.files, key))
        own.publish(sales(note=note + 1))
        own.lake.expire(NAME, datetime.now(UTC) + timedelta(seconds=1))


def test_a_condition_leaves_out_the_files_that_can_not_fulfil_it(shop: Shop) -> None:
    files = _view(shop).files
    for operator, value, left in (("eq", 1, 1), ("le", 1, 2), ("lt", 1, 2), ("gt", 1, 3), ("ge", 1, 3), ("ne", 1, 4)):
        day = FIRST_DAY + timedelta(days=value)
        assert len(files_for(files, [Condition("sold_on", operator, day)])) == left
    two = (FIRST_DAY, FIRST_DAY + timedelta(days=1))
    assert files_for(files, [Condition("sold_on", "in", two)]) == files[:2]
    assert files_for(files, [Condition("sku", "gt", "t")]) == []


def test_missing_texts_are_found_also_in_files_that_have_no_dictionary(tmp_path: Path) -> None:
    path = str(tmp_path / "plain.parquet")
    pq.write_table(pa.table({"n": [1, 2, 3, 4], "sku": ["s", "s", "s", None]}), path, use_dictionary=False)
    with duckdb.connect() as engine:
        for value, expected in ((True, [(4,)]), (False, [(1,), (2,), (3,)])):
            condition = Condition("sku", "is_null", value).sql([])
            assert engine.execute(f"select n from read_parquet(?) where {condition}", [path]).fetchall() == expected


def test_a_lookup_is_answered_while_every_thread_for_long_answers_is_busy(shop: Shop) -> None:
    row, free = sales().row(0, named=True), threading.Event()
    shop.get(f"/rows/{row['sku']}/{row['sold_on']}")
    busy = [shop.desk.engine.wide_pool.submit(free.wait, 20) for _ in range(8)]
    try:
        began = time.perf_counter()
        assert shop.get(f"/rows/{row['sku']}/{row['sold_on']}").status_code == 200
        assert time.perf_counter() - began < 10
        assert not any(each.done() for each in busy)
    finally:
        free.set()


def test_the_service_level_is_late_where_rows_are_older_than_promised() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    late = Measured(newest_row=noon, newest_delivery=noon + timedelta(hours=30))
    assert level(late, timedelta(hours=26)) == "late; behind_hours=30.0; promised_hours=26"
    assert level(late, timedelta(hours=48)).startswith("fresh")


def _view(shop: Shop) -> View:
    shown = Shelf(shop.home / "contracts").find(NAME)
    head = Heads(shop.settings).head(NAME)
    caller = Caller("reader", "key-1", "testing", "key")
    return View(shown, Permit(caller, NAME, 1, "testing", tuple(shown.columns)), head, head.snapshot())


def _by(view: View, key: str) -> View:
    """The view of a product whose key is one column."""
    return replace(view, shown=replace(view.shown, product=replace(view.shown.product, key=(key,))))


def _in_no_order(count: int) -> pl.DataFrame:
    """Rows of a day whose times are their own and don't follow the order of the rows."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    changed = [
        row | {"sku": f"s-{n:04}", "sold_on": FIRST_DAY, "sold_at": at + timedelta(seconds=n * 7919 % 86_399)}
        for n, row in enumerate(sales(1, count).to_dicts())
    ]
    return pl.DataFrame(changed, SCHEMA)


def _destroy_other_groups(path: Path, kept: int) -> None:
    """Fill the pages of all row groups but one with zeros, which no reader takes for rows."""
    content, footer = bytearray(path.read_bytes()), pq.read_metadata(path)
    for number in set(range(footer.num_row_groups)) - {kept}:
        for column in map(footer.row_group(number).column, range(footer.num_columns)):
            begin = column.dictionary_page_offset or column.data_page_offset
            content[begin : begin + column.total_compressed_size] = bytes(column.total_compressed_size)
    path.write_bytes(content)


def _at_once(work: Any, *arguments: Any) -> None:
    work(*arguments)


@pytest.mark.parametrize("sku", ["two\nlines", "\n", "a/b\r\n", "line\u2028separator"])
def test_a_key_with_a_line_break_is_looked_up_like_any_other(own: Shop, sku: str) -> None:
    own.publish(sales().head(1).with_columns(sku=pl.lit(sku)), days=frozenset({FIRST_DAY}))
    found = own.client.get(f"/products/{NAME}/rows/{quote(sku, safe='')}/{FIRST_DAY}")
    assert (found.status_code, found.json()["sku"]) == (200, sku)
    assert own.client.get(f"/products/{NAME}/rows/{quote('no' + chr(10), safe='')}/{FIRST_DAY}").status_code == 404
