"""Governance's own files under catalog/: the glossary, domains, tags, teams and structured properties.

They are in DataHub's native formats, so that the `datahub` command takes them as they are; here they are read without
it, because it takes seconds to start. Tests hold both readings against each other.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from mesh_platform.catalog.proposals import NOBODY, Aspect, Proposal, about, read
from mesh_platform.errors import UserError

GLOSSARY: Final = "business_glossary.yml"
PROPERTIES: Final = "structured_properties.yaml"
METADATA: Final = ("domains.json", "tags.json", "teams.json")
"""Files in DataHub's metadata format."""


def governance(folder: Path) -> tuple[Proposal, ...]:
    """Read governance's files; nothing where the folder does not exist.

    Raises:
        UserError: Where a file can't be understood.
    """
    if not folder.is_dir():
        return ()
    found = [proposal for name in METADATA if (folder / name).exists() for proposal in read(folder / name)]
    return (*found, *_read(folder / GLOSSARY, _glossary), *_read(folder / PROPERTIES, _definitions))


def _read(path: Path, understand: Any) -> list[Proposal]:
    if not path.exists():
        return []
    try:
        return list(understand(yaml.safe_load(path.read_text(encoding="utf-8"))))
    except (KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        raise UserError(
            f"{path}: can't be understood ({type(error).__name__}: {said}) (rule: DataHub's own format); correct it"
        ) from None


def _glossary(content: Mapping[str, Any]) -> Iterator[Proposal]:
    owners = _owners(content["owners"])
    for node in content.get("nodes", ()):
        yield from _node(content, node, None, owners)
    for term in content.get("terms", ()):
        yield from _term(content, term, None, owners)


def _node(
    content: Mapping[str, Any], node: Mapping[str, Any], parent: str | None, owners: Aspect
) -> Iterator[Proposal]:
    urn = f"urn:li:glossaryNode:{node['id']}"
    owners = _owners(node["owners"]) if "owners" in node else owners
    info = {"customProperties": {}, "definition": node["description"], "name": node["name"]}
    yield from about(urn, glossaryNodeInfo={**info, **_under(parent)}, ownership=owners, status={"removed": False})
    for inner in node.get("nodes", ()):
        yield from _node(content, inner, urn, owners)
    for term in node.get("terms", ()):
        yield from _term(content, term, urn, owners)


def _term(
    content: Mapping[str, Any], term: Mapping[str, Any], parent: str | None, owners: Aspect
) -> Iterator[Proposal]:
    yield from about(
        f"urn:li:glossaryTerm:{term['id']}",
        glossaryTermInfo={
            "customProperties": term.get("custom_properties", {}),
            "definition": term["description"],
            "name": term["name"],
            "sourceRef": term.get("source_ref", content["source"]),
            "sourceUrl": term.get("source_url", content["url"]),
            "termSource": term.get("term_source", content.get("source_type", "INTERNAL")),
            **_under(parent),
        },
        ownership=_owners(term["owners"]) if "owners" in term else owners,
        status={"removed": False},
    )


def _under(parent: str | None) -> dict[str, str]:
    return {"parentNode": parent} if parent else {}


def _owners(said: Mapping[str, Any]) -> Aspect:
    named = [f"urn:li:corpuser:{u}" for u in said.get("users", ())] + [
        f"urn:li:corpGroup:{g}" for g in said.get("groups", ())
    ]
    return {
        "lastModified": NOBODY,
        "ownerTypes": {},
        "owners": [{"owner": urn, "type": said.get("type", "DEVELOPER")} for urn in named],
    }


def _definitions(content: list[Mapping[str, Any]]) -> Iterator[Proposal]:
    for said in content:
        definition: dict[str, Any] = {
            "cardinality": said.get("cardinality", "SINGLE"),
            "description": said["description"],
            "displayName": said["display_name"],
            "entityTypes": [f"urn:li:entityType:datahub.{name}" for name in said["entity_types"]],
            "immutable": said.get("immutable", False),
            "qualifiedName": said["id"],
            "valueType": f"urn:li:dataType:datahub.{said['type']}",
        }
        if "allowed_values" in said:
            definition["allowedValues"] = [_allowed(value) for value in said["allowed_values"]]
        yield from about(
            f"urn:li:structuredProperty:{said['id']}", propertyDefinition=definition, status={"removed": False}
        )


def _allowed(value: Mapping[str, Any]) -> dict[str, Any]:
    kind = "string" if isinstance(value["value"], str) else "double"
    return {
        "value": {kind: value["value"]},
        **({"description": value["description"]} if "description" in value else {}),
    }
