"""`mesh privacy`: where persons' data lives, erasing a person, and how long old states are kept."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from mesh_platform.cli.output import AsJson, number, print_json, print_table
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.privacy.erase import Eraser, Erasure

privacy = typer.Typer(
    help="Personal data: where it lives, erasing a person, retention.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
DryRun = Annotated[bool, typer.Option("--dry-run", help="Count what would be done, and do nothing.")]


@privacy.command()
def report(
    *,
    columns: Annotated[bool, typer.Option("--columns", help="A row a column instead of a row a place.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show where persons' data lives: tables, quarantine, landed files, models, with owner, retention and readers.

    Example: mesh privacy report --columns
    """
    from mesh_platform.cli.published import project
    from mesh_platform.lake import Lake
    from mesh_platform.privacy.places import places
    from mesh_platform.privacy.report import holdings

    settings = Settings.load()
    found = holdings(settings, Lake.open(settings), places(project() / "contracts"))
    if as_json:
        print_json([asdict(holding) for holding in found])
        return
    named = [
        {
            "place": holding.place,
            "columns": holding.column,
            "personal": holding.personal,
            "secrecy": holding.classification,
            "rows": "" if holding.rows is None else number(holding.rows),
            "owner": holding.owner,
            "kept": holding.retention,
            "read by": ", ".join(holding.purposes),
        }
        for holding in found
    ]
    rows = named if columns else _by_place(named)
    print_table(rows, right=frozenset({"rows"}))
    typer.echo(f"{len(found)} columns in {len({h.place for h in found})} places; purposes: --json")


@privacy.command()
def erase(
    *,
    customer_id: Annotated[str, typer.Option("--customer-id", help="The customer, such as C0000123.")],
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a person from tables, quarantine, landed files and old states, and prove it. It can't be undone.

    Orders stay without the person; models that learnt from them are marked. Interrupted, call it again.

    Example: mesh privacy erase --customer-id C0000123 --dry-run
    """
    from mesh_platform.cli.progress import spinner

    with spinner("searching", quiet=as_json or not dry_run) as step:
        planned = _eraser(step).plan(customer_id) if dry_run else None
    if planned is not None:
        _tell(planned, as_json=as_json)
        return
    if not yes:
        typer.confirm(f"Erase customer {customer_id} for good?", abort=True)
    with spinner("erasing", quiet=as_json) as step:
        done = _eraser(step).erase(customer_id)
    _tell(done, as_json=as_json)


@privacy.command()
def retention(*, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Forget the old states that have had their time by each product's service level.

    Example: mesh privacy retention --dry-run
    """
    from mesh_platform.cli.published import published_products
    from mesh_platform.lake import Lake
    from mesh_platform.pipeline.models import registry_of
    from mesh_platform.privacy.retention import forget, learnt_snapshots, retained

    settings = Settings.load()
    lake, learnt = Lake.open(settings), learnt_snapshots(registry_of(settings))
    days = {p.table: p.service_level.retention_days for p in published_products()}
    found = list(retained(lake, days, learnt))
    rows = [asdict(kept) | {"forgotten": 0 if dry_run or not kept.expiring else forget(lake, kept)} for kept in found]
    if as_json:
        print_json(rows)
        return
    due = [row for row in rows if row["expiring"]]
    if due:
        print_table(
            [
                {
                    "table": row["table"],
                    "kept days": row["retention_days"],
                    "states": row["states"],
                    "due" if dry_run else "forgotten": row["expiring" if dry_run else "forgotten"],
                    "oldest": row["oldest"],
                    "can't be reproduced": ", ".join(row["models"]),
                }
                for row in due
            ],
            right=frozenset({"kept days", "states", "due", "forgotten"}),
        )
    states = sum(int(row["expiring"]) for row in due)
    typer.echo(
        f"{states} of {sum(r['states'] for r in rows)} states have had their time"
        + (", nothing was done" if dry_run else "")
    )


def _eraser(report: Callable[[str], None]) -> "Eraser":
    from mesh_platform.cli.published import project
    from mesh_platform.lake import Lake
    from mesh_platform.privacy.erase import Eraser

    settings = Settings.load()
    return Eraser.of(settings, Lake.open(settings), project() / "contracts", report)


def _tell(done: "Erasure", *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(done) | {"proof": str(done.proof) if done.proof else None})
        return
    rows = [
        {
            "place": place,
            "rows removed": number(done.removed[place]),
            "rows without the person": number(done.changed[place]),
        }
        for place in sorted(done.removed)
    ]
    print_table(rows, right=frozenset({"rows removed", "rows without the person"}))
    if done.proof:
        typer.echo(f"{done.snapshots} old states forgotten; models marked: {', '.join(done.models) or 'none'}")
        typer.echo(f"proof: no trace in {number(done.files)} files, {done.proof}")
    elif done.removed:
        typer.echo("nothing was done; leave --dry-run out to erase")
    else:
        typer.echo(f"nothing is left of this customer; erased before: {', '.join(done.earlier) or 'yes'}")


def _by_place(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    places: dict[str, dict[str, str]] = {}
    for row in rows:
        if row["place"] not in places:
            places[row["place"]] = dict(row) | {"columns": "1"}
            continue
        place = places[row["place"]]
        place["columns"] = str(int(place["columns"]) + 1)
        kinds = dict.fromkeys([*place["personal"].split(", "), *row["personal"].split(", ")])
        place["personal"] = ", ".join(kinds)
        if row["secrecy"] == "restricted":
            place["secrecy"] = "restricted"
    return list(places.values())
