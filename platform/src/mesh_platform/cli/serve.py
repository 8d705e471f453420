"""`mesh serve`: the data product APIs on this machine."""

import json
import os
import socket
from typing import TYPE_CHECKING, Annotated

import typer

from mesh_platform.errors import UserError
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.serve.app import Plan


def serve(
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where the APIs listen; 0 takes any free port.")] = 8080,
    host: Annotated[str, typer.Option(help="The address they listen on.")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many processes answer.")] = 1,
    name: Annotated[
        list[str] | None, typer.Option(help="A further name by which they may be asked; can be repeated; * for any.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Say where they are in one line of JSON.")] = False,
) -> None:
    """Serve products, features and models over HTTP. Stop it with Ctrl-C; what runs is finished first.

    Example: mesh serve --port 8080 --workers 2
    """
    plan = _plan(host, name or [])
    with _listen(host, port) as listening:
        address = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"

        def announce() -> None:
            key = _development_key(plan.settings)  # not before: a key that nobody saw would be lost
            if as_json:
                typer.echo(json.dumps({"url": address, "workers": workers, "development_key": key}))
                return
            typer.echo(f"the mesh's APIs: {address} (workers: {workers}; stop them with Ctrl-C)")
            if key:
                typer.echo(f"your development key, shown this once: {key}")
                typer.echo(f"use it: export MESH_URL={address} MESH_TOKEN={key}")

        from mesh_platform.serve.workers import Workers

        Workers(plan, listening, workers, announce).run()
    typer.echo("stopped", err=True)


def _plan(host: str, names: list[str]) -> "Plan":
    from mesh_platform.cli.published import project

    root = project()
    try:
        from mesh_platform.serve.app import LOCAL_NAMES, Plan
    except ModuleNotFoundError as error:
        raise UserError(
            f"the APIs need {error.name}, which is not installed; install the extra: mesh-platform[serve]"
        ) from error
    return Plan(Settings.load(), root / "contracts", hosts=(*LOCAL_NAMES, host, *names))


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before anything is loaded, so that a taken one is said at once.

    Raises:
        UserError: Where it can't be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        raise UserError(f"{host}:{port} can't be listened on ({reason}); choose another --port") from None


def _development_key(settings: Settings) -> str | None:
    """Make the key of one machine's developer; None where there is one already."""
    from mesh_platform.serve.identity.keys import development_key

    return development_key(settings)
