"""Contracts with their raw text, their rules, and what is known of whether the rules hold.

A snapshot is published only when its audit passed every rule, so a published snapshot is the latest result of them all.
What a refused candidate broke is in Dagster's events and the run's log, not in the lake; nothing is said of it here.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from mesh_platform.catalog import urns
from mesh_platform.catalog.assertions import PARTS, Rule, rules
from mesh_platform.catalog.documents import Document
from mesh_platform.catalog.proposals import Aspect, Proposal, about
from mesh_platform.catalog.tables import WHOLE, milliseconds

if TYPE_CHECKING:
    from mesh_platform.catalog.gather import Stored

PUBLISHED: Final = "published: the audit before publishing passed every rule of the contract"
SCREENED: Final = "ingested: accepted rows were screened one by one; the others are in quarantine"


def contract(document: Document, stored: "Stored | None", *, screened: bool = False) -> Iterator[Proposal]:
    """Describe a contract and its rules.

    Args:
        document: The contract.
        stored: What the lake holds of its table.
        screened: True for a source's contract, which is checked row by row while it is ingested.
    """
    dataset = urns.dataset(document.full_name)
    found = list(rules(document, dataset))
    yield from _described(document, found)
    basis = SCREENED if screened else PUBLISHED
    for rule in found:
        yield from about(
            rule.urn,
            assertionInfo=rule.info,
            assertionRunEvent=_result(rule, document, dataset, stored, basis),
            dataPlatformInstance={"platform": urns.platform(urns.ORCHESTRATOR)},
            status={"removed": False},
        )


def _described(document: Document, found: Sequence[Rule]) -> Iterator[Proposal]:
    listed = {part: [{"assertion": r.urn} for r in found if r.part == part] for part in PARTS}
    facts = {"status": document.status, "version": document.version, "last day": str(document.sunset or "")}
    yield from about(
        urns.contract(document.contract, document.major),
        dataContractProperties={
            "entity": urns.dataset(document.full_name),
            "rawContract": document.text,
            **{part: entries for part, entries in listed.items() if entries},
        },
        dataContractStatus={
            "customProperties": {name: value for name, value in facts.items() if value},
            "state": _state(document),
        },
        status={"removed": False},
    )


def _state(document: Document) -> str:
    return "PENDING" if document.status == "proposed" else "ACTIVE"


def _result(rule: Rule, document: Document, dataset: str, stored: "Stored | None", basis: str) -> Aspect | None:
    """The latest result; None where the current snapshot was judged by another version of the contract."""
    if stored is None or stored.snapshot.properties.get("contract_version") != document.version:
        return None
    snapshot = stored.snapshot
    return {
        "assertionUrn": rule.urn,
        "asserteeUrn": dataset,
        "partitionSpec": WHOLE,
        "result": {
            "nativeResults": {"basis": basis, "snapshot": str(snapshot.snapshot_id)},
            "rowCount": snapshot.rows,
            "type": "SUCCESS",
        },
        "runId": snapshot.properties.get("run_id", ""),
        "status": "COMPLETE",
        "timestampMillis": milliseconds(stored),
    }
