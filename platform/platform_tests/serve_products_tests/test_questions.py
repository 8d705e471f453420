"""Rows, groups and single rows are those that the same question gives in SQL."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesh_platform.serve.products.formats import json_lines

from .shop import SCHEMA, Shop, sales

ALL = sales()
OPERATORS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
CLEAR = frozenset(SCHEMA)


@st.composite
def filters(draw: st.DrawFn) -> tuple[str, str, str]:
    """A parameter, its value and the same in SQL."""
    column = draw(st.sampled_from([c for c in SCHEMA if c != "email"]))
    operator = draw(st.sampled_from([*OPERATORS, "in", "is_null"]))
    if operator == "is_null":
        wanted = draw(st.booleans())
        return f"{column}[is_null]", str(wanted).lower(), f"{column} is {'' if wanted else 'not '}null"
    values = [_written(draw(st.sampled_from(ALL[column].drop_nulls().to_list()))) for _ in range(3)]
    if operator == "in":
        listed = ", ".join(_sql(column, value) for value in values)
        return f"{column}[in]", ",".join(values), f"{column} in ({listed})"
    named = column if operator == "eq" and draw(st.booleans()) else f"{column}[{operator}]"
    return named, values[0], f"{column} {OPERATORS[operator]} {_sql(column, values[0])}"


orders = st.lists(
    st.tuples(st.sampled_from([c for c in SCHEMA if c != "email"]), st.booleans()), max_size=3, unique_by=lambda s: s[0]
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(filters(), max_size=3, unique_by=lambda f: f[0]), orders, st.integers(13, 150))
def test_pages_of_any_question_are_the_rows_of_the_same_sql(
    shop: Shop, held: list[tuple[str, str, str]], order: list[tuple[str, bool]], limit: int
) -> None:
    conditions = " and ".join(sql for _, _, sql in held) or "true"
    sort = ", ".join(f"{name} {'desc' if down else 'asc'} nulls last" for name, down in order)
    sort = ", ".join([*([sort] if sort else []), "sold_on", "sku"])
    expected = _asked(f"select * exclude email from rows where {conditions} order by {sort}")
    asked = [(name, value) for name, value, _ in held] + [("limit", str(limit))]
    asked += [("columns", ",".join(c for c in SCHEMA if c != "email"))]
    asked += [("sort", ",".join(f"{'-' * down}{name}" for name, down in order))] if order else []
    found: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    while more.get("cursor", "begin"):
        page = shop.get(**dict(asked), **more)
        assert page.status_code == 200, page.text
        assert len(page.json()["rows"]) <= limit
        found += page.json()["rows"]
        more = {"cursor": page.json()["next"] or ""}
    assert found == expected


def test_groups_are_those_of_the_same_sql(shop: Shop) -> None:
    asked = {"group_by": "channel,gift", "measure": "count,sum(pieces),sum(amount),avg(ratio),min(amount)"}
    found = shop.get("/aggregate", **asked, **{"pieces[gt]": 0}).json()["rows"]
    expected = _asked(
        "select channel, gift, count(*) as count, cast(sum(pieces) as bigint) as sum_pieces, "
        "sum(amount) as sum_amount, avg(ratio) as avg_ratio, min(amount) as min_amount from rows where pieces > 0 "
        "group by all order by channel nulls last, gift nulls last"
    )
    assert [{**row, "avg_ratio": round(row["avg_ratio"], 9)} for row in found] == [
        {**row, "avg_ratio": round(row["avg_ratio"], 9)} for row in expected
    ]


def test_every_row_is_found_by_its_key_in_the_same_writing_as_in_a_page(shop: Shop) -> None:
    shop.turned(clear=CLEAR)
    for row in shop.get(limit=240).json()["rows"][::17]:
        found = shop.get(f"/rows/{row['sku']}/{row['sold_on']}")
        assert (found.status_code, found.json()) == (200, row)


def test_a_key_that_does_not_exist_is_not_found(shop: Shop) -> None:
    missing = shop.get("/rows/s-9999/2026-03-01")
    assert (missing.status_code, missing.json()["type"].rsplit("/", 1)[1]) == (404, "no-such-row")
    assert shop.get("/rows/s-9999").json()["rule"] == "{sku}/{sold_on}"


def test_a_row_is_read_as_it_was_when_a_snapshot_is_named(own: Shop) -> None:
    before = own.lake.current("shop.sales")
    assert before is not None
    own.publish(sales(note=5))
    key = ALL["sku"][1]
    path = f"/rows/{key}/2026-03-01"
    then, now = own.get(path, as_of=before.snapshot_id), own.get(path)
    assert Decimal(now.json()["amount"]) - Decimal(then.json()["amount"]) == Decimal("0.0005")
    assert then.headers["mesh-snapshot"] == str(before.snapshot_id)
    assert then.headers["mesh-service-level"] == "superseded"
    assert own.get(path, as_of=before.published_at.isoformat()).json() == then.json()


def _asked(sql: str) -> list[dict[str, Any]]:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.register("rows", ALL.to_arrow())
        table = connection.sql(sql).to_arrow_table()
        return [json.loads(line) for batch in table.to_batches() for line in json_lines(batch).splitlines()]


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _sql(column: str, written: str) -> str:
    types = {pl.Date: "date", pl.Datetime: "timestamptz", pl.Decimal: "decimal(18,4)"}
    return f"cast('{written}' as {types[type(SCHEMA[column])]})" if type(SCHEMA[column]) in types else f"'{written}'"
