"""The published products as the commands see them: the documents under contracts/ and the lake's snapshots."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from mesh_platform.contract.export.read import PublishedProduct, published
from mesh_platform.errors import UnknownName, UserError
from mesh_platform.lake import Lake
from mesh_platform.settings import project_root

if TYPE_CHECKING:
    from mesh_platform.lake import Snapshot


def project() -> Path:
    """The project's folder.

    Raises:
        UserError: Outside a project.
    """
    root = project_root()
    if root is None:
        raise UserError(
            f"no workspace.yaml in {Path.cwd()} or above; run the command inside the project or set MESH_ROOT"
        )
    return root


def published_products() -> list[PublishedProduct]:
    """Read the published documents."""
    return published(project() / "contracts")


def find_product(name: str, major: int | None = None) -> PublishedProduct:
    """Find a published product.

    Args:
        name: Its full name; the table of an older major version, such as "sales.orders_v1", names that one.
        major: The major version; None for the newest one.

    Raises:
        UnknownName: Where there is none, saying which there are.
    """
    products = published_products()
    if major is not None:
        return _of_major(name, major, products)
    found = {p.table: p for p in products}
    if name not in found:
        raise UnknownName.of("product", name, list(found))
    return found[name]


def _of_major(name: str, major: int, products: list[PublishedProduct]) -> PublishedProduct:
    found = {p.major: p for p in products if p.full_name == name}
    if not found:
        raise UnknownName.of("product", name, sorted({p.full_name for p in products}))
    if major not in found:
        alive = ", ".join(f"v{n}" for n in sorted(found))
        raise UnknownName(f"{name} has no v{major}; there are: {alive}")
    return found[major]


@dataclass(frozen=True, slots=True)
class State:
    """What the lake holds of a product now."""

    snapshot: "Snapshot | None"
    newest_day: date | None


def state_of(lake: Lake, table: str) -> State:
    """Look up a product's current snapshot and its newest partition."""
    snapshot = lake.current(table)
    days = [f.day for f in lake.files(table) if f.day is not None] if snapshot else []
    return State(snapshot, max(days, default=None))
