"""Prove that a server shows what a catalog file states, and nothing else of this mesh.

What is "of this mesh" on a server that others use too: an entity that carries this mesh's mark in its system metadata,
one that the ledger knows, or one in a namespace of the file's (a table `sales.…`, a product `sales.…`).
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from pathlib import Path

from mesh_platform.catalog.publish.comparison import difference
from mesh_platform.catalog.publish.gms import PIPELINE, Gms, has_soft_delete
from mesh_platform.catalog.publish.ledger import Known, ledger_file, read_ledger
from mesh_platform.catalog.publish.proposals import BATCH, KEPT, STATUS, Proposal, entity_type, of, read_proposals
from mesh_platform.catalog.publish.readback import READERS, Entity, Reader, read_events, reader
from mesh_platform.catalog.publish.server import Server

ALWAYS = frozenset({"domain", "dataProduct", "dataset"})
"""Types that are looked through for strangers even where the file has none of them."""
NAMESPACED = frozenset({"dataset", "dataProduct", "dataContract"})
"""Types whose ids are names within a domain; who uses the domain's name claims to be of it."""
NAME = re.compile(r"urn:li:\w+:(?:\((?P<platform>urn:li:dataPlatform:[^,]+),)?(?P<space>[^,)]*)[./]")


class Kind(StrEnum):
    """How the server and the mesh differ."""

    MISSING = "missing on the server"
    DIFFERENT = "different"
    REMOVED = "removed on the server"
    STRANGER = "not in the mesh"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which the server and the mesh differ.

    Args:
        kind: How.
        urn: The entity.
        aspect: The aspect; empty where it is about the whole entity.
        detail: Where the contents part, or why a stranger is taken for the mesh's own.
    """

    kind: Kind
    urn: str
    aspect: str
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison found.

    Args:
        compared: How many proposals of the file were looked for.
        differences: What differs, in the order of the entities.
    """

    compared: int
    differences: tuple[Difference, ...]


def verify(file: Path, server: Server, folder: Path) -> Verdict:
    """Compare a catalog file with a server, in both directions.

    Args:
        file: The catalog file.
        server: The server.
        folder: Where the ledgers are kept.

    Raises:
        UserError: Where the file, the token or the address is wrong.
        MeshFailure: Where the server does not answer.
    """
    proposals = read_proposals(file)
    known = read_ledger(ledger_file(folder, server.url))
    with Gms.connect(server) as gms:
        found = [
            *_compared(reader(gms), (p for p in proposals if not p.event), known),
            *_events(gms, (p for p in proposals if p.event)),
            *_strangers(reader(gms), {p.urn for p in proposals}, known),
        ]
    return Verdict(len(proposals), tuple(sorted(found, key=lambda d: (d.urn, d.aspect, d.kind))))


def _compared(source: Reader, proposals: Iterable[Proposal], known: Known) -> Iterator[Difference]:
    wanted: dict[str, dict[str, Proposal]] = defaultdict(dict)
    for proposal in proposals:
        wanted[proposal.urn][proposal.aspect] = proposal
    withdrawn = _withdrawn(known, wanted)
    for _, alike in groupby(sorted(wanted, key=entity_type), key=entity_type):
        urns = list(alike)
        for start in range(0, len(urns), BATCH):
            stored = source.entities(urns[start : start + BATCH])
            for urn in urns[start : start + BATCH]:
                yield from _entity(urn, wanted[urn], stored.get(urn, {}), withdrawn.get(urn, set()))


def _withdrawn(known: Known, wanted: dict[str, dict[str, Proposal]]) -> dict[str, set[str]]:
    """What this mesh once stated and states no more, by entity."""
    found: dict[str, set[str]] = defaultdict(set)
    for urn, aspect, event in (*known.sent, *known.intended):
        if not event and aspect != STATUS and urn in wanted and aspect not in wanted[urn]:
            found[urn].add(aspect)
    return found


def _entity(urn: str, wanted: dict[str, Proposal], stored: Entity, withdrawn: set[str]) -> Iterator[Difference]:
    if STATUS not in wanted and _is_removed(stored):
        yield Difference(Kind.REMOVED, urn, "", "somebody removed it there, or it was never published again")
    for aspect, proposal in wanted.items():
        if aspect not in stored:
            yield Difference(Kind.MISSING, urn, aspect, "")
        elif part := difference(aspect, json.loads(proposal.value), stored[aspect].value):
            yield Difference(Kind.DIFFERENT, urn, aspect, part)
    for aspect in sorted(withdrawn & stored.keys()):
        yield Difference(Kind.STRANGER, urn, aspect, "published once, and no more in the mesh")


def _events(gms: Gms, proposals: Iterable[Proposal]) -> Iterator[Difference]:
    series: dict[tuple[str, str], list[Proposal]] = defaultdict(list)
    for proposal in proposals:
        series[proposal.urn, proposal.aspect].append(proposal)
    with ThreadPoolExecutor(READERS) as pool:
        for found in pool.map(lambda wanted: list(_series(gms, wanted)), series.values()):
            yield from found


def _series(gms: Gms, wanted: list[Proposal]) -> Iterator[Difference]:
    urn, aspect, _ = wanted[0].key
    values = {p.event: json.loads(p.value) for p in wanted}
    read = read_events(gms, urn, aspect, (value["timestampMillis"] for value in values.values()))
    stored = {of(urn, aspect, value).event: value for value in read}
    for event, value in values.items():
        if event not in stored:
            yield Difference(Kind.MISSING, urn, aspect, f"the event at {value['timestampMillis']} ms")
        elif part := difference(aspect, value, stored[event]):
            yield Difference(Kind.DIFFERENT, urn, aspect, f"the event at {value['timestampMillis']} ms: {part}")


def _strangers(source: Reader, here: set[str], known: Known) -> Iterator[Difference]:
    spaces = {space for urn in here if (space := _namespace(urn))}
    platforms = {space[0] for space in spaces}
    kinds = ({entity_type(urn) for urn in here | known.entities} | ALWAYS) - KEPT
    for kind in sorted(kinds):
        others = sorted({urn for urn in source.urns(kind) if urn not in here and _may_be_ours(urn, platforms)})
        for start in range(0, len(others), BATCH):
            stored = source.entities(others[start : start + BATCH])
            for urn, entity in stored.items():
                reason = _claim(urn, entity, spaces, known)
                if reason and entity and not (has_soft_delete(urn) and _is_removed(entity)):
                    yield Difference(Kind.STRANGER, urn, "", reason)


def _may_be_ours(urn: str, platforms: set[str]) -> bool:
    return entity_type(urn) != "dataset" or any(f"({platform}," in urn for platform in platforms)


def _claim(urn: str, entity: Entity, spaces: set[tuple[str, str]], known: Known) -> str:
    if any(aspect.pipeline == PIPELINE for aspect in entity.values()):
        return "it carries this mesh's mark"
    if urn in known.entities:
        return "this mesh published it"
    return "it has a name of this mesh's" if _namespace(urn) in spaces else ""


def _namespace(urn: str) -> tuple[str, str] | None:
    """A name's platform and all but its last part; None for types whose names belong to nobody."""
    match = NAME.match(urn) if entity_type(urn) in NAMESPACED else None
    return (match["platform"] or entity_type(urn), match["space"]) if match else None


def _is_removed(entity: Entity) -> bool:
    return STATUS in entity and entity[STATUS].value.get("removed") is True
