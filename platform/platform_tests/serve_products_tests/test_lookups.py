"""A lookup opens only the files that can hold its key, and never waits behind long answers."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from mesh_platform.catalog.page.evidence import Measured
from mesh_platform.lake.heads import Heads
from mesh_platform.serve.products.conditions import Condition, files_for
from mesh_platform.serve.products.keys import KeyIndex
from mesh_platform.serve.products.shelf import Shelf
from mesh_platform.serve.products.trust import level
from mesh_platform.serve.products.views import View
from mesh_platform.serve.service import Caller, Permit

from .shop import FIRST_DAY, NAME, Shop, sales


def test_only_the_file_with_the_key_is_opened_where_every_file_has_it_in_its_range(shop: Shop) -> None:
    view, index = _view(shop), KeyIndex(_at_once)
    for row in sales().to_dicts()[::13]:
        key = [Condition("sku", "eq", row["sku"])]
        near = files_for(view.files, key)
        by_sku = replace(view, shown=replace(view.shown, product=replace(view.shown.product, key=("sku",))))
        found = index.files(by_sku, key)
        assert set(found) <= set(near)
        assert all(row["sku"] in pl.read_parquet(path)["sku"] for path in found)
        assert len(found) >= 1
    assert index.files(by_sku, [Condition("sku", "eq", "s-0500x")]) == []


def test_prints_of_files_that_are_gone_are_forgotten(own: Shop) -> None:
    index, key = KeyIndex(_at_once), [Condition("sku", "eq", "s-0500")]
    for note in range(2):
        view = _view(own)
        by_sku = replace(view, shown=replace(view.shown, product=replace(view.shown.product, key=("sku",))))
        index.files(by_sku, key)
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


def _at_once(work: Any, *arguments: Any) -> None:
    work(*arguments)
