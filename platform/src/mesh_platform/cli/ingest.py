"""`mesh ingest`: map a public export into the landing zone."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from mesh_platform.cli.output import AsJson, number, print_json
from mesh_platform.settings import Settings


def ingest(
    adapter: Annotated[str, typer.Argument(help="online-retail, dunnhumby, fraud-handbook or cdnow.")],
    path: Annotated[Path, typer.Argument(help="The export's file or folder.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Map a public export into the landing zone. `mesh run` then publishes what it can feed.

    Example: mesh ingest online-retail online_retail.parquet
    """
    from mesh_platform.cli.progress import bar
    from mesh_platform.ingest.adapters.registry import adapt

    with bar(f"mapping {adapter}") as progress:
        done = adapt(adapter, path, Settings.load().landing, lambda _, count, total: progress(count, total))
    if as_json:
        print_json(asdict(done))
        return
    for table, rows in done.rows_read.items():
        typer.echo(f"read   {number(rows):>12}  {table}")
    for source, rows in done.rows_written.items():
        typer.echo(f"landed {number(rows):>12}  {source}")
    for note in done.notes:
        typer.echo(f"note: {note}")
    typer.echo("next: mesh run")
