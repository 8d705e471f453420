"""`mesh maintain`: expire old snapshots by policy, merge small files, clear what dead runs left."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from mesh_platform.cli.output import AsJson, number, print_json, print_table
from mesh_platform.settings import Settings


def maintain(
    *,
    keep_days: Annotated[int | None, typer.Option(min=0, help="Override every product's retention.")] = None,
    as_json: AsJson = False,
) -> None:
    """Expire, compact and heal the lake. Snapshots expire by each product's retention.

    The table of an older major version is dropped when it was not published for 30 days after its sunset.

    Example: mesh maintain --keep-days 0
    """
    from mesh_platform.cli.progress import bar
    from mesh_platform.cli.published import published_products
    from mesh_platform.lake import Lake
    from mesh_platform.pipeline.maintain import maintain as maintain_tables

    lake, today = Lake.open(Settings.load()), datetime.now(UTC).date()
    retention = {p.table: p.service_level.retention_days for p in published_products() if p.served_on(today)}
    rows, total = [], len(lake.tables())
    with bar("maintaining tables") as progress:
        for done in maintain_tables(lake, retention, keep_days=keep_days):
            rows.append(asdict(done))
            progress(len(rows), total)
    if as_json:
        print_json(rows)
        return
    names = {name: name.replace("_", " ") for name in rows[0]} if rows else {}
    shown = [{names[k]: number(v) if isinstance(v, int) else v for k, v in row.items()} for row in rows]
    print_table(shown, right=frozenset(names.values()) - {"table"})
