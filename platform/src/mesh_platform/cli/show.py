"""`mesh show`: rows of a product, now or as they were."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mesh_platform.cli.history import Product
from mesh_platform.cli.output import AsJson, print_json, print_table
from mesh_platform.cli.times import utc_time
from mesh_platform.errors import UserError
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.contract.export.read import PublishedProduct


def show(
    product: Product,
    *,
    major: Annotated[int | None, typer.Option(min=0, help="An older major version; the newest one without.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="The most rows to show.")] = 10,
    as_of: Annotated[str | None, typer.Option(help="A snapshot id, or a time such as 2026-05-01T12:00.")] = None,
    where: Annotated[str | None, typer.Option(help="A SQL condition on the product's columns.")] = None,
    unmask: Annotated[bool, typer.Option("--unmask", help="Show personal data in clear.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show rows of a product. Filters are pushed down to the files.

    Example: mesh show sales.orders --where "channel = 'web'" --limit 5

    Example: mesh show sales.orders --as-of 2026-05-01T12:00

    Example: mesh show sales.orders --major 1
    """
    from mesh_platform.cli.published import find_product
    from mesh_platform.lake import Lake

    found = find_product(product, major)
    lake = Lake.open(Settings.load())
    if lake.current(found.table) is None:
        raise UserError(f"{found.table} has no snapshot yet; `mesh run` publishes the first one")
    _say_its_end(found)
    files = [f.path for f in lake.files(found.table, as_of=_point(as_of))]
    rows = _rows(files, found, where, limit)
    if not unmask:
        from mesh_platform.privacy.masks import masked

        rows = masked(rows, found.columns)
    if as_json:
        print_json(rows)
    elif rows:
        print_table(rows)
    else:
        typer.echo("no rows")


def _say_its_end(found: "PublishedProduct") -> None:
    """Say of an older major version until when it is served; beside the rows, which may be read by a machine."""
    if found.sunset is None:
        return
    today = datetime.now(UTC).date()
    ends = "is served until" if found.served_on(today) else "is made no more since"
    typer.echo(f"{found.full_name} v{found.major} {ends} {found.sunset}; use the newest major version", err=True)


def _point(as_of: str | None) -> int | datetime | None:
    if as_of is None or as_of.isdigit():
        return int(as_of) if as_of else None
    return utc_time("--as-of", as_of, " and no snapshot id; see `mesh history`")


def _rows(files: list[str], product: "PublishedProduct", where: str | None, limit: int) -> list[dict[str, Any]]:
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")
        source = connection.read_parquet(files, union_by_name=True)
        try:
            found = source.filter(where) if where else source
            result = found.limit(limit).project(", ".join(c.name for c in product.columns)).fetchall()
        except duckdb.Error as error:
            reason = str(error).partition("\n")[0]
            known = ", ".join(c.name for c in product.columns)
            raise UserError(f'--where "{where}": {reason}; columns are: {known}') from None
    return [dict(zip([c.name for c in product.columns], row, strict=True)) for row in result]
