"""The linter's rules: each looks at what it concerns and says of every one what is wrong with it, or nothing."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mesh_platform.catalog.check.datahub import PLATFORMS, DataHub
from mesh_platform.catalog.check.index import Index, column_of, entity_type
from mesh_platform.catalog.fields import PERSONAL
from mesh_platform.catalog.proposals import NOBODY, Key, Proposal
from mesh_platform.catalog.urns import structured_property, tag

_WORDS: Final = {"tag": "tagProperties", "glossaryTerm": "glossaryTermInfo", "structuredProperty": "propertyDefinition"}
"""What governance alone decides → the aspect that its files give it."""
_BUILT_IN: Final = ("urn:li:entityType:datahub.", "urn:li:dataType:datahub.")
_SHOWN: Final = 3
"""How many of those who refer to a missing thing are named."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with an entity.

    Args:
        rule: The rule's name.
        entity_type: The entity's type.
        urn: The entity.
        problem: What is wrong, with the remedy.
    """

    rule: str
    entity_type: str
    urn: str
    problem: str


Judged = tuple[str, str, str]
"""An entity's type, its URN, and what is wrong with it, "" where nothing is."""
Rule = Callable[[Index, DataHub], Iterator[Judged]]


def readable_urn(index: Index, datahub: DataHub) -> Iterator[Judged]:
    """DataHub can read the entity's URN."""
    for urn in index:
        wrong = datahub.refuses_urn(urn)
        yield entity_type(urn), urn, wrong and f"is no URN that DataHub reads: {wrong}"


def legal_aspect(index: Index, datahub: DataHub) -> Iterator[Judged]:
    """DataHub has the type of entity, the URN says the same type, and the aspect is one that it may have."""
    for proposal in index.proposals:
        legal, wrong = datahub.legal(proposal.entity_type), ""
        if legal is None:
            wrong = f"DataHub has no entity '{proposal.entity_type}'"
        elif not proposal.urn.startswith(f"urn:li:{proposal.entity_type}:"):
            wrong = f"is proposed as {proposal.entity_type}; its URN says otherwise"
        elif proposal.name not in legal:
            wrong = f"aspect '{proposal.name}' is none of {proposal.entity_type}'s"
        yield proposal.entity_type, proposal.urn, wrong


def valid_aspect(index: Index, datahub: DataHub) -> Iterator[Judged]:
    """The aspect's value has every field that DataHub demands, none that it does not know, each of its type."""
    for proposal in index.proposals:
        if datahub.knows(proposal.name):
            wrong = datahub.judge(proposal.name)(proposal.aspect)
            yield proposal.entity_type, proposal.urn, wrong and f"{proposal.name}{wrong}"


def proposed_once(index: Index, _datahub: DataHub) -> Iterator[Judged]:
    """No aspect of an entity is proposed twice; measurements differ in their time."""
    seen: set[Key] = set()
    for proposal in index.sound:
        wrong = f"'{proposal.name}' is proposed twice; keep one" if proposal.key in seen else ""
        seen.add(proposal.key)
        yield proposal.entity_type, proposal.urn, wrong


def no_dangling(index: Index, _datahub: DataHub) -> Iterator[Judged]:
    """Whatever is referred to is described itself, or known to every DataHub server."""
    for urn, sources in index.references.items():
        kind = entity_type(urn)
        if kind not in _WORDS and column_of(urn) is None:
            yield kind, urn, "" if urn in index or _built_in(urn) else f"is not described; {_named_by(sources)}"


def governed_word(index: Index, _datahub: DataHub) -> Iterator[Judged]:
    """Tags, terms and structured properties are those of governance's files."""
    for urn, sources in index.references.items():
        kind = entity_type(urn)
        if kind in _WORDS:
            known = bool(index.aspect(urn, _WORDS[kind]))
            yield (
                kind,
                urn,
                "" if known else f"is in none of governance's files; {_named_by(sources)}; add it to catalog/",
            )


def column_exists(index: Index, _datahub: DataHub) -> Iterator[Judged]:
    """Columns of lineage, keys, rules and properties are in their dataset's schema."""
    named: dict[str, list[Proposal]] = {u: s for u, s in index.references.items() if entity_type(u) == "schemaField"}
    own: dict[str, list[Proposal]] = {urn: [] for urn, _ in index.of_type("schemaField")}
    for urn, sources in {**own, **named}.items():
        place = column_of(urn)
        if place is None:
            yield "schemaField", urn, "is no column's URN (rule: urn:li:schemaField:(<dataset>,<column>))"
            continue
        found = place[1] in index.columns.get(place[0], {})
        yield "schemaField", urn, "" if found else f"is no column of its dataset's schema; {_named_by(sources)}"


def complete_product(index: Index, _datahub: DataHub) -> Iterator[Judged]:
    """A data product has an owner, a domain, an output port, and a contract for it."""
    under_contract = {
        aspects.get("dataContractProperties", {}).get("entity") for _, aspects in index.of_type("dataContract")
    }
    for urn, aspects in index.of_type("dataProduct"):
        assets = aspects.get("dataProductProperties", {}).get("assets") or ()
        ports = {asset["destinationUrn"] for asset in assets if asset.get("outputPort")}
        has = {
            "owner": bool(aspects.get("ownership", {}).get("owners")),
            "domain": bool(aspects.get("domains", {}).get("domains")),
            "output port": bool(ports),
            "contract": bool(ports & under_contract),
        }
        missing = [part for part, there in has.items() if not there]
        yield "dataProduct", urn, f"lacks {', '.join(missing)}" if missing else ""


def tagged_personal(index: Index, _datahub: DataHub) -> Iterator[Judged]:
    """A column of personal data has the tag, and so has its dataset."""
    for urn, aspects in index.of_type("schemaField"):
        if not _assigned(aspects.get("structuredProperties", {}), "personal_kind"):
            continue
        place = column_of(urn)
        dataset, column = place or ("", "")
        lacking = [
            what
            for what, tags in (
                ("its field", index.columns.get(dataset, {}).get(column, {}).get("globalTags", {})),
                ("its dataset", index.aspect(dataset, "globalTags")),
            )
            if tag(PERSONAL) not in {entry["tag"] for entry in tags.get("tags", ())}
        ]
        yield (
            "schemaField",
            urn,
            f"holds personal data; {' and '.join(lacking)} lacks the tag {PERSONAL}" if lacking else "",
        )


def defined_property(index: Index, _datahub: DataHub) -> Iterator[Judged]:
    """Structured properties are given to entities that may have them, with values that are allowed."""
    for proposal in index.sound:
        if proposal.name == "structuredProperties":
            for given in proposal.aspect.get("properties", ()):
                definition = index.aspect(given.get("propertyUrn", ""), "propertyDefinition")
                wrong = _misuse(proposal.entity_type, given.get("values", []), definition) if definition else ""
                yield proposal.entity_type, proposal.urn, wrong and f"{definition['qualifiedName']} {wrong}"


RULES: Final[Mapping[str, Rule]] = {
    "readable URN": readable_urn,
    "legal aspect": legal_aspect,
    "valid aspect": valid_aspect,
    "proposed once": proposed_once,
    "no dangling reference": no_dangling,
    "governed word": governed_word,
    "column exists": column_exists,
    "complete product": complete_product,
    "tagged personal data": tagged_personal,
    "defined property": defined_property,
}


def _misuse(kind: str, values: list[Mapping[str, Any]], definition: Mapping[str, Any]) -> str:
    if f"urn:li:entityType:datahub.{kind}" not in definition["entityTypes"]:
        return f"is not for a {kind}"
    if definition.get("cardinality", "SINGLE") == "SINGLE" and len(values) != 1:
        return f"has {len(values)} values (rule: one)"
    wanted = "double" if definition["valueType"].endswith(".number") else "string"
    if any(wanted not in value for value in values):
        return f"has a value that is no {wanted}"
    allowed = [entry["value"][wanted] for entry in definition.get("allowedValues", ())]
    outside = [str(value[wanted]) for value in values if allowed and value[wanted] not in allowed]
    return f"is {', '.join(outside)} (rule: one of {', '.join(map(str, allowed))})" if outside else ""


def _assigned(aspect: Mapping[str, Any], name: str) -> bool:
    wanted = structured_property(name)
    return any(given.get("propertyUrn") == wanted and given.get("values") for given in aspect.get("properties", ()))


def _built_in(urn: str) -> bool:
    if urn == NOBODY["actor"] or urn.startswith(_BUILT_IN):
        return True
    return entity_type(urn) == "dataPlatform" and urn.rpartition(":")[2] in PLATFORMS


def _named_by(sources: list[Proposal]) -> str:
    if not sources:
        return "it has aspects of its own"
    shown = ", ".join(f"{p.name} of {p.urn}" for p in sources[:_SHOWN])
    more = f" and {len(sources) - _SHOWN} more" if len(sources) > _SHOWN else ""
    return f"named in {shown}{more}"
