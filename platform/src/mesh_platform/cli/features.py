"""`mesh features`: what is kept online, pushing it, reading it, and holding what was served against the lake."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mesh_platform.cli.output import AsJson, number, print_json, print_table
from mesh_platform.errors import UserError
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.features.online.header import Header
    from mesh_platform.lake import Lake
    from mesh_platform.pipeline.online import Kept

features = typer.Typer(
    help="Online features: list, push, get, compare with the lake.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
View = Annotated[str | None, typer.Argument(help="One view only, such as customers.customer_behaviour.")]


@features.command("list")
def list_views(*, as_json: AsJson = False) -> None:
    """List the feature views that are kept online, and which snapshot of each source is there.

    Example: mesh features list
    """
    from mesh_platform.features.online.reading import OnlineReader
    from mesh_platform.lake import Lake

    settings = Settings.load()
    reader, lake = OnlineReader.open(settings), Lake.open(settings)
    found = [_described(kept, reader.header(kept.view), lake) for kept in _views(None)]
    reader.close()
    if as_json:
        print_json(found)
        return
    shown = [{**row, "entity": ", ".join(row["entity"]), "features": len(row["features"])} for row in found]
    print_table(shown, right=frozenset({"features", "entities"}))
    typer.echo(
        "next: mesh features push · mesh features get <view> <key>" if found else "no domain keeps features online"
    )


def _described(kept: "Kept", header: "Header | None", lake: "Lake") -> dict[str, Any]:
    from mesh_platform.features.online.definition import columns_of, version_of
    from mesh_platform.features.online.header import moment_of

    current = lake.current(kept.view.source)
    snapshot = None if header is None else header.snapshot
    state = "not pushed" if header is None else "current"
    if header is not None and current is not None and current.snapshot_id != snapshot:
        state = "behind"
    return {
        "view": kept.name,
        "source": kept.view.source,
        "entity": list(kept.view.entity),
        "features": list(columns_of(kept.view)),
        "version": version_of(kept.view),
        "snapshot": snapshot,
        "pushed": None if header is None else moment_of(header.pushed),
        "entities": None if header is None else header.entities,
        "state": state,
    }


@features.command()
def push(view: View = None, *, as_json: AsJson = False) -> None:
    """Push the newest features of every entity to the online store, or what changed since the last push.

    `mesh run` does so after each publish. Readers see the old snapshot or the new one, of a whole view.

    Example: mesh features push customers.customer_behaviour
    """
    from datetime import UTC, datetime

    from mesh_platform.discover import installed_domains
    from mesh_platform.lake import Lake
    from mesh_platform.pipeline.online import drop_unused, push_views

    settings = Settings.load()
    lake, asked = Lake.open(settings), _views(view)
    waiting = [k.name for k in asked if not view and not k.may_be_empty and lake.current(k.view.source) is None]
    views = [kept for kept in asked if kept.name not in waiting]
    done = push_views(views, lake, settings)
    dropped = drop_unused(installed_domains(), settings, datetime.now(UTC)) if view is None else []
    rows = [{**asdict(one), "view": kept.name} for kept, one in zip(views, done, strict=True)]
    if as_json:
        print_json({"pushed": rows, "dropped": dropped, "waiting": waiting})
        return
    shown = [
        {**row, "entities": number(one.entities), "seconds": f"{one.seconds:.2f}"}
        for row, one in zip(rows, done, strict=True)
    ]
    print_table(shown, right=frozenset({"entities", "written", "removed", "seconds"}))
    if waiting:
        typer.echo(f"not pushed, because their sources have no snapshot yet: {', '.join(waiting)}")
    if dropped:
        typer.echo(f"dropped, because no domain defines them any more: {', '.join(dropped)}")


@features.command()
def get(
    view: Annotated[str, typer.Argument(help="The view, such as customers.customer_behaviour.")],
    keys: Annotated[list[str], typer.Argument(help="Entities; where several columns name one, with commas between.")],
    *,
    clear: Annotated[bool, typer.Option("--clear", help="Show personal data instead of masks.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read features as a model sees them now. Personal data is masked.

    Example: mesh features get customers.customer_behaviour C0000001
    """
    from mesh_platform.cli.published import published_products
    from mesh_platform.contract.export.masks import masked
    from mesh_platform.features.online.keys import typed
    from mesh_platform.features.online.reading import OnlineReader

    (kept,) = _views(view)
    reader = OnlineReader.open(Settings.load())
    header = reader.header(kept.view)
    if header is None:
        raise UserError(f"feature view '{view}' is not in the online store; `mesh features push {view}` pushes it")
    read = reader.read_version(kept.view, [typed(key, header) for key in keys])
    reader.close()
    of = {product.full_name: product.columns for product in published_products()}.get(kept.view.source)
    rows = [{} if values is None else dict(values) for values in read.values]
    if not clear:
        rows = masked(rows, of) if of else [dict.fromkeys(row, "•••") for row in rows]
    named = [{"key": key, "found": bool(row), **row} for key, row in zip(keys, rows, strict=True)]
    if as_json:
        print_json({"version": header.version, "snapshot": read.header.snapshot, "entities": named})
        return
    for row in named:
        print_table([{"feature": name, "value": value} for name, value in row.items()])


@features.command()
def parity(*, as_json: AsJson = False) -> None:
    """Compare the features that were served since the last comparison with the lake, to the bit.

    Exit code 1 where a value differs.

    Example: mesh features parity
    """
    from mesh_platform.discover import installed_domains
    from mesh_platform.lake import Lake
    from mesh_platform.pipeline.online import compare_served

    settings = Settings.load()
    found = compare_served(installed_domains(), Lake.open(settings), settings)
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        rows = [{**asdict(one), "columns": ", ".join(one.columns)} for one in found]
        print_table(rows, right=frozenset({"compared", "values", "mismatches", "skipped"}))
        compared, values = sum(one.compared for one in found), sum(one.values for one in found)
        wrong = sum(one.mismatches for one in found)
        typer.echo(f"{number(compared)} served entities, {number(values)} values, {number(wrong)} mismatches")
    if any(one.mismatches for one in found):
        raise typer.Exit(1)


def _views(name: str | None) -> "list[Kept]":
    from mesh_platform.discover import installed_domains
    from mesh_platform.pipeline.online import all_views, find_view

    domains = installed_domains()
    return [find_view(domains, name)] if name else list(all_views(domains).values())
