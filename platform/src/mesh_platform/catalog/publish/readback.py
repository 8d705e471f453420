"""Read back what a DataHub server stores: entities with all their aspects, lists of entities, events.

Contents come from the server's database, not from its search index, which lags behind. Only events and the OpenAPI's
list of entities come from the index; whoever uses the list looks at each entity again.
"""

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

from mesh_platform.catalog.publish.gms import Gms
from mesh_platform.catalog.publish.proposals import BATCH, entity_type
from mesh_platform.catalog.publish.refusals import explained
from mesh_platform.catalog.publish.server import Mode
from mesh_platform.errors import MeshFailure

READERS = 8
"""Requests at a time where the server has no batch: an answer is a wait, mostly."""
PAGE = 1000
"""Entities a page of a list."""
EVENTS = 1000
"""Events of one entity that one request reads."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An aspect as the server has it.

    Args:
        value: Its content.
        pipeline: Who wrote it, by its system metadata.
    """

    value: dict[str, Any]
    pipeline: str


Entity = dict[str, Stored]


class Reader(Protocol):
    """One of the server's two read interfaces."""

    def entities(self, urns: list[str]) -> dict[str, Entity]:
        """Read entities of one type with all their aspects."""

    def urns(self, kind: str) -> Iterator[str]:
        """List the entities of a type."""


def reader(gms: Gms) -> Reader:
    """Choose the interface that the connection uses."""
    return OpenApiReader(gms) if gms.mode is Mode.OPENAPI else RestLiReader(gms)


@dataclass(frozen=True, slots=True)
class OpenApiReader:
    """Reads by OpenAPI, entities in batches."""

    gms: Gms

    def entities(self, urns: list[str]) -> dict[str, Entity]:
        """Read entities of one type with all their aspects."""
        found: dict[str, Entity] = {}
        for start in range(0, len(urns), BATCH):
            asked = [{"urn": urn} for urn in urns[start : start + BATCH]]
            path = f"/openapi/v3/entity/{entity_type(urns[0])}/batchGet?systemMetadata=true"
            found |= {entity["urn"]: _aspects(entity) for entity in self.gms.post(path, asked)}
        return found

    def urns(self, kind: str) -> Iterator[str]:
        """List the entities of a type that are not removed, as the search index has them."""
        scroll = ""
        while True:
            path = f"/openapi/v3/entity/scroll?count={PAGE}&includeSoftDelete=false&skipCache=true{scroll}"
            page = self.gms.post(path, {"entities": [kind]})
            yield from (entity["urn"] for entity in page.get("entities", []))
            if not page.get("scrollId"):
                return
            scroll = f"&scrollId={page['scrollId']}"


@dataclass(frozen=True, slots=True)
class RestLiReader:
    """Reads by RestLi, which has no batch that DataHub's client knows: several entities at a time."""

    gms: Gms

    def entities(self, urns: list[str]) -> dict[str, Entity]:
        """Read entities with all their aspects."""
        with ThreadPoolExecutor(READERS) as pool:
            return dict(zip(urns, pool.map(self._entity, urns), strict=True))

    def urns(self, kind: str) -> Iterator[str]:
        """List the entities of a type, the removed ones too."""
        start = 0
        while True:
            answer = self.gms.post("/entities?action=listUrns", {"entity": kind, "start": start, "count": PAGE})
            page = answer["value"]["entities"]
            yield from page
            start += len(page)
            if not page or start >= answer["value"]["total"]:
                return

    def _entity(self, urn: str) -> Entity:
        try:
            return _aspects(self.gms.graph.get_entity_raw(urn).get("aspects", {}))
        except OSError as error:
            raise explained(error, self.gms.server.url) from error


def read_events(gms: Gms, urn: str, aspect: str, times_ms: Iterable[int]) -> list[dict[str, Any]]:
    """Read the events of a timeseries aspect in the range of some times.

    Args:
        gms: The connection.
        urn: The entity.
        aspect: The timeseries aspect.
        times_ms: Milliseconds since 1970; their smallest and largest bound what is read.
    """
    times = list(times_ms)
    asked = {"urn": urn, "entity": entity_type(urn), "aspect": aspect, "limit": EVENTS}
    span = {"startTimeMillis": min(times), "endTimeMillis": max(times)}
    answer = gms.post("/aspects?action=getTimeseriesAspectValues", asked | span)
    return [_event(value) for value in answer["value"]["values"]]


def _event(value: dict[str, Any]) -> dict[str, Any]:
    content = json.loads(value["aspect"]["value"])
    if not isinstance(content, dict):
        raise MeshFailure(f"the server's event is no record: {value}")
    return content


def _aspects(entity: dict[str, Any]) -> Entity:
    return {
        name: Stored(stored["value"], (stored.get("systemMetadata") or {}).get("pipelineName") or "")
        for name, stored in entity.items()
        if isinstance(stored, dict) and "value" in stored
    }
