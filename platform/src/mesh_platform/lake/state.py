"""A table's Iceberg metadata, read from its JSON: what was published when, and under which schema.

The standard library's `json` is enough, so that looking at a table needs no Iceberg library.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from mesh_platform.lake.snapshots import Snapshot

MAIN: Final = "main"
OURS: Final = "mesh."  # prefix of everything we record in Iceberg's property maps
CHECKS: Final = "mesh.checks."  # + snapshot id; set by the swap, for a snapshot can't change after its audit
ROLLBACK: Final = "mesh.rollback."  # + nanoseconds; the value is JSON: to, from, run_id
ERASED: Final = "mesh.erased."  # + snapshot id; the value is JSON: follower, days changed until it, at
SORT: Final = "mesh.sort"  # the order within files, which compaction keeps


@dataclass(frozen=True, slots=True)
class Published:
    """An entry of main's log: from this moment on the snapshot was the current state."""

    snapshot_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Erasure:
    """What took the place of a snapshot that could not stay, for a person's rows were in it.

    Args:
        follower: The snapshot that was current after the erasure.
        days: The days that had changed between both, as text; None where that can't be told.
        at: When.
    """

    follower: int
    days: str | None
    at: datetime

    @classmethod
    def parse(cls, text: str) -> Erasure:
        """Read what `text` wrote."""
        said = json.loads(text)
        return cls(said["follower"], said["days"], datetime.fromisoformat(said["at"]))

    @property
    def text(self) -> str:
        """As it is kept in the table's properties."""
        return json.dumps({"follower": self.follower, "days": self.days, "at": self.at.isoformat()})


@dataclass(frozen=True, slots=True)
class TableState:
    """A table at one moment: one immutable metadata file.

    Args:
        table: The table's name.
        metadata: The parsed metadata file.
    """

    table: str
    metadata: Mapping[str, Any]

    @classmethod
    def parse(cls, table: str, text: str | bytes) -> TableState:
        """Read the text of a metadata file."""
        return cls(table, json.loads(text))

    @property
    def uuid(self) -> str:
        """The table's identity: another one after the table was dropped and made anew."""
        return str(self.metadata["table-uuid"])

    @property
    def location(self) -> str:
        """The URL of the table's folder."""
        return str(self.metadata["location"])

    @property
    def properties(self) -> Mapping[str, str]:
        """The table's properties."""
        found: Mapping[str, str] = self.metadata.get("properties", {})
        return found

    @property
    def current_id(self) -> int | None:
        """The current snapshot; None before the first publish."""
        current = self.metadata.get("refs", {}).get(MAIN)
        return None if current is None else int(current["snapshot-id"])

    @property
    def partition(self) -> str | None:
        """The date column that partitions the table."""
        default = self.metadata["default-spec-id"]
        spec = next(spec for spec in self.metadata["partition-specs"] if spec["spec-id"] == default)
        return str(spec["fields"][0]["name"]) if spec["fields"] else None

    @property
    def log(self) -> list[Published]:
        """Main's states, oldest first."""
        return [
            Published(entry["snapshot-id"], datetime.fromtimestamp(entry["timestamp-ms"] / 1000, UTC))
            for entry in self.metadata.get("snapshot-log", [])
        ]

    def raw(self, snapshot_id: int) -> Mapping[str, Any]:
        """The metadata of a snapshot, published or not."""
        found: Mapping[str, Any] = next(s for s in self.metadata["snapshots"] if s["snapshot-id"] == snapshot_id)
        return found

    def columns(self, snapshot_id: int) -> dict[str, str]:
        """Column → Iceberg type of a snapshot."""
        return self._columns_of(self.raw(snapshot_id)["schema-id"])

    @property
    def current_columns(self) -> dict[str, str]:
        """Column → Iceberg type of the table as it is now."""
        return self._columns_of(self.metadata["current-schema-id"])

    def history(self) -> list[Snapshot]:
        """The published states, oldest first, each rollback as a state of its own."""
        by_id = {s["snapshot-id"]: s for s in self.metadata.get("snapshots", [])}
        rollbacks = _Rollbacks(self.properties)
        return [self._snapshot(entry, by_id[entry.snapshot_id], rollbacks) for entry in self.log]

    def erased(self, snapshot_id: int) -> Erasure | None:
        """What took the place of a snapshot that an erasure removed; None where none did."""
        text = self.properties.get(f"{ERASED}{snapshot_id}")
        return None if text is None else Erasure.parse(text)

    def _snapshot(self, entry: Published, raw: Mapping[str, Any], rollbacks: _Rollbacks) -> Snapshot:
        summary = raw["summary"]
        told = {key.removeprefix(OURS): value for key, value in summary.items() if key.startswith(OURS) and key != SORT}
        if checks := self.properties.get(f"{CHECKS}{entry.snapshot_id}"):
            told["checks"] = checks
        told |= rollbacks.of(entry.snapshot_id)
        return Snapshot(self.table, entry.snapshot_id, entry.at, int(summary["total-records"]), told)

    def _columns_of(self, schema_id: int) -> dict[str, str]:
        schema = next(schema for schema in self.metadata["schemas"] if schema["schema-id"] == schema_id)
        return {field["name"]: field["type"] for field in schema["fields"]}


class _Rollbacks:
    """Tells which of a snapshot's appearances in the log were rollbacks: all but its first, in order."""

    def __init__(self, properties: Mapping[str, str]) -> None:
        records = [json.loads(properties[key]) for key in sorted(properties) if key.startswith(ROLLBACK)]
        self._to: dict[int, Iterator[dict[str, Any]]] = {
            target: iter([record for record in records if record["to"] == target])
            for target in {record["to"] for record in records}
        }
        self._seen: set[int] = set()

    def of(self, snapshot_id: int) -> dict[str, str]:
        """The rollback that made the snapshot current again, told as properties; empty at its first publish."""
        if snapshot_id not in self._seen:
            self._seen.add(snapshot_id)
            return {}
        record = next(self._to.get(snapshot_id, iter(())), None)
        return {} if record is None else {"rolled_back_by": record["run_id"], "rolled_back_from": str(record["from"])}
