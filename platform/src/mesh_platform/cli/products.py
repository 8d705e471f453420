"""`mesh products`: what the mesh publishes."""

from mesh_platform.cli.output import AsJson, number, print_json, print_table
from mesh_platform.settings import Settings


def products(*, as_json: AsJson = False) -> None:
    """List the data products. Each with owner, version, rows, snapshot and newest day.

    Example: mesh products --json
    """
    from mesh_platform.cli.published import published_products, state_of
    from mesh_platform.lake import Lake

    lake = Lake.open(Settings.load())
    found = [(product, state_of(lake, product.table)) for product in published_products()]
    rows = [
        {
            "product": product.table,
            "version": product.version,
            "owner": product.owner.team,
            "rows": state.snapshot.rows if state.snapshot else None,
            "snapshot": state.snapshot.snapshot_id if state.snapshot else None,
            "published": state.snapshot.published_at if state.snapshot else None,
            "newest day": state.newest_day,
            "about": product.description.partition("\n")[0],
        }
        for product, state in found
    ]
    if as_json:
        print_json(rows)
        return
    for row, (_, state) in zip(rows, found, strict=True):
        row["rows"] = number(state.snapshot.rows) if state.snapshot else "not published"
        row["published"] = state.snapshot.published_at.strftime("%Y-%m-%d %H:%M") if state.snapshot else None
    print_table(rows, right=frozenset({"rows"}))
