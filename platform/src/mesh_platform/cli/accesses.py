"""`mesh accesses`: the log of who used the data product APIs."""

from dataclasses import asdict

import typer

from mesh_platform.cli.output import AsJson, number, print_json, print_table
from mesh_platform.settings import Settings

accesses = typer.Typer(
    help="The log of accesses to the data product APIs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@accesses.callback()
def _verbs() -> None:
    """Keep `verify` a verb of its own while it is the only one."""


@accesses.command()
def verify(*, as_json: AsJson = False) -> None:
    """Check that no line of the log was changed, added or taken out; exit code 1 where one was.

    Example: mesh accesses verify
    """
    from mesh_platform.serve.identity.accesses import verify as verified

    lines, broken = verified(Settings.load())
    if as_json:
        print_json({"lines": lines, "broken": [asdict(place) for place in broken]})
    else:
        print_table([asdict(place) for place in broken])
        typer.echo(f"{number(lines)} lines, {number(len(broken))} places not as they were written")
    raise typer.Exit(1 if broken else 0)
