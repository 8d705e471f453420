"""`mesh catalog publish`: bring a DataHub server to what the mesh's metadata states."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mesh_platform.cli.output import AsJson, number, print_json, print_table
from mesh_platform.cli.progress import bar
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.catalog.publish import Report, Server

REFUSED_SHOWN = 20
"""Refused proposals that the table names; `--json` has them all."""
ServerOption = Annotated[str | None, typer.Option("--server", help="DataHub's address, instead of DATAHUB_GMS_URL.")]
ModeOption = Annotated[
    str | None, typer.Option("--mode", help="restli, openapi or auto (by the server's version); else DATAHUB_MODE.")
]
FileOption = Annotated[Path | None, typer.Option("--file", help="The metadata file, instead of MESH_HOME's own.")]


def metadata_file(file: Path | None) -> Path:
    """The metadata file that a verb works on."""
    return file or catalog_folder() / "metadata.json"


def catalog_folder() -> Path:
    """Where the metadata file and the ledgers of what was published are."""
    return Settings.load().home / "catalog"


def publish(
    *,
    server: ServerOption = None,
    mode: ModeOption = None,
    file: FileOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Send also what the server has acknowledged.")] = False,
    allow_removals: Annotated[bool, typer.Option(help="Remove even most of the mesh from the server.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send the metadata to a DataHub server. Only what changed since the last time; what left the mesh is removed.

    The access token is read from DATAHUB_GMS_TOKEN. A publish that was interrupted goes on where it stopped.

    Example: mesh catalog publish --server http://localhost:8080
    """
    from mesh_platform.catalog.publish import Server

    at = Server.of(Settings.load(), server, mode)
    report = _publish(at, metadata_file(file), everything, allow_removals, as_json)
    if as_json:
        print_json(asdict(report))
    else:
        _say(report)
    if report.refused:
        raise typer.Exit(1)


def _publish(server: "Server", file: Path, everything: bool, allow_removals: bool, quiet: bool) -> "Report":
    from mesh_platform.catalog.publish import publish as publish_catalog

    folder = catalog_folder()
    if quiet:
        return publish_catalog(file, server, folder, everything=everything, allow_removals=allow_removals)
    with bar(f"publish to {server.url}") as progress:
        return publish_catalog(
            file, server, folder, everything=everything, allow_removals=allow_removals, progress=progress
        )


def _say(report: "Report") -> None:
    counts = {
        "sent": report.sent,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "withdrawn": report.withdrawn,
        "refused": len(report.refused),
    }
    print_table([{what: number(count) for what, count in counts.items()}], right=frozenset(counts))
    print_table(
        [{"urn": r.key[0], "aspect": r.key[1], "refused because": r.reason} for r in report.refused[:REFUSED_SHOWN]]
    )
    typer.echo(f"{report.server} by {report.mode} in {report.seconds:.1f} s")
