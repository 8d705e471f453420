"""DataHub's change proposals as plain values, and the file that holds them.

The file is DataHub's own metadata file, one proposal a line, so that a change is a visible diff. It holds nothing that
changes by itself: the same state gives the same bytes.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mesh_platform.errors import UserError

Aspect = Mapping[str, Any]
Key = tuple[str, str, str, int]

NOBODY: Mapping[str, Any] = {"actor": "urn:li:corpuser:unknown", "time": 0}
"""DataHub's stamp of what nobody in particular did at no known time; a time of building would change the bytes."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be known of one aspect of one entity.

    Args:
        entity_type: DataHub's type, such as "dataset".
        urn: The entity.
        name: The aspect, such as "schemaMetadata".
        aspect: Its value, as DataHub writes it in JSON.
    """

    entity_type: str
    urn: str
    name: str
    aspect: Aspect

    @property
    def key(self) -> Key:
        """What is told apart: the entity, the aspect and, of what is measured over time, the moment."""
        return self.entity_type, self.urn, self.name, int(self.aspect.get("timestampMillis", 0))

    def document(self) -> dict[str, Any]:
        """The proposal as DataHub's files spell it."""
        return {
            "aspect": {"json": self.aspect},
            "aspectName": self.name,
            "changeType": "UPSERT",
            "entityType": self.entity_type,
            "entityUrn": self.urn,
        }


def about(urn: str, **aspects: Aspect | None) -> Iterator[Proposal]:
    """Propose aspects of an entity; those that are None are left out.

    Args:
        urn: The entity.
        aspects: Aspect's name → value.
    """
    entity_type = urn.split(":", 3)[2]
    for name, aspect in aspects.items():
        if aspect is not None:
            yield Proposal(entity_type, urn, name, aspect)


def write(proposals: Iterable[Proposal], path: Path) -> int:
    """Write a metadata file in one step: a reader sees the file before or the new one.

    Args:
        proposals: In any order.
        path: The file.

    Returns:
        How many proposals it holds.
    """
    ordered = sorted(proposals, key=lambda p: p.key)
    encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            file.write("[\n")
            file.writelines(f"{',' * bool(n)}{chr(10) * bool(n)}{encode(p.document())}" for n, p in enumerate(ordered))
            file.write("\n]\n")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return len(ordered)


def read(path: Path) -> list[Proposal]:
    """Read a metadata file.

    Raises:
        UserError: Where there is none, or it holds something else.
    """
    if not path.exists():
        raise UserError(f"{path}: no such metadata file; `mesh catalog build` writes it")
    try:
        entries = json.loads(path.read_bytes())
    except ValueError as error:
        raise UserError(f"{path}: is no JSON ({error}); `mesh catalog build` writes it anew") from None
    if not isinstance(entries, list):
        raise UserError(f"{path}: holds {type(entries).__name__} (rule: a list of proposals); build it anew")
    return [_proposal(path, number, entry) for number, entry in enumerate(entries, start=1)]


def _proposal(path: Path, number: int, entry: Any) -> Proposal:
    match entry:
        case {
            "entityType": str(entity_type),
            "entityUrn": str(urn),
            "aspectName": str(name),
            "aspect": {"json": dict(aspect)},
        }:
            return Proposal(entity_type, urn, name, aspect)
    raise UserError(
        f"{path}: entry {number} is no proposal (rule: entityType, entityUrn, aspectName and aspect.json); "
        "build the file anew"
    )
