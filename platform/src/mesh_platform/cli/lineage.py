"""`mesh lineage`: where a column, a table or a model comes from, and what is made from it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from mesh_platform.cli.lineage_send import send
from mesh_platform.cli.output import AsJson, print_json
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.lineage.graph_tree import Branch
    from mesh_platform.lineage.graph_view import View, Way

OF = "of"
"""The command that is meant where a name follows `mesh lineage` at once."""
WIDEST = 60
"""Where the remarks begin at the latest; longer names push theirs to the right."""


class NameFirst(TyperGroup):
    """Lets `mesh lineage <name>` mean `mesh lineage of <name>`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Take what is no command for the name that is asked for."""
        named = args if args and args[0] in self.commands else [OF, *args]
        return super().resolve_command(ctx, named)


lineage = typer.Typer(
    cls=NameFirst,
    no_args_is_help=True,
    help="Show where a column, a table or a model comes from, and what is made from it. "
    "Example: mesh lineage sales.orders.net_amount --up",
)
lineage.command()(send)


@lineage.command(OF)
def of(
    name: Annotated[str, typer.Argument(help="A column, table or model, such as sales.orders.net_amount.")],
    *,
    up: Annotated[bool, typer.Option("--up", help="Only where it comes from.")] = False,
    down: Annotated[bool, typer.Option("--down", help="Only what is made from it.")] = False,
    depth: Annotated[int | None, typer.Option(min=1, help="How many steps to follow; all if not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the lineage of a column, table or model. A landed file's column is landing/sales/order_lines.unit_price.

    Example: mesh lineage of sales.orders.net_amount --up

    Example: mesh lineage of landing/sales/order_lines.unit_price --down --depth 2
    """
    from mesh_platform.cli.published import project
    from mesh_platform.lineage.graph import ColumnGraph

    graph = ColumnGraph.read(project() / "contracts", Settings.load().home / "lineage" / "documents.json")
    view = graph.view(name)
    ways: list[Way] = ["up"] if up and not down else ["down"] if down and not up else ["up", "down"]
    if as_json:
        print_json(_plain(view, ways, depth))
        return
    typer.echo("\n".join(_lines(view, ways, depth)))


def _plain(view: "View", ways: list["Way"], depth: int | None) -> dict[str, Any]:
    return {
        **view.about(view.name),
        **{
            way: [{"steps": steps, **view.about(node)} for node, steps in view.reached(way, depth).items()]
            for way in ways
        },
    }


def _lines(view: "View", ways: list["Way"], depth: int | None) -> Iterator[str]:
    yield _said(view.name, _remarks(view, view.name))
    for way in ways:
        found = view.tree(way, depth)
        title = "comes from" if way == "up" else "goes into"
        yield ""
        if found.branches:
            yield f"{title} ({len(view.reached(way, depth))})"
        else:
            yield f"{title}: {'no other column that is known' if way == 'up' else 'nothing'}"
        yield from _drawn(view, found, "")


def _drawn(view: "View", branch: "Branch", indent: str) -> Iterator[str]:
    for place, child in enumerate(branch.branches, start=1):
        last = place == len(branch.branches)
        remarks = _remarks(view, child.node, crosses=child.crosses)
        if child.again:
            remarks.append("see above")
        if child.cut:
            remarks.append(f"{child.cut} more beyond")
        yield _said(f"{indent}{'└── ' if last else '├── '}{child.node}", remarks)
        yield from _drawn(view, child, indent + ("    " if last else "│   "))


def _remarks(view: "View", node: str, *, crosses: bool = False) -> list[str]:
    about = view.about(node)
    made = {"sql": "dbt {}", "program": "Python, from any of its inputs", "declared": "declared"}.get(
        about["basis"], ""
    )
    remarks = [about["kind"], made.format(about["logic"])]
    return [r for r in [*remarks, f"⇄ domain {about['domain']}" if crosses else ""] if r]


def _said(text: str, remarks: list[str]) -> str:
    return f"{text:<{WIDEST}}  {', '.join(remarks)}"
