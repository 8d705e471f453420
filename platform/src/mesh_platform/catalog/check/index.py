"""A metadata file arranged for questions: which entity has which aspects, who refers to whom, which columns exist."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from mesh_platform.catalog.proposals import Aspect, Proposal

_COLUMN: Final = re.compile(r"urn:li:schemaField:\((urn:li:dataset:\(.+\)),([^,]+)\)")
URN: Final = "urn:li:"


def entity_type(urn: str) -> str:
    """The type that a URN says its entity is of."""
    return urn.split(":", 3)[2] if urn.count(":") > 1 else "?"


def column_of(urn: str) -> tuple[str, str] | None:
    """The dataset and the column of a column's URN; None for any other."""
    found = _COLUMN.fullmatch(urn)
    return (found[1], found[2]) if found else None


class Index:
    """A metadata file's proposals.

    Args:
        proposals: All of them.
        sound: Those whose values have the shape that DataHub demands: only their content is looked at.
    """

    def __init__(self, proposals: Sequence[Proposal], sound: Sequence[Proposal]) -> None:
        self.proposals, self.sound = proposals, sound
        self._entities: dict[str, dict[str, Aspect]] = {proposal.urn: {} for proposal in proposals}
        for proposal in sound:
            self._entities[proposal.urn][proposal.name] = proposal.aspect

    def __contains__(self, urn: object) -> bool:
        return urn in self._entities

    def __iter__(self) -> Iterator[str]:
        return iter(self._entities)

    def of_type(self, kind: str) -> Iterator[tuple[str, Mapping[str, Aspect]]]:
        """The entities of a type, with their aspects."""
        for urn, aspects in self._entities.items():
            if entity_type(urn) == kind:
                yield urn, aspects

    def aspect(self, urn: str, name: str) -> Mapping[str, Any]:
        """An entity's aspect; empty where it has none."""
        return self._entities.get(urn, {}).get(name, {})

    @cached_property
    def columns(self) -> dict[str, dict[str, Mapping[str, Any]]]:
        """Dataset → column → its field in the schema."""
        return {
            urn: {field["fieldPath"]: field for field in aspects["schemaMetadata"].get("fields", ())}
            for urn, aspects in self.of_type("dataset")
            if "schemaMetadata" in aspects
        }

    @cached_property
    def references(self) -> dict[str, list[Proposal]]:
        """URN → the proposals that refer to it, other than its own."""
        found: dict[str, list[Proposal]] = {}
        for proposal in self.sound:
            for urn in set(_urns(proposal.aspect)):
                if urn != proposal.urn:
                    found.setdefault(urn, []).append(proposal)
        return found


def _urns(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value.startswith(URN):
            yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _urns(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _urns(inner)
