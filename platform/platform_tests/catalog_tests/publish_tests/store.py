"""What the stand-in for DataHub's server keeps, and what it refuses: the registry of DataHub's own SDK is the judge."""

import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from datahub.emitter.aspect import ASPECT_MAP, TIMESERIES_ASPECT_MAP
from datahub.emitter.serialization_helper import post_json_transform, pre_json_transform
from datahub.metadata.schema_classes import KEY_ASPECTS

Value = dict[str, Any]


class Rejected(Exception):
    """A proposal that DataHub's server would not take."""


@dataclass(frozen=True)
class Change:
    """One aspect of one entity that a client wants stored."""

    kind: str
    urn: str
    aspect: str
    value: Value
    system: Value


@dataclass
class Row:
    """A stored aspect; its version goes up with each write that changes it."""

    value: Value
    system: Value
    version: int = 1


@dataclass
class Store:
    """Aspects and events, with every effect counted."""

    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    events: dict[tuple[str, str, str], Value] = field(default_factory=dict)
    applied: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def apply(self, changes: list[Change]) -> None:
        """Store all of a batch or none of it, as the server's transaction does."""
        for change in changes:
            judge(change)
        with self._lock:
            self._judge_references(changes)
            for change in changes:
                self.applied[change.aspect] += 1
                if change.aspect in TIMESERIES_ASPECT_MAP:
                    self.events[change.urn, change.aspect, document(change)] = change.value
                else:
                    self._upsert(change)

    def _judge_references(self, changes: list[Change]) -> None:
        """Refuse a structured property's value before its definition, as the server's validator does."""
        defined = self.rows.keys() | {change.urn for change in changes}
        for change in changes:
            for value in change.value.get("properties", []) if change.aspect == "structuredProperties" else []:
                if value["propertyUrn"] not in defined:
                    raise Rejected(
                        f"Unexpected null value found for {value['propertyUrn']} Structured Property Definition"
                    )

    def _upsert(self, change: Change) -> None:
        aspects = self.rows.setdefault(change.urn, {})
        row = aspects.get(change.aspect)
        if row is None:
            aspects[change.aspect] = Row(change.value, change.system)
        elif row.value != change.value:
            aspects[change.aspect] = Row(change.value, change.system, row.version + 1)

    def read(self, urn: str) -> dict[str, Row]:
        """Read an entity; empty where it does not exist."""
        return self.rows.get(urn, {})

    def urns(self, kind: str, *, removed: bool) -> list[str]:
        """List the entities of a type."""
        return sorted(
            urn
            for urn, aspects in self.rows.items()
            if urn.startswith(f"urn:li:{kind}:") and (removed or not is_removed(aspects))
        )

    def delete(self, urn: str, aspect: str | None = None) -> bool:
        """Delete an entity or one of its aspects; False where there is none."""
        with self._lock:
            if aspect is None:
                return self.rows.pop(urn, None) is not None
            return self.rows.get(urn, {}).pop(aspect, None) is not None


def is_removed(aspects: dict[str, Row]) -> bool:
    """Whether an entity is soft-deleted."""
    return "status" in aspects and aspects["status"].value.get("removed") is True


def judge(change: Change) -> None:
    """Refuse what DataHub's model does not allow."""
    where = f"{change.aspect} of {change.urn}"
    if change.urn.split(":")[2] != change.kind:
        raise Rejected(f"{where} is not of entity type {change.kind}")
    if change.kind not in KEY_ASPECTS:
        raise Rejected(f"Failed to find entity with name {change.kind} in EntityRegistry")
    if change.aspect not in KEY_ASPECTS[change.kind].ASPECT_INFO["entityAspects"]:
        raise Rejected(f"Unknown aspect {change.aspect} for entity {change.kind}")
    try:
        read = ASPECT_MAP[change.aspect].from_obj(post_json_transform(change.value))
    except Exception as error:
        raise Rejected(f"{where} does not parse: {error}") from error
    if not read.validate():
        raise Rejected(f"{where} is no valid record")
    if unknown := unknown_field(change.value, pre_json_transform(read.to_obj())):
        raise Rejected(f"{where}: /{unknown} :: unrecognized field found but not allowed")


def unknown_field(given: Any, understood: Any) -> str | None:
    """Name a field that the model does not know, which its parser drops without a word."""
    if isinstance(given, dict) and isinstance(understood, dict):
        for name, value in given.items():
            if name not in understood:
                return str(name)
            if found := unknown_field(value, understood[name]):
                return f"{name}/{found}"
    if isinstance(given, list) and isinstance(understood, list):
        for mine, its in zip(given, understood, strict=True):
            if found := unknown_field(mine, its):
                return found
    return None


def document(change: Change) -> str:
    """Make the id under which DataHub indexes an event: the same event twice is one document."""
    parts = ("timestampMillis", "eventGranularity", "messageId", "partitionSpec")
    return json.dumps([change.value.get(part) for part in parts], sort_keys=True)
