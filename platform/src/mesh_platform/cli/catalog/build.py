"""`mesh catalog build`: the metadata of the whole mesh as DataHub change proposals."""

from pathlib import Path
from typing import Annotated

import typer

from mesh_platform.cli.output import AsJson, number, print_json, print_table
from mesh_platform.settings import Settings


def build(
    *,
    out: Annotated[Path | None, typer.Option(help="The file to write, instead of MESH_HOME's own.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the metadata of the whole mesh in DataHub's file format. The same state gives the same bytes.

    Example: mesh catalog build
    """
    from mesh_platform.catalog.build import build as build_metadata
    from mesh_platform.cli.published import project

    built = build_metadata(project(), Settings.load(), out)
    if as_json:
        print_json({"file": str(built.path), "proposals": built.proposals, "entities": built.entities})
        return
    print_table(
        [{"entity": kind, "count": number(count)} for kind, count in built.entities.items()], right=frozenset({"count"})
    )
    typer.echo(f"{number(built.proposals)} proposals in {built.path}")
