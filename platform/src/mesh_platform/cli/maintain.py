"""`mesh maintain`: expire old snapshots by policy, merge small files, clear what dead runs left."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from mesh_platform.cli.output import AsJson, print_json, print_table
from mesh_platform.settings import Settings

PRIVATE_RETENTION_DAYS = 7
"""How long the snapshots of raw rows, quarantine and ledgers can be read; products say it themselves."""


def maintain(
    *,
    keep_days: Annotated[int | None, typer.Option(min=0, help="Override every product's retention.")] = None,
    as_json: AsJson = False,
) -> None:
    """Expire snapshots older than each product's retention, compact small files, drop leftovers of dead runs.

    Example: mesh maintain --keep-days 0
    """
    from mesh_platform.cli.published import published_products
    from mesh_platform.lake import Lake

    lake = Lake.open(Settings.load())
    retention = {p.full_name: p.service_level.retention_days for p in published_products()}
    rows = []
    for table in sorted(lake.tables()):
        days = keep_days if keep_days is not None else retention.get(table, PRIVATE_RETENTION_DAYS)
        lake.heal(table)
        before = len(lake.files(table))
        lake.compact(table)
        expired = lake.expire(table, datetime.now(UTC) - timedelta(days=days))
        after = len(lake.files(table))
        rows.append({"table": table, "files before": before, "files after": after, "snapshots expired": expired})
    if as_json:
        print_json(rows)
    else:
        print_table(rows, right=frozenset({"files before", "files after", "snapshots expired"}))
