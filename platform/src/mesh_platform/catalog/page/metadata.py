"""The metadata file as entities with aspects: DataHub's words, plain Python, no DataHub needed.

What surprises: time series aspects (a run of an assertion, a dataset's profile) come once an event; they are kept apart
as `events`, oldest first, where every other aspect is there once.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mesh_platform.catalog.page.entity import Entity, structured
from mesh_platform.catalog.page.urns import field_of, short_name
from mesh_platform.errors import BadFile

_NO_REFERENCES = frozenset({"fineGrainedLineages", "rawContract", "auditStamp", "created", "lastModified"})
"""What a look for references passes by: column lineage has an index of its own, and stamps name who wrote, not what."""


class Metadata:
    """All entities of a metadata file, and who refers to whom.

    Args:
        entities: The entities, by URN.
    """

    def __init__(self, entities: Mapping[str, Entity]) -> None:
        self.entities = entities
        self._by_type: dict[str, list[Entity]] = defaultdict(list)
        self._referred: dict[str, dict[str, None]] = defaultdict(dict)
        for entity in entities.values():
            self._by_type[entity.type].append(entity)
            for name, aspect in entity.aspects.items():
                for urn in _references(aspect):
                    if urn in entities and urn != entity.urn and name != "status":
                        self._referred[urn][entity.urn] = None

    def __len__(self) -> int:
        return len(self.entities)

    def get(self, urn: str) -> Entity | None:
        """Find an entity; None where there is none."""
        return self.entities.get(urn)

    def find(self, urn: str) -> Entity | None:
        """Find an entity as an address names it: a URN that was typed or pasted has its %20 decoded on the way."""
        return self.entities.get(urn) or self.entities.get(quote(urn, safe=":(),/"))

    def name(self, urn: str) -> str:
        """What people call an entity, also one that the file does not describe."""
        found = self.entities.get(urn)
        return found.name if found else short_name(urn)

    def of_type(self, *types: str) -> list[Entity]:
        """The entities of some types, by name."""
        return sorted((e for t in types for e in self._by_type.get(t, ())), key=lambda e: (e.name.lower(), e.urn))

    def referring(self, urn: str, *types: str) -> list[Entity]:
        """The entities that name this one in an aspect, by name; of all types, or of some."""
        found = (self.entities[by] for by in self._referred.get(urn, ()))
        return sorted((e for e in found if not types or e.type in types), key=lambda e: (e.type, e.name.lower()))


def read_metadata(path: Path) -> Metadata:
    """Read a metadata file.

    Args:
        path: A JSON list of change proposals, as DataHub's file sink writes it.

    Raises:
        BadFile: Where it holds something else.
    """
    rule, remedy = "a JSON list of DataHub's change proposals", "write it again with `mesh catalog build`"
    try:
        proposals = json.loads(path.read_bytes())
    except OSError as error:
        raise BadFile(str(path), rule, f"can't be read ({error.strerror})", remedy) from None
    except ValueError as error:
        raise BadFile(str(path), rule, f"is no JSON ({error})", remedy) from None
    if not isinstance(proposals, list):
        raise BadFile(str(path), rule, f"holds a JSON {type(proposals).__name__}", remedy)
    try:
        return metadata_of(proposals)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadFile(str(path), rule, f"holds something else ({type(error).__name__}: {error})", remedy) from error


def metadata_of(proposals: Sequence[Mapping[str, Any]]) -> Metadata:
    """Put change proposals together: a later one replaces an earlier one, one that says "removed" hides its entity."""
    entities: dict[str, Entity] = {}
    for proposal in proposals:
        urn, aspect = proposal["entityUrn"], proposal["aspect"]
        content = aspect["json"] if "json" in aspect else json.loads(aspect["value"])
        entity = entities.setdefault(urn, Entity(urn))
        if "timestampMillis" in content:
            entity.events[proposal["aspectName"]].append(content)
        else:
            entity.aspects[proposal["aspectName"]] = content
    for entity in entities.values():
        for events in entity.events.values():
            events.sort(key=lambda event: int(event["timestampMillis"]))
    _give_columns_their_properties(entities)
    return Metadata({urn: e for urn, e in entities.items() if not e.aspect("status").get("removed")})


def _give_columns_their_properties(entities: Mapping[str, Entity]) -> None:
    for entity in entities.values():
        if entity.type == "schemaField" and "structuredProperties" in entity.aspects:
            dataset, column = field_of(entity.urn)
            if dataset in entities:
                entities[dataset].columns[column] = structured(entity.aspects["structuredProperties"])


def _references(value: Any) -> Iterator[str]:
    """Walk an aspect for the URNs that it holds."""
    if isinstance(value, str):
        if value.startswith("urn:li:"):
            yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in _NO_REFERENCES:
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
