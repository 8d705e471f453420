"""`mesh history` and `mesh rollback`: the snapshots of a product, and the way back to one."""

from typing import Annotated

import typer

from mesh_platform.cli.output import AsJson, number, print_json, print_table
from mesh_platform.settings import Settings

Product = Annotated[str, typer.Argument(help="The product's full name, such as sales.orders.")]


def history(product: Product, *, as_json: AsJson = False) -> None:
    """List a product's snapshots, newest first. What each was made from, and by which run.

    Example: mesh history sales.orders
    """
    from mesh_platform.cli.published import find_product
    from mesh_platform.lake import Lake

    find_product(product)
    snapshots = Lake.open(Settings.load()).history(product)
    rows = [
        {
            "snapshot": s.snapshot_id,
            "published": s.published_at,
            "rows": s.rows,
            "contract": s.properties.get("contract_version"),
            "code": s.properties.get("code_version"),
            "run": s.properties.get("run_id"),
            "checks": s.checks,
            "inputs": dict(s.inputs),
        }
        for s in snapshots
    ]
    if as_json:
        print_json(rows)
        return
    if not rows:
        typer.echo(f"{product} has no snapshot yet; `mesh run` publishes the first one")
    for row, snapshot in zip(rows, snapshots, strict=True):
        row["published"] = snapshot.published_at.strftime("%Y-%m-%d %H:%M:%S")
        row["rows"] = number(snapshot.rows)
        row["run"] = str(row["run"])[:8]
        row["inputs"] = ", ".join(sorted(snapshot.inputs))
    print_table(rows, right=frozenset({"rows", "checks"}))


def rollback(
    product: Product, snapshot: Annotated[int, typer.Argument(help="A snapshot id from `mesh history`.")]
) -> None:
    """Go back to an earlier snapshot. The newer ones stay readable by id.

    Example: mesh rollback sales.orders 4711
    """
    import uuid

    from mesh_platform.cli.published import find_product
    from mesh_platform.lake import Lake

    find_product(product)
    lake = Lake.open(Settings.load())
    before = lake.current(product)
    now = lake.rollback(product, snapshot, run_id=str(uuid.uuid4()))
    typer.echo(f"{product} is at snapshot {now.snapshot_id} again, {number(now.rows)} rows")
    if before:
        typer.echo(f"undo: mesh rollback {product} {before.snapshot_id}")
