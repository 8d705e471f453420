"""Whether a model was served the features that the lake has: what the comparisons of its views found."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mesh_platform.features.online.parity import Parity


def of_model(live: str, home: Path) -> Iterator[Parity]:
    """Find the newest comparison of each view that a live model reads.

    Args:
        live: The live model as "module:NAME"; "" where there is none.
        home: The home of the mesh.

    Returns:
        Those in which something was compared: a view that nobody was served says nothing.
    """
    from mesh_platform.features.online.definition import id_of
    from mesh_platform.features.online.parity import results

    newest = {f"{found.view}@{found.version}": found for found in results(home) if found.compared} if live else {}
    if not newest:
        return
    for view in _named(live).views:
        if (found := newest.get(id_of(view))) is not None:
            yield found


def _named(live: str) -> Any:
    module, _, name = live.partition(":")
    return getattr(import_module(module), name)
