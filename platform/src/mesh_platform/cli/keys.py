"""`mesh keys`: the API keys of machines, each of which proves a registered consumer."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from mesh_platform.cli.output import AsJson, print_json, print_table
from mesh_platform.errors import UnknownName, UserError
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.serve.identity.keys import Key

keys = typer.Typer(
    help="API keys of machines: make, list, revoke.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@keys.command()
def create(
    consumer: Annotated[str, typer.Argument(help="The registered consumer, or developer for this machine's own key.")],
    *,
    expires: Annotated[str | None, typer.Option("--expires", help="The last day on which it works.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it once: only its hash is kept.

    Example: mesh keys create finance_dashboard --expires 2027-06-30
    """
    from mesh_platform.cli.published import project
    from mesh_platform.contract.consumers import DEVELOPER, consumers
    from mesh_platform.serve.identity.keys import Keys

    known = [DEVELOPER, *(c.name for c in consumers(project() / "contracts"))]
    if consumer not in known:
        raise UnknownName.of("registered consumer", consumer, known)
    key, text = Keys.of(Settings.load()).create(consumer, _day(expires))
    if as_json:
        print_json({"id": key.id, "consumer": consumer, "expires": key.expires, "key": text})
        return
    typer.echo(text)
    typer.echo(f"key {key.id} of {consumer}; it is not shown again. Send it as 'Authorization: Bearer <key>'", err=True)
    typer.echo(f"undo: mesh keys revoke {key.id}", err=True)


@keys.command("list")
def list_keys(*, as_json: AsJson = False) -> None:
    """List the keys: whose, since when, until when, last used. Secrets are nowhere.

    Example: mesh keys list
    """
    from mesh_platform.serve.identity.keys import Keys

    found = Keys.of(Settings.load()).all()
    if as_json:
        print_json([asdict(key) | {"state": _state(key)} for key in found])
        return
    print_table([_row(key) for key in found])
    typer.echo("next: mesh keys create <consumer> · mesh keys revoke <id>" if found else "no key was made yet")


@keys.command()
def revoke(
    key: Annotated[str, typer.Argument(help="The key's id from `mesh keys list`.")], *, as_json: AsJson = False
) -> None:
    """Revoke a key for good; every worker refuses it from its next request on.

    Example: mesh keys revoke 1f2e3d4c5b6a
    """
    from mesh_platform.serve.identity.keys import Keys

    revoked = Keys.of(Settings.load()).revoke(key)
    if as_json:
        print_json(asdict(revoked) | {"state": _state(revoked)})
        return
    typer.echo(f"key {revoked.id} of {revoked.consumer} is revoked")
    typer.echo(f"a revoked key never works again; a new one: mesh keys create {revoked.consumer}")


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    today = datetime.now(UTC).date()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UserError(f"--expires '{text}' is no date; write it like {today}") from None
    if day < today:
        raise UserError(f"--expires {day} is past (rule: today, {today}, or later); choose a later day")
    return day


def _state(key: "Key") -> str:
    if key.revoked_at:
        return "revoked"
    return "works" if key.works_on(datetime.now(UTC).date()) else "expired"


def _row(key: "Key") -> dict[str, object]:
    return {
        "id": key.id,
        "consumer": key.consumer,
        "state": _state(key),
        "created": key.created_at,
        "expires": key.expires,
        "last used": key.used_at,
    }
