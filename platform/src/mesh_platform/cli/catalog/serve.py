"""`mesh catalog serve`: the catalog as a web page on this machine."""

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mesh_platform.errors import UserError
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI


def serve(
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where the page listens; 0 takes any free port.")] = 8090,
    host: Annotated[str, typer.Option(help="The address it listens on.")] = "127.0.0.1",
    name: Annotated[
        list[str] | None, typer.Option(help="A further name by which browsers may ask for it; can be repeated.")
    ] = None,
) -> None:
    """Show the catalog as a web page. Builds the metadata first where it is missing or out of date.

    Example: mesh catalog serve --port 8090
    """
    from mesh_platform.cli.published import project

    root, settings = project(), Settings.load()
    listening = _listen(host, port)
    file = _metadata(root, settings)
    app = _app(file, root, settings, [host, "localhost", "127.0.0.1", *(name or ())])
    typer.echo(f"the catalog: http://{host}:{listening.getsockname()[1]} (stop it with Ctrl-C)")
    _run(app, listening)


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before anything is built, so that a taken one is said at once.

    Raises:
        UserError: Where it can't be had.
    """
    try:
        return socket.create_server((host, port))
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        raise UserError(f"{host}:{port} can't be listened on ({reason}); choose another --port") from None


def _metadata(root: Path, settings: Settings) -> Path:
    """The metadata file, built anew where something that it is made of is newer."""
    from mesh_platform.catalog.build import build, metadata_file

    file = metadata_file(settings)
    if not file.exists() or file.stat().st_mtime_ns < _newest_change(root, settings):
        typer.echo("building the metadata …")
        build(root, settings)
    return file


def _newest_change(root: Path, settings: Settings) -> int:
    """When the documents, governance's files or, where it is a file, the lake's catalog changed last."""
    made_of = [path for folder in ("contracts", "catalog") for path in (root / folder).rglob("*.y*ml")]
    made_of.append(Path(settings.lake_catalog.removeprefix("sqlite:///")))
    return max((path.stat().st_mtime_ns for path in made_of if path.is_file()), default=0)


def _app(file: Path, root: Path, settings: Settings, hosts: list[str]) -> "FastAPI":
    try:
        from mesh_platform.catalog.page.app import catalog_app
    except ModuleNotFoundError as error:
        raise UserError(
            f"the page needs {error.name}, which is not installed; install the extra: mesh-platform[serve]"
        ) from error
    from mesh_platform.catalog.page.evidence import Evidence
    from mesh_platform.catalog.page.site import CurrentSite

    evidence = Evidence(settings, root / "contracts")
    current = CurrentSite(file, changed=evidence.forget)
    current.get()  # a file that can't be understood is said here, not on every page
    return catalog_app(current, evidence, hosts)


def _run(app: "FastAPI", listening: socket.socket) -> None:
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False))
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        typer.echo("stopped")
