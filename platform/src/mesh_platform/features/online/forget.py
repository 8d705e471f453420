"""Take persons out of the online store: nothing of them stays in it, in its log, or in what waits to be compared.

What is removed is everything that holds one of their identifiers, also another entity's history that names them, and
what only contains it, as C12 contains C1: too much is mended by a push, too little is not. Such a view is marked, so
that the next push, which must follow, writes it whole from the erased tables.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from mesh_platform.features.online import header as headers
from mesh_platform.features.online.header import TO_PUSH_WHOLE
from mesh_platform.features.online.store import OnlineStore
from mesh_platform.features.online.waiting import comparing, folder_of


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was taken out.

    Args:
        entities: View with its version → how many entities' features.
        samples: How many served samples.
    """

    entities: dict[str, int]
    samples: int


def forget(store: OnlineStore, home: Path, identifiers: Collection[str]) -> Forgotten:
    """Remove everything that holds one of the identifiers.

    Args:
        store: The online store.
        home: The home of the mesh.
        identifiers: Values that lead to the person, such as a customer id and the cards.
    """
    named = [value for value in identifiers if value]
    needles = [value.encode() for value in named]
    entities: dict[str, int] = {}
    if needles and (names := store.views()):
        with store.pushing():
            for view in names:
                if removed := _without(store, view, needles):
                    entities[view] = removed
        store.close()  # which leaves no copy of what was removed
    with comparing(home):  # which would take files away
        return Forgotten(entities, sum(_without_samples(path, named) for path in _samples(home)))


def _without(store: OnlineStore, view: str, needles: list[bytes]) -> int:
    seen = store.read(view, ())
    gone = [key for key, value in store.rows(view) if any(needle in key or needle in value for needle in needles)]
    if seen is None or not gone:
        return 0
    before = headers.read(seen[0])
    left = replace(before, snapshot=TO_PUSH_WHOLE, entities=before.entities - len(gone), push=secrets.token_hex(8))
    store.patch(view, (), gone, left, seen[0])
    return len(gone)


def _samples(home: Path) -> Iterator[Path]:
    folder = folder_of(home)
    return (path for pattern in ("*.jsonl", "*.taken") for path in folder.glob(pattern))


def _without_samples(path: Path, identifiers: Collection[str]) -> int:
    """Drop a file's lines that hold one; a server that still writes to it opens the new one for its next line."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not any(value in line for value in identifiers)]
    if len(kept) != len(lines):
        draft = path.with_name(f".{path.name}")
        draft.write_text("".join(kept), encoding="utf-8")
        draft.replace(path)
    return len(lines) - len(kept)
