"""Each format brings the rows back as they are: types, decimals, times and missing values."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from polars.testing import assert_frame_equal
from pyarrow import csv

from mesh_platform.serve.products import engine
from mesh_platform.serve.products.formats import json_lines, json_row

from .shop import NAME, SCHEMA, Shop, sales

CLEAR = frozenset(SCHEMA)
READERS: dict[str, Callable[[bytes], pl.DataFrame]] = {
    "arrow": lambda raw: pl.DataFrame(pa.ipc.open_stream(raw).read_all()),
    "parquet": lambda raw: pl.DataFrame(pq.read_table(io.BytesIO(raw))),
    "csv": lambda raw: _typed(pl.DataFrame(_csv(raw))),
    "ndjson": lambda raw: _typed(
        pl.DataFrame([json.loads(line) for line in raw.splitlines()], infer_schema_length=None)
    ),
    "json": lambda raw: _typed(pl.DataFrame(json.loads(raw)["rows"], infer_schema_length=None)),
}


@pytest.mark.parametrize("name", READERS)
def test_a_format_brings_every_value_back(shop: Shop, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BATCH_ROWS", 2048)
    shop.turned(clear=CLEAR)
    found = READERS[name](shop.get(format=name).content)
    assert_frame_equal(found, sales().sort("sold_on", "sku"))


@pytest.mark.parametrize("name", READERS)
def test_an_answer_without_rows_can_be_read(shop: Shop, name: str) -> None:
    answer = shop.get(format=name, sku="nothing")
    assert answer.status_code == 200
    if name in ("arrow", "parquet", "csv"):
        assert READERS[name](answer.content).columns == list(SCHEMA)


def test_the_format_is_what_accept_prefers(shop: Shop) -> None:
    for accept, media in (
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/json;q=0.5, application/x-ndjson", "application/x-ndjson"),
        ("text/*", "text/csv; charset=utf-8"),
        ("*/*", "application/json"),
        ("image/png, application/vnd.apache.parquet;q=0.1", "application/vnd.apache.parquet"),
    ):
        answer = shop.client.get(f"/products/{NAME}/rows?limit=1", headers={"Accept": accept})
        assert answer.headers["content-type"] == media
    assert shop.client.get(f"/products/{NAME}/rows", headers={"Accept": "image/png"}).status_code == 406


def test_a_page_of_another_format_says_in_its_headers_where_the_next_one_begins(shop: Shop) -> None:
    first = shop.get(format="csv", limit=2)
    second = shop.get(format="csv", limit=2, cursor=first.headers["mesh-next-cursor"])
    assert shop.get(format="csv", limit=4).text.splitlines()[3:] == second.text.splitlines()[1:]
    assert 'rel="next"' in first.headers["link"]


def _csv(raw: bytes) -> pa.Table:
    texts = csv.ConvertOptions(
        column_types=dict.fromkeys(SCHEMA, pa.string()), strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    return csv.read_csv(io.BytesIO(raw), parse_options=csv.ParseOptions(newlines_in_values=True), convert_options=texts)


def _typed(frame: pl.DataFrame) -> pl.DataFrame:
    """Read the texts of a format that has no types of its own."""
    texts = frame.with_columns(pl.selectors.boolean().cast(pl.String))
    return texts.select(_read(pl.col(name), kind) for name, kind in SCHEMA.items())


def _read(text: pl.Expr, kind: pl.DataType) -> pl.Expr:
    if isinstance(kind, pl.Datetime):
        return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.6fZ", time_unit="us", time_zone="UTC")
    if kind == pl.Date():
        return text.str.to_date("%Y-%m-%d")
    return text == "true" if kind == pl.Boolean() else text.cast(kind)


def test_a_number_that_is_none_is_missing_in_json() -> None:
    odd = pa.record_batch({"x": [float("nan"), float("inf"), 1.5]})
    assert [json.loads(line)["x"] for line in json_lines(odd).splitlines()] == [None, None, 1.5]
    assert json.loads(json_row(["x"], [float("nan")])) == {"x": None}
