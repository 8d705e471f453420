"""`mesh catalog`: the metadata of the whole mesh, for DataHub and for the page on one machine; one file a verb."""

import typer

from mesh_platform.cli.catalog.build import build
from mesh_platform.cli.catalog.check import check
from mesh_platform.cli.catalog.publish import publish
from mesh_platform.cli.catalog.serve import serve
from mesh_platform.cli.catalog.verify import verify

catalog = typer.Typer(no_args_is_help=True, help="The mesh's metadata in DataHub's format: build it, check it, use it.")
for verb in (build, check, publish, verify, serve):
    catalog.command()(verb)
