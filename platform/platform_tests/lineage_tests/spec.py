"""OpenLineage's JSON Schemas, as the standard publishes them: what they say of an event and of each of its facets."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

PROJECT = Path(__file__).resolve().parents[3]
Event = dict[str, Any]


@dataclass(frozen=True)
class Specification:
    """The schemas, none of which is looked up on the net."""

    registry: Registry[Any]
    core: str

    @classmethod
    def read(cls) -> Self:
        """Read the schemas beside the checkout; where they are absent, skip loudly, and fail on CI."""
        shared = Path(os.environ.get("MESH_TEST_DATA", PROJECT.parent / "shared" / "data"))
        folder = shared / "openlineage-spec"
        if not folder.exists():
            message = f"SCHEMAS ABSENT: {folder}; set MESH_TEST_DATA to the folder that holds openlineage-spec"
            pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
        schemas = [
            json.loads(path.read_text()) for path in (folder / "OpenLineage.json", *folder.glob("facets/*.json"))
        ]
        resources = [(schema["$id"], Resource.from_contents(schema)) for schema in schemas]
        return cls(Registry().with_resources(resources), schemas[0]["$id"])

    def errors(self, event: Event) -> list[str]:
        """Say what is wrong with an event: with itself, and with each facet by the facet's own schema."""
        found = self._against(f"{self.core}#/$defs/RunEvent", event, "event")
        for slot, name, facet in facets(event):
            found += self._facet(slot, name, facet)
        return found

    def _facet(self, slot: str, name: str, facet: Event) -> list[str]:
        where = facet["_schemaURL"]
        schema = where.partition("#")[0]
        if schema not in self.registry:
            return [f"{slot}.{name}: no schema {schema} in the standard"]
        if name not in self.registry.contents(schema)["properties"]:
            return [f"{slot}.{name}: {schema} describes {list(self.registry.contents(schema)['properties'])}"]
        base = {"inputFacets": "InputDatasetFacet", "outputFacets": "OutputDatasetFacet", "facets": "DatasetFacet"}
        base |= {"run": "RunFacet", "job": "JobFacet"}
        extends = json.dumps(self.registry.contents(schema)["$defs"][where.rpartition("/")[2]]["allOf"][0])
        if f"/{base[slot]}" not in extends:
            return [f"{slot}.{name}: it extends {extends}, and belongs elsewhere"]
        return self._against(where, facet, f"{slot}.{name}")

    def _against(self, schema: str, content: Any, what: str) -> list[str]:
        validator = Draft202012Validator({"$ref": schema}, registry=self.registry, format_checker=_formats())
        return [f"{what}{error.json_path[1:]}: {error.message}" for error in validator.iter_errors(content)]


def _formats() -> FormatChecker:
    """The formats that the schemas use; the validator knows only UUIDs without more packages."""
    checker = FormatChecker(["uuid"])
    checker.checks("date-time", ValueError)(lambda value: datetime.fromisoformat(value).tzinfo is not None)
    checker.checks("uri")(lambda value: bool(urlsplit(value).scheme))
    return checker


def facets(event: Event) -> Iterator[tuple[str, str, Event]]:
    """Every facet of an event: where it is, its name, itself."""
    for slot in ("run", "job"):
        yield from ((slot, name, facet) for name, facet in event[slot].get("facets", {}).items())
    for dataset in (*event["inputs"], *event["outputs"]):
        for slot in ("facets", "inputFacets", "outputFacets"):
            yield from ((slot, name, facet) for name, facet in dataset.get(slot, {}).items())


def events_in(file: Path) -> list[Event]:
    """The events of a file, in their order."""
    return [json.loads(line) for line in file.read_text().splitlines()]
