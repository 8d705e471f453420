"""A small domain for the tests: a toy shop with its package, its dbt project and its rows."""

import textwrap
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from mesh_platform.contract import Contract, Timestamp, column
from mesh_platform.product import DataProduct, Domain, InputPort, Owner, Source
from mesh_platform.transform import Input, raw_schema

FIRST, SECOND, THIRD = date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)


class Sold(Contract):
    """A toy that was sold. Grain: one row per sale."""

    sale_id: str = column("The sale.", key=True)
    sold_at: Timestamp = column("When.")
    toy: str = column("Which toy.")
    pieces: int = column("How many.")


class DailyToys(Contract):
    """Toys sold a day. Grain: one row per toy and day."""

    toy: str = column("Which toy.", key=True, sort=True)
    day: date = column("The day.", key=True, partition=True)
    pieces: int = column("How many.")
    price: float = column("What one costs.", nullable=True)


DAILY = DataProduct(
    name="daily",
    contract=DailyToys,
    version="1.0.0",
    mart="fct_daily",
    sources=("sold",),
    inputs=(InputPort("makers.prices", ("toy", "price"), "Tests."),),
)
TOYS = Domain(
    name="toys",
    owner=Owner("Toys", "toys@omnishop.example"),
    description="Toys.",
    sources=(Source("sold", Sold, "csv", "till", event_time="sold_at"),),
    products=(DAILY,),
)
PRICES = pl.Schema({"toy": pl.String(), "price": pl.Float64()})

PROJECT = {
    "dbt_project.yml": """
        name: mesh_toys
        version: 1.0.0
        config-version: 2
        profile: mesh
        packages-install-path: "{{ env_var('MESH_DBT_PACKAGES', 'dbt_packages') }}"
        models:
          mesh_toys:
            staging: {+materialized: view}
            marts: {+materialized: table}
        """,
    "models/sources.yml": """
        sources:
          - name: raw
            tables: [{name: sold}]
          - name: makers
            tables: [{name: prices}]
        """,
    "models/staging/stg_sold.sql": """
        with
        sold as (select * from {{ source('raw', 'sold') }}),
        final as (select toy, _day as day, pieces from sold where {{ dbt_mesh.in_days('_day') }})
        select * from final
        """,
    "models/staging/stg_sold.yml": """
        models:
          - name: stg_sold
            description: Sales of the run's days. One row per sale.
            columns: [{name: toy, description: Which toy., data_tests: [not_null]}]
        """,
    "models/marts/fct_daily.sql": """
        with
        sold as (select * from {{ ref('stg_sold') }}),
        prices as (select * from {{ source('makers', 'prices') }}),
        totals as (select toy, day, cast(sum(pieces) as bigint) as pieces from sold group by toy, day),
        final as (
            select totals.toy, totals.day, totals.pieces, prices.price
            from totals left join prices on totals.toy = prices.toy
        )
        select * from final
        """,
    "models/marts/fct_daily.yml": """
        models:
          - name: fct_daily
            description: Toys sold a day. One row per toy and day.
            data_tests:
              - dbt_mesh.same_total:
                  description: no piece is lost
                  arguments: {column: pieces, of: ref('stg_sold')}
                  config: {tags: [on_run]}
        unit_tests:
          - name: pieces_add_up
            model: fct_daily
            given:
              - input: ref('stg_sold')
                rows: [{toy: bear, day: 2026-01-01, pieces: 2}, {toy: bear, day: 2026-01-01, pieces: 3}]
              - input: source('makers', 'prices')
                rows: []
            expect: {rows: [{toy: bear, pieces: 5}]}
        """,
}


def write_project(root: Path) -> Path:
    """Write the domain's package and dbt project as they lie in a checkout; return the dbt project."""
    package = root / "src" / "mesh_toys"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    for name, text in PROJECT.items():
        write(root / "dbt" / name, text)
    return root / "dbt"


def write(path: Path, text: str) -> None:
    """Write an indented text as a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text).strip() + "\n")


def land(path: Path, rows: Iterable[tuple[str, date, str, int]]) -> Input:
    """Write raw sales as a Parquet file."""
    schema = raw_schema(TOYS.source("sold"))
    known = datetime(2026, 1, 4, tzinfo=UTC)
    frame = pl.DataFrame(
        [
            (sale, datetime(day.year, day.month, day.day, 12, tzinfo=UTC), toy, pieces, "f", line, day, known)
            for line, (sale, day, toy, pieces) in enumerate(rows)
        ],
        schema=schema,
        orient="row",
    )
    frame.write_parquet(path)
    return Input((str(path),), schema)


def three_days(folder: Path) -> dict[str, Input]:
    """Three days of sales, and no prices."""
    rows = [("1", FIRST, "bear", 2), ("2", FIRST, "car", 1), ("3", SECOND, "bear", 4), ("4", THIRD, "car", 8)]
    return {"raw.sold": land(folder / "sold.parquet", rows), "makers.prices": Input(schema=PRICES)}
