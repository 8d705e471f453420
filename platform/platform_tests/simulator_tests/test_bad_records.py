"""Bad records: injected at a known rate, each told by its file and line."""

from __future__ import annotations

import json

import polars as pl
import pytest

from mesh_simulator.layouts import LAYOUTS, Layout

from .landed import Landed

KEYS = {
    "sales/order_lines": ["order_id", "line_no"],
    "sales/fraud_reports": ["order_id", "kind"],
    "sales/store_sensors": ["sensor_id", "kind", "measured_at"],
    "customers/profiles": ["customer_id", "changed_at"],
    "customers/posts": ["post_id"],
    "inventory/product_master": ["sku", "changed_at"],
    "inventory/locations": ["location_id", "changed_at"],
    "inventory/stock_movements": ["movement_id"],
    "marketing/web_events": ["event_id"],
    "marketing/campaigns": ["campaign_id"],
    "marketing/campaign_audience": ["campaign_id", "customer_id"],
    "marketing/campaign_spend": ["campaign_id", "day"],
    "marketing/promotions": ["promotion_id", "sku"],
}
EVERY = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda layout: layout.source)


def _of(landed: Landed, layout: Layout, *kinds: str) -> pl.DataFrame:
    return landed.injected.filter((pl.col("source") == layout.source) & pl.col("kind").is_in(kinds))


def _record(landed: Landed, layout: Layout, file: str, line: int) -> str:
    return landed.lines(layout, landed.landing / file)[line - 1]


def test_the_rate_is_the_one_that_was_asked_for(landed: Landed) -> None:
    rows = sum(len(landed.lines(layout, file)) for layout in LAYOUTS.values() for file in landed.files(layout))
    assert 0.008 < landed.injected.height / rows < 0.012


def test_every_kind_is_injected_where_a_source_can_have_it(landed: Landed) -> None:
    kinds = landed.injected.group_by("source").agg(pl.col("kind").unique())
    found = {source: set(kind) for source, kind in kinds.iter_rows()}
    assert found["inventory/stock_movements"] == {"malformed", "duplicated", "late", "unknown"}
    assert found["marketing/web_events"] == {"malformed", "duplicated", "late"}
    assert {"malformed", "duplicated", "unknown"} >= found["marketing/campaign_audience"]


@EVERY
def test_without_the_injected_rows_keys_are_unique(landed: Landed, layout: Layout) -> None:
    rows = landed.clean(layout.source)
    assert rows.select(KEYS[layout.source]).is_unique().all()
    assert rows.select(KEYS[layout.source]).null_count().sum_horizontal().item() == 0


@EVERY
def test_a_duplicate_is_a_copy_of_a_record_that_stands_before_it(landed: Landed, layout: Layout) -> None:
    first: dict[str, tuple[str, int]] = {}
    for path in landed.files(layout):
        for number, record in enumerate(landed.lines(layout, path), 1):
            first.setdefault(record, (str(path.relative_to(landed.landing)), number))
    copies = set(_of(landed, layout, "duplicated").select("file", "line").iter_rows())
    assert copies.isdisjoint(first.values())


@EVERY
def test_a_late_record_happened_before_its_files_day(landed: Landed, layout: Layout) -> None:
    late = _of(landed, layout, "late")
    assert layout.event_time or late.is_empty()
    for _, file, line, _, _ in late.iter_rows():
        day = file.rsplit("_", 1)[1][:10]
        record = _record(landed, layout, file, line)
        assert not any(stamp.startswith(day) for stamp in _times(layout, record))


def _times(layout: Layout, record: str) -> list[str]:
    names = ("ordered_at", "reported_at", "measured_at", "posted_at", "moved_at", "occurred_at")
    if layout.format == "csv":
        return [field for field in record.split(",") if field[4:5] == "-" and field.endswith("Z")]
    return [value for name, value in json.loads(record).items() if name in names]


def test_malformed_records_break_what_they_are_said_to_break(landed: Landed) -> None:
    for source, file, line, _, how in landed.injected.filter(pl.col("kind") == "malformed").iter_rows():
        layout = LAYOUTS[source]
        record = _record(landed, layout, file, line)
        if how == "a field too many":
            assert record.endswith(",surplus")
        elif how == "a line cut short" and layout.format == "jsonl":
            with pytest.raises(json.JSONDecodeError):
                json.loads(record)
        elif how != "a line cut short" and layout.format == "jsonl":
            column, value = how.split(" is ", 1)
            wrong = None if value == "None" else json.loads(value.strip("'"))
            assert json.loads(record).get(column) == wrong


def test_a_row_that_points_nowhere_points_to_no_landed_row(landed: Landed) -> None:
    known = {
        "sku": set(landed.clean("inventory/product_master")["sku"]),
        "location_id": set(landed.clean("inventory/locations")["location_id"]),
        "campaign_id": set(landed.clean("marketing/campaigns")["campaign_id"]),
        "order_id": set(landed.clean("sales/order_lines")["order_id"]),
    }
    unknown = landed.injected.filter(pl.col("kind") == "unknown")
    assert unknown.height > 3
    for source, file, line, _, how in unknown.iter_rows():
        column = how.removesuffix(" is unknown")
        layout = LAYOUTS[source]
        record = _record(landed, layout, file, line)
        header = landed.lines(layout, landed.landing / file)[0].split(",")
        value = json.loads(record)[column] if layout.format == "parquet" else record.split(",")[header.index(column)]
        assert value not in known[column]


@EVERY
def test_every_other_row_points_to_a_landed_row(landed: Landed, layout: Layout) -> None:
    masters = {
        "inventory/stock_movements": {"sku": "inventory/product_master", "location_id": "inventory/locations"},
        "marketing/campaign_audience": {"campaign_id": "marketing/campaigns"},
        "marketing/campaign_spend": {"campaign_id": "marketing/campaigns"},
        "marketing/promotions": {"campaign_id": "marketing/campaigns", "sku": "inventory/product_master"},
        "sales/fraud_reports": {"order_id": "sales/order_lines"},
    }
    for column, master in masters.get(layout.source, {}).items():
        rows = landed.clean(layout.source).filter(pl.col(column).is_not_null() & (pl.col(column) != ""))
        assert rows.join(landed.clean(master), on=column, how="anti").is_empty()


@pytest.mark.parametrize("source", ["sales/order_lines", "customers/profiles"])
def test_lines_have_the_fields_of_their_header(landed: Landed, source: str) -> None:
    layout = LAYOUTS[source]
    bad = set(_of(landed, layout, "malformed").select("file", "line").iter_rows())
    for file in landed.files(layout):
        header, *records = landed.lines(layout, file)
        for number, record in enumerate(records, 2):
            if (str(file.relative_to(landed.landing)), number) not in bad:
                assert record.count(",") == header.count(",")
