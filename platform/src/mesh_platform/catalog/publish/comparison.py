"""Whether two contents of an aspect are the same for DataHub, and if not, where they part.

Bytes differ where content does not: the server leaves out or writes out defaults. So both sides go through DataHub's
own class of the aspect before they are compared.
"""

import json
from typing import Any

SERVER_SET: dict[str, frozenset[str]] = {"ownership": frozenset({"ownerTypes"})}
"""What the server derives and writes into an aspect by itself: owners by their type, for its search."""
SHOWN = 60
"""Characters of a value in a message."""


def difference(aspect: str, ours: Any, theirs: Any) -> str | None:
    """Say where an aspect on the server differs from the mesh's; None where it does not.

    Args:
        aspect: The aspect's name.
        ours: Its content in the mesh.
        theirs: Its content on the server.
    """
    if ours == theirs:
        return None
    return _first(_plain(aspect, ours), _plain(aspect, theirs), "")


def _plain(aspect: str, value: Any) -> Any:
    from datahub.emitter.aspect import ASPECT_MAP
    from datahub.emitter.serialization_helper import post_json_transform, pre_json_transform

    kept = {name: part for name, part in value.items() if name not in SERVER_SET.get(aspect, ())}
    kind = ASPECT_MAP.get(aspect)
    if kind is None:
        return kept
    try:
        return pre_json_transform(kind.from_obj(post_json_transform(kept)).to_obj())
    except (
        ValueError,
        KeyError,
        AttributeError,
        TypeError,
    ):  # the server is newer than this client: compare as it came
        return kept


def _first(ours: Any, theirs: Any, path: str) -> str | None:
    if ours == theirs:
        return None
    if isinstance(ours, dict) and isinstance(theirs, dict):
        pairs = ((f"{path}.{name}" if path else name, ours.get(name), theirs.get(name)) for name in ours | theirs)
        return next((found for at, mine, its in pairs if (found := _first(mine, its, at))), None)
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = ((f"{path}[{place}]", mine, its) for place, (mine, its) in enumerate(zip(ours, theirs, strict=True)))
        return next((found for at, mine, its in pairs if (found := _first(mine, its, at))), None)
    if isinstance(ours, list) and isinstance(theirs, list):
        return f"{path}: the mesh has {len(ours)} entries, the server {len(theirs)}"
    return f"{path}: the mesh has {_shown(ours)}, the server {_shown(theirs)}"


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text[:SHOWN] + "…" if len(text) > SHOWN else text
