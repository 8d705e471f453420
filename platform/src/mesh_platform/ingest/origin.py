"""Who fills the landing zone: the simulator, or an adapter of a public export. One origin a landing zone.

Rows of two worlds side by side would make products that mean nothing. The marker says who began and whether they
finished; whoever writes claims first. Standard library only, for commands that must start at once.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from mesh_platform.errors import UserError

MARKER: Final = "ORIGIN.json"
OMNISHOP: Final = ("sales", "customers", "inventory", "marketing")
"""The domains whose operational systems the simulator or an export stands in for."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who fills a landing zone.

    Args:
        origin: "simulator" or an adapter's name.
        complete: Whether the last filling finished.
        details: What it was made from, such as a seed or an export's name.
    """

    origin: str
    complete: bool = False
    details: Mapping[str, str | int | float] = field(default_factory=dict)


def read_origin(landing: Path) -> Origin | None:
    """Read who fills a landing zone; None where nobody has claimed it."""
    try:
        text = (landing / MARKER).read_text()
    except FileNotFoundError:
        return None
    try:
        facts = json.loads(text)
        return Origin(str(facts["origin"]), bool(facts["complete"]), dict(facts["details"]))
    except (ValueError, TypeError, KeyError):
        raise UserError(
            f"{landing / MARKER}: not the marker of a landing zone (rule: JSON with origin, complete, details); "
            "remove it together with the landing zone's files"
        ) from None


def claim_origin(landing: Path, origin: str, details: Mapping[str, str | int | float] | None = None) -> None:
    """Claim a landing zone before writing to it; claiming one's own again is fine.

    Args:
        landing: The landing zone.
        origin: "simulator" or an adapter's name.
        details: What it will be made from.

    Raises:
        UserError: Where it holds files of another origin, or of none that is known.
    """
    found = read_origin(landing)
    owner = found.origin if found else ("an unknown origin" if has_files(landing) else origin)
    if owner != origin:
        raise UserError(
            f"{landing}: holds files of {owner} (rule: one origin a landing zone); set MESH_HOME to another folder "
            f"for {origin}"
        )
    _write(landing, Origin(origin, complete=False, details=dict(details or {})))


def complete_origin(landing: Path, details: Mapping[str, str | int | float] | None = None) -> None:
    """Mark a claimed landing zone as filled; the last step of a filling.

    Args:
        landing: The landing zone.
        details: What it was made from; None keeps what was claimed.

    Raises:
        UserError: Where nobody has claimed it.
    """
    found = read_origin(landing)
    if found is None:
        raise UserError(f"{landing}: nobody has claimed it (rule: claim, write, complete); claim it first")
    _write(landing, Origin(found.origin, complete=True, details=dict(found.details if details is None else details)))


def has_files(landing: Path) -> bool:
    """Whether any source of OmniShop's own systems has landed files; other domains land theirs beside them."""
    return any(path.is_file() for domain in OMNISHOP for path in (landing / domain).glob("*/*"))


def _write(landing: Path, origin: Origin) -> None:
    landing.mkdir(parents=True, exist_ok=True)
    unfinished = landing / f".{MARKER}.tmp"
    unfinished.write_text(json.dumps(asdict(origin), indent=2, sort_keys=True) + "\n")
    unfinished.replace(landing / MARKER)
