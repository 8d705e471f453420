"""One entity of the metadata with its aspects: its name, words, owners and columns, whatever its type."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mesh_platform.catalog.page.urns import column_name, entity_type, platform_of, short_name

Aspect = Mapping[str, Any]
_EMPTY: Aspect = {}
_PROPERTIES = {
    "dataset": "datasetProperties",
    "dataProduct": "dataProductProperties",
    "domain": "domainProperties",
    "glossaryTerm": "glossaryTermInfo",
    "glossaryNode": "glossaryNodeInfo",
    "tag": "tagProperties",
    "dataFlow": "dataFlowInfo",
    "dataJob": "dataJobInfo",
    "mlModel": "mlModelProperties",
    "mlModelGroup": "mlModelGroupProperties",
    "mlModelDeployment": "mlModelDeploymentProperties",
    "mlFeature": "mlFeatureProperties",
    "mlFeatureTable": "mlFeatureTableProperties",
    "mlPrimaryKey": "mlPrimaryKeyProperties",
    "dataContract": "dataContractProperties",
    "assertion": "assertionInfo",
    "dataProcessInstance": "dataProcessInstanceProperties",
    "structuredProperty": "propertyDefinition",
    "corpGroup": "corpGroupInfo",
    "corpuser": "corpUserInfo",
}
"""The aspect in which DataHub keeps an entity's name and description."""
_OWN_NAME = frozenset({"domain", "glossaryTerm", "glossaryNode", "tag", "dataJob", "dataFlow", "corpGroup", "corpuser"})
"""Entities that people know by the name in their properties; the others by their URN's name, which commands take."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a dataset.

    Args:
        name: The column.
        type: Its type in its platform, such as "decimal(18,4)".
        description: What a value means.
        nullable: True where a value may be missing.
        key: True where it names the row, alone or with others.
        partition: True where it partitions the table.
        tags: URNs of its tags.
        terms: URNs of its glossary terms.
        properties: Its structured properties, by name.
    """

    name: str
    type: str
    description: str
    nullable: bool
    key: bool
    partition: bool
    tags: tuple[str, ...]
    terms: tuple[str, ...]
    properties: Mapping[str, str]


@dataclass(eq=False)
class Entity:
    """One entity with its aspects.

    Args:
        urn: Its URN.
        aspects: Aspect's name → its content.
        events: Time series aspect's name → its events, oldest first.
        columns: Column → structured properties of its schemaField.
    """

    urn: str
    aspects: dict[str, Aspect] = field(default_factory=dict)
    events: dict[str, list[Aspect]] = field(default_factory=lambda: defaultdict(list))
    columns: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def aspect(self, name: str) -> Aspect:
        """An aspect's content; empty where the entity has none of this name."""
        return self.aspects.get(name, _EMPTY)

    @property
    def type(self) -> str:
        """DataHub's name of the entity's type."""
        return entity_type(self.urn)

    @property
    def said(self) -> Aspect:
        """The aspect that holds the entity's name, description and custom properties."""
        return self.aspect(_PROPERTIES.get(self.type, ""))

    @cached_property
    def name(self) -> str:
        """What people call it."""
        said = self.said
        own = said.get("displayName") or (said.get("name") if self.type in _OWN_NAME else None)
        if self.type == "assertion":
            own = said.get("description")
        return str(own or short_name(self.urn))

    @property
    def description(self) -> str:
        """What it is, in its owner's words; "" where nobody said."""
        editable = self.aspect(f"editable{self.type[:1].upper()}{self.type[1:]}Properties")
        said = self.said
        return str(editable.get("description") or said.get("description") or said.get("definition") or "")

    @property
    def platform(self) -> str:
        """The data platform; "" for what lives on none."""
        return platform_of(self.urn)

    @property
    def domains(self) -> tuple[str, ...]:
        """URNs of its domains."""
        return tuple(self.aspect("domains").get("domains", ()))

    @property
    def tags(self) -> tuple[str, ...]:
        """URNs of its tags."""
        return _tags(self.aspect("globalTags"))

    @property
    def terms(self) -> tuple[str, ...]:
        """URNs of its glossary terms."""
        return _terms(self.aspect("glossaryTerms"))

    @property
    def owners(self) -> tuple[str, ...]:
        """URNs of who answers for it."""
        return tuple(owner["owner"] for owner in self.aspect("ownership").get("owners", ()))

    @property
    def sub_type(self) -> str:
        """What kind of its type it is, such as "Raw table"; "" where nobody said."""
        return str(next(iter(self.aspect("subTypes").get("typeNames", ())), ""))

    @property
    def properties(self) -> dict[str, str]:
        """Its structured properties and its custom ones, by name."""
        custom = {name: str(value) for name, value in self.said.get("customProperties", {}).items()}
        return {**custom, **structured(self.aspect("structuredProperties"))}

    @property
    def deprecated(self) -> Aspect:
        """The deprecation; empty where it is none."""
        said = self.aspect("deprecation")
        return said if said.get("deprecated") else _EMPTY

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The columns, in order."""
        schema = self.aspect("schemaMetadata")
        keys = set(schema.get("primaryKeys") or ())
        return tuple(_field(said, keys, self.columns) for said in schema.get("fields", ()))


def structured(aspect: Aspect) -> dict[str, str]:
    """Read structured properties: the last word of each property's name, and its values as a text."""
    return {
        short_name(said["propertyUrn"]).rpartition(".")[2]: ", ".join(map(_value, said["values"]))
        for said in aspect.get("properties", ())
    }


def _value(value: Any) -> str:
    """A property's value: the Avro way of a union wraps it in its type's name."""
    plain = next(iter(value.values())) if isinstance(value, Mapping) else value
    return str(int(plain)) if isinstance(plain, float) and plain.is_integer() else str(plain)


def _field(said: Aspect, keys: set[str], columns: Mapping[str, Mapping[str, str]]) -> Field:
    name = column_name(said["fieldPath"])
    return Field(
        name=name,
        type=said.get("nativeDataType", ""),
        description=said.get("description") or "",
        nullable=bool(said.get("nullable")),
        key=bool(said.get("isPartOfKey")) or said["fieldPath"] in keys,
        partition=bool(said.get("isPartitioningKey")),
        tags=_tags(said.get("globalTags") or _EMPTY),
        terms=_terms(said.get("glossaryTerms") or _EMPTY),
        properties=columns.get(name, {}),
    )


def _tags(aspect: Aspect) -> tuple[str, ...]:
    return tuple(entry["tag"] for entry in aspect.get("tags", ()))


def _terms(aspect: Aspect) -> tuple[str, ...]:
    return tuple(entry["urn"] for entry in aspect.get("terms", ()))
