"""A mesh with a catalog file, as the tests let it publish and verify."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datahub.emitter.mcp import MetadataChangeProposalWrapper as Stated

from mesh_platform.catalog.publish import Report, Server, publish, verify
from mesh_platform.catalog.publish.verification import Difference
from platform_tests.catalog_tests.publish_tests import sample
from platform_tests.catalog_tests.publish_tests.stand_in import StandIn
from platform_tests.catalog_tests.publish_tests.store import Change, document


@dataclass
class Publisher:
    """A mesh, what it states, and the server that it publishes to."""

    gms: StandIn
    home: Path
    server: Server
    stated: list[Stated]

    @property
    def file(self) -> Path:
        """The catalog file of what the mesh states now."""
        return sample.write(self.home / "catalog" / "metadata.json", self.stated)

    def publish(self, *, everything: bool = False, allow_removals: bool = False) -> Report:
        """Publish what the mesh states now."""
        folder = self.home / "catalog"
        return publish(self.file, self.server, folder, everything=everything, allow_removals=allow_removals)

    def verify(self) -> tuple[Difference, ...]:
        """Compare it with the server."""
        return verify(self.file, self.server, self.home / "catalog").differences

    def state_only(self, stated: list[Stated]) -> None:
        """Change what the mesh states."""
        self.stated = stated

    def assert_arrived_once_in_effect(self) -> None:
        """Every aspect is there as stated and was changed by one write only; every event is there once."""
        aspects = {(u, a): row for u, rows in self.gms.store.rows.items() for a, row in rows.items()}
        wanted = {(s["entityUrn"], s["aspectName"]): s["aspect"]["json"] for s in self._records(events=False)}
        assert {key: row.value for key, row in aspects.items()} == wanted
        assert {row.version for row in aspects.values()} == {1}
        assert self.gms.store.events == {
            (s["entityUrn"], s["aspectName"], document(_change(s))): s["aspect"]["json"]
            for s in self._records(events=True)
        }

    def _records(self, *, events: bool) -> Iterator[dict[str, Any]]:
        for record in json.loads(self.file.read_text()):
            if (record["aspectName"] == "assertionRunEvent") is events:
                yield record


def _change(record: dict[str, Any]) -> Change:
    return Change(
        record["entityType"], record["entityUrn"], record["aspectName"], dict(record["aspect"]["json"]), system={}
    )
