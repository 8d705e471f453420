"""`mesh up`: the Dagster UI over all domains."""

import os
import sys
from typing import Annotated

import typer

from mesh_platform.settings import Settings


def up(
    *,
    port: Annotated[int, typer.Option(help="Where the UI listens.")] = 3000,
    host: Annotated[str, typer.Option(help="The address it listens on.")] = "127.0.0.1",
) -> None:
    """Open the Dagster UI over all domains. Stop it with Ctrl-C.

    Example: mesh up --port 3001
    """
    from pathlib import Path

    from mesh_platform.cli.published import project
    from mesh_platform.orchestrate.home import prepare_home

    root = project()
    prepare_home(Settings.load())
    dagster = Path(sys.executable).with_name("dagster")
    typer.echo(f"the mesh's Dagster UI: http://{host}:{port} (stop it with Ctrl-C)")
    os.chdir(root)
    arguments = ["dev", "-w", "workspace.yaml", "-h", host, "-p", str(port)]
    os.execv(dagster, [str(dagster), *arguments])  # noqa: S606 - this process becomes the server
