"""The table that these tests publish, and rows of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import duckdb
import polars as pl

from mesh_platform.lake import Candidate, Days, Lake, Made, Snapshot, TableLayout
from mesh_platform.lake.snapshots import Audit, Replace

TABLE = "sales.orders"
SCHEMA = pl.Schema(
    {
        "order_id": pl.String(),
        "day": pl.Date(),
        "ordered_at": pl.Datetime("us", "UTC"),
        "amount": pl.Decimal(18, 4),
        "store_id": pl.String(),
    }
)
LAYOUT = TableLayout(
    SCHEMA,
    required=frozenset({"order_id", "ordered_at"}),
    partition="day",
    sort=("order_id",),
    descriptions={"order_id": "The order."},
)
UNPARTITIONED = TableLayout(SCHEMA, required=frozenset({"order_id"}), sort=("order_id",))
MADE = Made("run-1", "abc123", "1.0.0", {"sales.order_lines": 7})


def day(n: int) -> date:
    return date(2026, 1, 1) + timedelta(days=n)


def rows(n: int, *, of: str = "a", count: int = 3) -> pl.DataFrame:
    """Rows of the n-th day whose ids say who wrote them, in descending order."""
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=n)
    return pl.DataFrame(
        [
            {
                "order_id": f"{of}-{n}-{i}",
                "day": day(n),
                "ordered_at": noon + timedelta(microseconds=i),
                "amount": Decimal(f"{i}.0001"),
                "store_id": None if i % 2 else f"s{i}",
            }
            for i in reversed(range(count))
        ],
        schema=SCHEMA,
    )


def days(*numbers: int) -> Days:
    return Days(frozenset(map(day, numbers)))


def frames(*made: pl.DataFrame) -> Callable[[], Iterable[pl.DataFrame]]:
    return lambda: list(made)


def passes(candidate: Candidate) -> int:
    return len(candidate.new_files)


def publish(
    lake: Lake,
    *made: pl.DataFrame,
    replace: Replace,
    layout: TableLayout = LAYOUT,
    audit: Audit | None = passes,
    run: str = "run-1",
) -> Snapshot:
    order = Made(run, "abc123", "1.0.0", {"sales.order_lines": 7})
    return lake.publish(TABLE, layout, frames(*made), replace=replace, made=order, audit=audit)


def publish_days(lake: Lake, *numbers: int, of: str = "a", count: int = 3, audit: Audit | None = passes) -> Snapshot:
    """Publish the days' rows in place of what they had."""
    return publish(lake, *(rows(n, of=of, count=count) for n in numbers), replace=days(*numbers), audit=audit)


def ids(lake: Lake, as_of: int | datetime | None = None) -> list[str]:
    """The ids of all rows, sorted."""
    return lake.scan(TABLE, as_of=as_of).select("order_id").collect()["order_id"].sort().to_list()


def expected(*numbers: int, of: str = "a", count: int = 3) -> list[str]:
    return sorted(f"{of}-{n}-{i}" for n in numbers for i in range(count))


def queried(lake: Lake, as_of: int | None = None) -> list[tuple[object, ...]]:
    """All rows as DuckDB reads them from the files."""
    paths = [file.path for file in lake.files(TABLE, as_of=as_of)]
    with duckdb.connect() as engine:
        return engine.execute("select * from read_parquet(?, union_by_name = true) order by all", [paths]).fetchall()
