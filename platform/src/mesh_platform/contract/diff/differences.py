"""What changed between two states of the published interface."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from mesh_platform.contract.diff.change import Change, Effect, Kind, Level
from mesh_platform.contract.diff.contracts import contract_changes
from mesh_platform.contract.diff.interface import (
    Document,
    Interface,
    custom,
    descriptor_of,
    is_contract,
    is_descriptor,
    is_source,
    major_of,
    name_of,
    service_level,
)
from mesh_platform.contract.export.derivation import MODELS
from mesh_platform.contract.export.read import END_OF_LIFE

_UNCOMPARED: Final = ("transformSourceObjects", "transformLogic", "transformDescription", "quality")
"""What of a column is compared by its meaning elsewhere: its origins, which only one state may know, and its rules."""


def differences(before: Interface, after: Interface) -> list[Change]:
    """List every difference between two states of the published interface.

    Args:
        before: The documents as they were published.
        after: The documents as they are now, or as the code would write them.

    Returns:
        The changes, by document; none where nothing changed.
    """
    changes: list[Change] = []
    for path in sorted(before.keys() | after.keys()):
        was, now = before.get(path), after.get(path)
        if was == now:
            continue
        if is_descriptor(path):
            changes += _descriptor(was, now)
        elif is_contract(path) or is_source(path):
            changes += _contract(path, was, now, after)
    return changes


def _contract(path: str, was: Document | None, now: Document | None, after: Interface) -> list[Change]:
    document = was or now or {}  # a table that moves is named as its consumers know it
    change = Change(name_of(document), major_of(path), "other", "")
    if was is None:
        kind: Kind = "source added" if is_source(path) else "product added"
        return [replace(change, kind=kind, said=f"version {document['version']}")]
    if now is None:
        return [_removed(change, path, was, after)]
    found = list(contract_changes(change, was, now))
    if _number(now) < _number(was):
        said = f"{was['version']} → {now['version']}"
        found.append(replace(change, kind="version lowered", said=said, level=Level.MAJOR))
    if not found and _compared({**was, "version": now["version"]}) != _compared(now):
        found.append(replace(change, said="something that is not compared; see the documents"))
    return [_as_private(c) for c in found] if is_source(path) else _as_promised(found, was)


def _compared(document: Document) -> dict[str, Any]:
    """A contract without what is compared by its meaning."""
    tables = [
        {
            **table,
            "properties": [{k: v for k, v in column.items() if k not in _UNCOMPARED} for column in table["properties"]],
            "customProperties": [c for c in table.get("customProperties") or () if c["property"] != MODELS],
            "quality": None,
        }
        for table in document["schema"]
    ]
    return {**document, "schema": tables}


def _removed(change: Change, path: str, was: Document, after: Interface) -> Change:
    """A major version is gone: retired with its product, past its sunset, or simply deleted; or a source is."""
    if is_source(path):
        return replace(change, kind="source removed", said="delivered no more")
    retired = after.get(descriptor_of(path), {}).get("status") == "retired"
    sunset = service_level(was).get(END_OF_LIFE)
    end = f", which was to be served until {sunset}" if sunset else ""
    return replace(
        change,
        kind="product retired" if retired else "product removed",
        said=f"version {was['version']}, {was['status']}{end}",
        level=Level.MAJOR,
        whom="product",
        effect=Effect.BROKEN,
        removable_from=_day_after(sunset),
        stops_runs=True,
    )


def _as_promised(changes: list[Change], was: Document) -> list[Change]:
    """What is only proposed may change as it likes; its consumers are told all the same."""
    if was["status"] != "proposed":
        return changes
    return [replace(change, level=Level.NONE) for change in changes]


def _as_private(change: Change) -> Change:
    """A source is read by its own domain alone, whose products promise what they promise all the same."""
    return replace(change, level=Level.NONE, effect=min(change.effect, Effect.AT_RISK))


def _descriptor(was: Document | None, now: Document | None) -> Iterator[Change]:
    if was is None or now is None:  # the contract says so
        return
    change = Change(now["name"], int(now["version"].split(".")[0]), "input port changed", "")
    before, after = _ports(was), _ports(now)
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if new is None:
            yield replace(change, said=f"reads {name} no more")
        elif old is None:
            yield replace(change, said=f"reads {name} v{new['version']}: {', '.join(custom(new)['columns'])}")
        else:
            yield replace(change, said=f"reads {name} otherwise: {_port_difference(old, new)}")


def _ports(descriptor: Document) -> dict[str, Document]:
    return {port["name"]: port for port in descriptor.get("inputPorts") or ()}


def _port_difference(old: Document, new: Document) -> str:
    was, now = custom(old), custom(new)
    parts = []
    if old["version"] != new["version"]:
        parts.append(f"v{old['version']} → v{new['version']}")
    more = [column for column in now["columns"] if column not in was["columns"]]
    less = [column for column in was["columns"] if column not in now["columns"]]
    parts += [f"also {', '.join(more)}"] if more else []
    parts += [f"without {', '.join(less)}"] if less else []
    return "; ".join(parts) or "another purpose or order"


def _number(document: Document) -> tuple[int, ...]:
    return tuple(int(part) for part in str(document["version"]).split("."))


def _day_after(sunset: str | None) -> date | None:
    return date.fromisoformat(sunset) + timedelta(days=1) if sunset else None
