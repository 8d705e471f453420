"""The metadata change proposals of a catalog file: what each is about, what it says, and in which order they go.

The file is DataHub's own format, a JSON list. An aspect of an entity is stated once; a timeseries aspect (a run's
result) once an event. Values are kept as canonical JSON: equal content has equal bytes whatever the order of keys.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import Any

from mesh_platform.errors import BadFile, UserError

BATCH = 200
"""Proposals a request: what DataHub's own clients send, and what its server answers within its time limit."""
STATUS = "status"
KEPT = frozenset({"dataPlatform", "corpGroup", "corpuser", "dataProcessInstance"})
"""Types that outlive the mesh's use of them: platforms and teams are shared with others, runs are history."""
FIRST = (
    *("dataPlatform", "structuredProperty", "corpuser", "corpGroup", "tag", "glossaryNode", "glossaryTerm", "domain"),
    *("container", "dataset"),
)
"""What others refer to goes first: the server refuses a structured property's value before its definition."""
EVENT_KEY = ("timestampMillis", "eventGranularity", "messageId", "partitionSpec")
"""What makes two events of one timeseries aspect the same event for DataHub's index."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One aspect of one entity, as the mesh wants the server to have it.

    Args:
        urn: The entity.
        aspect: The aspect's name.
        value: Its content as canonical JSON.
        event: The event's identity, for a timeseries aspect; empty for all others.
    """

    urn: str
    aspect: str
    value: bytes
    event: str = ""

    @property
    def entity_type(self) -> str:
        """The entity's type, which its URN names."""
        return entity_type(self.urn)

    @property
    def key(self) -> tuple[str, str, str]:
        """What the proposal is about; two proposals of one key contradict each other."""
        return self.urn, self.aspect, self.event

    @property
    def digest(self) -> str:
        """A hash of the content."""
        return blake2b(self.value, digest_size=16).hexdigest()


def entity_type(urn: str) -> str:
    """Read the entity's type off its URN, `urn:li:<type>:<key>`."""
    return urn.split(":", 3)[2]


def canonical(value: object) -> bytes:
    """Write JSON so that equal content has equal bytes; ASCII, because DataHub's envelope carries bytes as Latin-1."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def of(urn: str, aspect: str, value: dict[str, Any]) -> Proposal:
    """Make the proposal of an aspect's content."""
    event = canonical([value.get(name) for name in EVENT_KEY]).decode() if aspect in _timeseries() else ""
    return Proposal(urn, aspect, canonical(value), event)


def status(urn: str, *, removed: bool) -> Proposal:
    """Propose that an entity is soft-deleted, or that it is not any more."""
    return of(urn, STATUS, {"removed": removed})


def read_proposals(file: Path) -> list[Proposal]:
    """Read a catalog file.

    Raises:
        UserError: Where there is none.
        BadFile: Where it is not DataHub's format, is empty, or states an aspect twice.
    """
    if not file.exists():
        raise UserError(f"no {file}; run `mesh catalog build` first")
    try:
        records = json.loads(file.read_bytes())
    except ValueError as error:
        raise _bad(file, f"is no JSON ({error})") from error
    if not isinstance(records, list) or not records:
        raise _bad(file, "holds no list of proposals" if records else "holds no proposal")
    found: dict[tuple[str, str, str], Proposal] = {}
    for place, record in enumerate(records):
        proposal = _parsed(file, place, record)
        if proposal.key in found:
            raise _bad(file, f"states {proposal.aspect} of {proposal.urn} twice")
        found[proposal.key] = proposal
    return list(found.values())


def batches(proposals: Iterable[Proposal]) -> Iterator[list[Proposal]]:
    """Cut proposals into requests: one entity type each, definitions before their uses."""
    ordered = sorted(proposals, key=lambda p: (_rank(p.entity_type), *p.key))
    for _, group in groupby(ordered, key=lambda p: p.entity_type):
        alike = list(group)
        yield from (alike[start : start + BATCH] for start in range(0, len(alike), BATCH))


def _rank(kind: str) -> tuple[int, str]:
    return (FIRST.index(kind), "") if kind in FIRST else (len(FIRST), kind)


def _parsed(file: Path, place: int, record: object) -> Proposal:
    match record:
        case {
            "entityUrn": str() as urn,
            "aspectName": str() as aspect,
            "aspect": {"json": dict() as value},
            "changeType": "UPSERT",
        } if urn.startswith("urn:li:") and urn.count(":") > 2:
            return of(urn, aspect, value)
    raise _bad(file, f"proposal {place} is not an UPSERT with entityUrn, aspectName and aspect.json")


def _bad(file: Path, found: str) -> BadFile:
    return BadFile(
        str(file), "DataHub's file format, an aspect once", found, "build it again with `mesh catalog build`"
    )


@cache
def _timeseries() -> frozenset[str]:
    from datahub.emitter.aspect import TIMESERIES_ASPECT_MAP

    return frozenset(TIMESERIES_ASPECT_MAP)
