"""What a server lacks, and what it has too much of: decided from the catalog file and the ledger alone."""

from collections.abc import Iterable
from dataclasses import dataclass

from mesh_platform.catalog.publish.ledger import Key, Known
from mesh_platform.catalog.publish.proposals import KEPT, STATUS, Proposal, entity_type, status

REMOVED_SHARE = 0.5
"""Above this share of entities to be removed a file is more likely half-built than a mesh half-dissolved."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a publish has to do.

    Args:
        send: Proposals that are new, changed or back again.
        unchanged: How many the server has already.
        withdraw: Aspects that the mesh states no more, of entities that it still has.
        remove: Entities that left the mesh.
        forget: Events in the ledger that the mesh states no more; the server keeps them as history.
        entities: How many entities this mesh has on the server before.
    """

    send: list[Proposal]
    unchanged: int
    withdraw: list[Key]
    remove: list[Proposal]
    forget: list[Key]
    entities: int

    @property
    def removes_too_much(self) -> bool:
        """Whether it removes so much that a person should say so."""
        return len(self.remove) > REMOVED_SHARE * self.entities


def plan(proposals: Iterable[Proposal], known: Known, *, everything: bool = False) -> Plan:
    """Compare what the mesh states with what the server acknowledged.

    Args:
        proposals: The catalog file's.
        known: The ledger.
        everything: Send also what the server has acknowledged.
    """
    wanted = {p.key: p for p in proposals}
    here = {urn for urn, _, _ in wanted}
    marked = {urn for (urn, aspect, _), digest in known.sent.items() if aspect == STATUS and digest == _removed()}
    gone = known.entities - here - (marked - {urn for urn, _, _ in known.intended})
    back = [status(urn, removed=False) for urn in marked & here if (urn, STATUS, "") not in wanted]
    # An unacknowledged batch may have arrived or not, so whatever the ledger says of its contents is in doubt.
    doubt = wanted.keys() if everything else known.intended
    changed = [p for p in wanted.values() if p.key in doubt or known.sent.get(p.key) != p.digest]
    stale = [key for key in known.sent if key[0] in here and key not in wanted and key[1] != STATUS]
    return Plan(
        send=[*changed, *back],
        unchanged=len(wanted) - len(changed),
        withdraw=sorted(key for key in stale if not key[2]),
        remove=[status(urn, removed=True) for urn in sorted(gone) if entity_type(urn) not in KEPT],
        forget=[key for key in stale if key[2]] + [key for key in known.sent if _is_old_history(key, here)],
        entities=sum(1 for urn in known.entities if entity_type(urn) not in KEPT),
    )


def _removed() -> str:
    return status("urn:li:any:entity", removed=True).digest


def _is_old_history(key: Key, here: set[str]) -> bool:
    return key[0] not in here and entity_type(key[0]) in KEPT
