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


def find_product(name: str) -> PublishedProduct:
    """Find a published product by its full name.

    Raises:
        UnknownName: Where there is none, saying which there are.
    """
    found = {p.full_name: p for p in published_products()}
    if name not in found:
        raise UnknownName.of("product", name, list(found))
    return found[name]


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
