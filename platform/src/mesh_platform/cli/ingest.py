"""`mesh ingest`: map a public export into the landing zone."""

from pathlib import Path
from typing import Annotated

import typer

from mesh_platform.cli.output import AsJson, number, print_json
from mesh_platform.settings import Settings


def ingest(
    adapter: Annotated[str, typer.Argument(help="online-retail, dunnhumby, fraud-handbook or cdnow.")],
    path: Annotated[Path, typer.Argument(help="The export's file or folder.")],
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Empty a landing zone of another origin first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Map a public export into the landing zone; `mesh run` then publishes what it can feed.

    Example: mesh ingest online-retail online_retail.parquet
    """
    from mesh_platform.cli.progress import bar
    from mesh_platform.ingest.adapters import adapt

    settings = Settings.load()
    with bar(f"mapping {adapter}") as progress:
        done = adapt(adapter, path, settings.landing, progress, replace=replace)
    if as_json:
        print_json({"adapter": adapter, "files": len(done.files), "rows_read": done.rows_read, "notes": done.notes})
        return
    typer.echo(
        f"{number(done.rows_read)} rows read, {number(done.rows_written)} landed in {number(len(done.files))} files"
    )
    for note in done.notes:
        typer.echo(f"  {note}")
    typer.echo("next: mesh run")
