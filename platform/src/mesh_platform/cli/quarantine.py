"""`mesh quarantine`: the rows that broke a source's contract, and why."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from mesh_platform.cli.output import AsJson, number, print_json, print_table
from mesh_platform.errors import UnknownName
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.lake import Lake

LANDED = re.compile(r"(?P<domain>\w+)_(landed|quarantine)\.(?P<source>\w+)")
"""A source is known once a file of it was ingested or refused."""
NOTHING = "nothing of this source is in quarantine"


def quarantine(
    source: Annotated[str | None, typer.Argument(help="<domain>/<source>, such as sales/order_lines.")] = None,
    *,
    limit: Annotated[int, typer.Option(min=1, help="The most rows to show.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show refused rows, and why. By source, or a source's rows with reason, file and line.

    Example: mesh quarantine

    Example: mesh quarantine sales/order_lines --json
    """
    from mesh_platform.lake import Lake

    lake = Lake.open(Settings.load())
    seen = [LANDED.fullmatch(table) for table in lake.tables()]
    known = {f"{m['domain']}/{m['source']}": f"{m['domain']}_quarantine.{m['source']}" for m in seen if m}
    if source is None:
        _overview(lake, known, as_json=as_json)
        return
    name = source.replace(".", "/", 1)
    if name not in known:
        raise UnknownName.of("ingested source", source, list(known))
    _rows(lake, known[name], limit, as_json=as_json)


def _overview(lake: "Lake", known: dict[str, str], *, as_json: bool) -> None:
    counts = {name: (s.rows if (s := lake.current(table)) else 0) for name, table in sorted(known.items())}
    if as_json:
        print_json(counts)
    elif not any(counts.values()):
        typer.echo("the quarantine is empty")
    else:
        rows = [{"source": name, "rows": number(count)} for name, count in counts.items() if count]
        print_table(rows, right=frozenset({"rows"}))
        typer.echo(f"look closer: mesh quarantine {rows[0]['source']}")


def _rows(lake: "Lake", table: str, limit: int, *, as_json: bool) -> None:
    if lake.current(table) is None:
        typer.echo("[]" if as_json else NOTHING)
        return
    frame = lake.scan(table).sort("file", "line")
    if as_json:
        print_json(frame.collect().to_dicts())
        return
    shown = frame.select("file", "line", "reason", "record").head(limit).collect()
    if shown.is_empty():
        typer.echo(NOTHING)
    print_table(shown.to_dicts(), right=frozenset({"line"}))
    if shown.height:
        typer.echo("to release rows: correct the file in the landing zone, then `mesh run`")
