"""The contract of a product as its page shows it: read from the ODCS document that the metadata carries."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from mesh_platform.catalog.page.entity import Entity
from mesh_platform.catalog.page.metadata import Metadata

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that every snapshot keeps.

    Args:
        name: The rule.
        column: The column it is about; "" for the whole table.
        says: What it demands.
        dimension: ODCS's dimension of quality.
    """

    name: str
    column: str
    says: str
    dimension: str


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise of the service level: what, how much, and what it means."""

    name: str
    value: Any
    unit: str
    says: str
    element: str


@dataclass(frozen=True, slots=True)
class ColumnPromise:
    """What a contract says of a column beyond its type.

    Args:
        classification: Who may see it.
        personal: The kind of personal data; "" where it is none.
        unit: The unit of its values.
        values: The allowed values, where they are listed.
        limits: Bounds, patterns and lengths.
        references: The column that holds every value; "" where none does.
    """

    classification: str
    personal: str
    unit: str
    values: tuple[str, ...]
    limits: tuple[str, ...]
    references: str


@dataclass(frozen=True)
class ContractView:
    """A data contract.

    Args:
        entity: The contract as the metadata knows it.
        version: Its full version; "" where the document is missing.
        status: Where it is in its life.
        state: DataHub's state of it.
        sunset: The day until which it is served; "" where none is set.
        grain: What one row is.
        rules: Its rules.
        promises: Its service level.
        columns: Column → what is promised of it.
        support: Where consumers ask.
        document: The document as published.
    """

    entity: Entity
    version: str
    status: str
    state: str
    sunset: str
    grain: str
    rules: tuple[Rule, ...]
    promises: tuple[Promise, ...]
    columns: Mapping[str, ColumnPromise]
    support: tuple[str, ...]
    document: str

    def promise(self, name: str) -> Promise | None:
        """Find a promise of the service level."""
        return next((promise for promise in self.promises if promise.name == name), None)


def contracts_of(metadata: Metadata, table: Entity) -> list[ContractView]:
    """The contracts of a dataset, newest version first."""
    found = [e for e in metadata.referring(table.urn, "dataContract") if e.said.get("entity") == table.urn]
    return sorted(map(contract_view, found), key=lambda c: _numbers(c.version), reverse=True)


def contract_view(entity: Entity) -> ContractView:
    """Read a contract's document; one that is missing or no YAML leaves a view without rules."""
    text = str(entity.said.get("rawContract") or "")
    document = _document(text)
    table: Mapping[str, Any] = next(iter(document.get("schema") or ()), {})
    custom = _custom(document)
    return ContractView(
        entity=entity,
        version=str(document.get("version", "")),
        status=str(document.get("status", "")),
        state=str(entity.aspect("dataContractStatus").get("state", "")),
        sunset=str(custom.get("sunset") or _promised(document, "endOfLife") or ""),
        grain=str(table.get("dataGranularityDescription", "")),
        rules=tuple(_rules(table)),
        promises=tuple(_promises(document)),
        columns={c["name"]: _column(c) for c in table.get("properties", ())},
        support=tuple(str(entry["channel"]) for entry in document.get("support", ())),
        document=text,
    )


@lru_cache(maxsize=64)
def _document(text: str) -> Mapping[str, Any]:
    try:
        found = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, in C if there
    except yaml.YAMLError:
        return {}
    return found if isinstance(found, dict) else {}


def _rules(table: Mapping[str, Any]) -> Iterator[Rule]:
    yield from (_rule(said, "") for said in table.get("quality", ()))
    for column in table.get("properties", ()):
        if column.get("required"):
            yield Rule(f"{column['name']}__present", column["name"], "no value is missing", "completeness")
        yield from (_rule(said, column["name"]) for said in column.get("quality", ()))
        if column.get("logicalTypeOptions"):
            says = ", ".join(_limits(column))
            if says:
                yield Rule(f"{column['name']}__limits", column["name"], says, "conformity")


def _rule(said: Mapping[str, Any], column: str) -> Rule:
    return Rule(str(said.get("name", "")), column, str(said.get("description", "")), str(said.get("dimension", "")))


def _promises(document: Mapping[str, Any]) -> Iterator[Promise]:
    for said in document.get("slaProperties", ()):
        value, unit = said.get("value"), str(said.get("unit", ""))
        yield Promise(
            str(said["property"]), value, unit, str(said.get("description", "")), str(said.get("element", ""))
        )


def _promised(document: Mapping[str, Any], name: str) -> Any:
    return next((p.value for p in _promises(document) if p.name == name), None)


def _column(said: Mapping[str, Any]) -> ColumnPromise:
    custom = _custom(said)
    return ColumnPromise(
        classification=str(said.get("classification", "")),
        personal=str(custom.get("personal", "")),
        unit=str(custom.get("unit", "")),
        values=tuple(str(entry["value"]) for entry in said.get("enum", ())),
        limits=_limits(said),
        references=str(next((r["to"] for r in said.get("relationships", ())), "")),
    )


_LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
    "pattern": "like {}",
    "minLength": "at least {} letters",
    "maxLength": "at most {} letters",
}
"""ODCS's options of a type that limit its values, in words."""


def _limits(column: Mapping[str, Any]) -> tuple[str, ...]:
    options = column.get("logicalTypeOptions") or {}
    return tuple(words.format(options[name]) for name, words in _LIMITS.items() if name in options)


def _custom(element: Mapping[str, Any]) -> dict[str, Any]:
    return {entry["property"]: entry["value"] for entry in element.get("customProperties", ())}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
