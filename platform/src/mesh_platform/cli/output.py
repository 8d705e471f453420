"""How verbs speak: a table for people, JSON for machines, one line for an error."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import typer

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


def print_table(rows: Sequence[Mapping[str, object]], *, title: str = "", right: frozenset[str] = frozenset()) -> None:
    """Print rows as a table as wide as the terminal; in a pipe, as wide as it needs.

    Args:
        rows: The rows, all with the same columns.
        title: A line above.
        right: The columns of numbers.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    if not rows:
        return
    console = Console(width=None if sys.stdout.isatty() else 240, highlight=False)
    table = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for name in rows[0]:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    console.print(table)


def number(value: int) -> str:
    """Write a count with thousands apart."""
    return f"{value:,}"
