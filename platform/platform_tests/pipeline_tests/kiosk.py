"""A small domain and its reader, as they lie in a checkout: packages, dbt project, landed files."""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from mesh_platform.contract import Contract, Timestamp, column
from mesh_platform.lake import Lake
from mesh_platform.pipeline.context import RunContext
from mesh_platform.pipeline.steps import ingest_source
from mesh_platform.product import DataProduct, Domain, InputPort, Owner, ServiceLevel, Source
from mesh_platform.settings import Settings

MONDAY = date(2026, 1, 5)
TUESDAY, WEDNESDAY, NEXT_MONDAY = date(2026, 1, 6), date(2026, 1, 7), date(2026, 1, 12)


class Sold(Contract):
    """A sale. Grain: one row per sale."""

    sale_id: str = column("The sale.", key=True)
    sold_at: Timestamp = column("When.")
    item: str = column("What.")
    pieces: int = column("How many.")


class Goods(Contract):
    """What can be sold. Grain: one row per item."""

    item: str = column("What.", key=True)
    price: int = column("What one costs.", unit="cents")


class Daily(Contract):
    """Pieces sold a day. Grain: one row per item and day."""

    item: str = column("What.", key=True)
    day: date = column("The day.", key=True, partition=True)
    pieces: int = column("How many.", ge=0)


class Weekly(Contract):
    """Pieces sold a week. Grain: one row per item and week."""

    item: str = column("What.", key=True)
    week: date = column("The week's Monday.", key=True, partition=True)
    pieces: int = column("How many.")


class Totals(Contract):
    """Pieces sold ever. Grain: one row per item."""

    item: str = column("What.", key=True, references="kiosk.daily.item")
    pieces: int = column("How many.")


LENIENT = ServiceLevel(max_shrink=1.0)
DAILY = DataProduct("daily", Daily, "1.0.0", "fct_daily", sources=("sold",), service_level=LENIENT)
TOTALS = DataProduct("totals", Totals, "1.0.0", "fct_totals", sources=("sold",), service_level=LENIENT)
"""Points to the daily product, so that it is published after it."""
SUMMED = replace(TOTALS, name="summed", sources=(), inputs=(InputPort("kiosk.daily", ("item", "pieces"), "Adds up."),))
WEEKLY = replace(DAILY, name="weekly", contract=Weekly)
RUNNING = replace(DAILY, name="running", looks_back=True)
PRICED = replace(DAILY, name="priced", sources=("sold", "goods"))
OWNER = Owner("Kiosk", "kiosk@omnishop.example")
KIOSK = Domain(
    "kiosk",
    OWNER,
    "A kiosk.",
    sources=(Source("sold", Sold, "csv", "till", event_time="sold_at"), Source("goods", Goods, "csv", "shelf")),
    products=(DAILY, TOTALS),
)
CAFE = Domain(
    "cafe",
    OWNER,
    "A café beside the kiosk, which reads its product.",
    sources=(Source("goods", Goods, "csv", "kitchen"),),
    products=(
        DataProduct(
            "menu",
            Totals,
            "1.0.0",
            "fct_menu",
            sources=("goods",),
            inputs=(InputPort("kiosk.daily", ("item", "pieces"), "Sells what is bought next door."),),
        ),
    ),
)
PROJECT = {
    "dbt_project.yml": """
        name: mesh_kiosk
        version: 1.0.0
        config-version: 2
        profile: mesh
        packages-install-path: "{{ env_var('MESH_DBT_PACKAGES', 'dbt_packages') }}"
        models: {mesh_kiosk: {marts: {+materialized: table}}}
        """,
    "models/sources.yml": """
        sources: [{name: raw, tables: [{name: sold}]}]
        """,
    "models/marts/fct_daily.sql": """
        with
        sold as (select * from {{ source('raw', 'sold') }} where {{ dbt_mesh.in_days('_day') }}),
        final as (select item, _day as day, cast(sum(pieces) as bigint) as pieces from sold group by item, _day)
        select * from final
        """,
    "models/marts/fct_totals.sql": """
        with
        sold as (select * from {{ source('raw', 'sold') }}),
        final as (select item, cast(sum(pieces) as bigint) as pieces from sold group by item)
        select * from final
        """,
}


def write_checkout(root: Path) -> Path:
    """Write the packages and dbt projects of both domains; return the folder to import from."""
    for domain in ("kiosk", "cafe"):
        package = root / domain / "src" / f"mesh_{domain}"
        write(package / "__init__.py", "")
        write(
            package / "domain.py",
            f"from platform_tests.pipeline_tests.kiosk import {domain.upper()}\n\nDOMAIN = {domain.upper()}",
        )
        write(
            package / "definitions.py",
            f"""
            import dagster as dg

            from mesh_{domain}.domain import DOMAIN
            from mesh_platform.orchestrate.definitions import definitions_for


            @dg.definitions
            def defs() -> dg.Definitions:
                return definitions_for(DOMAIN)
            """,
        )
        for name, text in PROJECT.items():
            write(root / domain / "dbt" / name, text.replace("mesh_kiosk", f"mesh_{domain}"))
    return root


def write(path: Path, text: str) -> None:
    """Write an indented text as a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text).strip() + "\n")


@dataclass(frozen=True, slots=True)
class Mesh:
    """The kiosk with its landing zone and its lake."""

    settings: Settings
    lake: Lake

    def land(self, day: date, *rows: tuple[str, date, str, int]) -> Path:
        """Drop the sales that were delivered on a day: sale, day of the sale, item, pieces."""
        lines = [f"{sale},{sold}T10:00:00Z,{item},{pieces}" for sale, sold, item, pieces in rows]
        return self._drop("sold", day, "sale_id,sold_at,item,pieces", lines)

    def land_goods(self, day: date, *rows: tuple[str, int]) -> Path:
        """Drop what the shelf said on a day: item, price."""
        return self._drop("goods", day, "item,price", [f"{item},{price}" for item, price in rows])

    def _drop(self, source: str, day: date, header: str, lines: Iterable[str]) -> Path:
        path = self.settings.landing / "kiosk" / source / f"{source}_{day}.csv"
        write(path, "\n".join([header, *lines]))
        return path

    def context(self, run_id: str = "run") -> RunContext:
        """A run that makes what changed."""
        return RunContext(run_id=run_id, settings=self.settings, lake=self.lake)

    def ingest(self, *sources: str) -> None:
        """Ingest sources of the kiosk."""
        for name in sources or ("sold",):
            ingest_source(KIOSK, KIOSK.source(name), self.context())
