"""`mesh catalog verify`: prove that a DataHub server shows the mesh, the whole mesh, and nothing but the mesh."""

from dataclasses import asdict
from typing import Annotated

import typer

from mesh_platform.cli.catalog.publish import FileOption, ModeOption, ServerOption, catalog_folder, metadata_file
from mesh_platform.cli.output import AsJson, number, print_json, print_table
from mesh_platform.settings import Settings


def verify(
    *,
    server: ServerOption = None,
    mode: ModeOption = None,
    file: FileOption = None,
    limit: Annotated[int, typer.Option(min=1, help="How many differences the table shows.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Compare a DataHub server with the metadata, in both directions. Exit code 1 where they differ.

    Example: mesh catalog verify --server http://localhost:8080
    """
    from mesh_platform.catalog.publish import Server
    from mesh_platform.catalog.publish import verify as verify_catalog

    at = Server.of(Settings.load(), server, mode)
    verdict = verify_catalog(metadata_file(file), at, catalog_folder())
    found = verdict.differences
    if as_json:
        print_json({"server": at.url, "compared": verdict.compared, "differences": [asdict(d) for d in found]})
    else:
        print_table([{"what": d.kind, "urn": d.urn, "aspect": d.aspect, "detail": d.detail} for d in found[:limit]])
        remedy = "; `mesh catalog publish --all` sends all again and removes what this MESH_HOME published"
        compared, differ = number(verdict.compared), number(len(found))
        typer.echo(f"{at.url}: {compared} proposals compared, {differ} differences{remedy if found else ''}")
    if found:
        raise typer.Exit(1)
