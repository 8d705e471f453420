"""How verbs speak: a table for people, JSON for machines, one line for an error."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import typer

PIPE_WIDTH = 240
"""The width of tables that go into a pipe or a file."""
COLUMN_WIDTH = 12
"""What a column needs to be read; a table of more columns than fit is printed row by row."""
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def print_json(value: object) -> None:
    """Print a value as JSON."""
    typer.echo(json.dumps(value, indent=2, default=_plain, ensure_ascii=False))


def _plain(value: object) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def print_table(rows: Sequence[Mapping[str, object]], *, right: frozenset[str] = frozenset()) -> None:
    """Print rows as a table; where the terminal is too narrow for it, a block a row.

    Args:
        rows: The rows, all with the same columns.
        right: The columns of numbers.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    if not rows:
        return
    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in rows[0]:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(_shown, row.values()))
    if len(rows[0]) * COLUMN_WIDTH <= console.width:
        console.print(table)
        return
    for count, row in enumerate(rows, start=1):
        console.rule(f"row {count}", align="left", style="dim")
        for name, value in row.items():
            console.print(f"{name:<{max(map(len, row))}}  {_shown(value)}", markup=False)


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return "" if value is None else str(value)


def number(value: int) -> str:
    """Write a count with thousands apart."""
    return f"{value:,}"
