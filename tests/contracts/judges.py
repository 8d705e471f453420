"""The judges of a batch of rows: each says how many rows broke which rule of the contract, by the rule's name.

The platform's own audit is one; the exported document, executed by datacontract-cli, is the other. Their words are
brought together here: a rule of the contract may be several checks of the document.
"""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from mesh_platform.contract import Contract, shape_of
from mesh_platform.contract.audit import audit
from mesh_platform.contract.audit.rules import Rule, Slot, rules_of
from mesh_platform.product import ServiceLevel

_SAYS: Mapping[str, tuple[str, ...]] = {
    "field_required": ("present",),
    "field_primary_key_required": ("present",),
    "field_unique": ("key", "unique"),
    "field_primary_key_unique": ("key", "unique"),
    "primary_key_unique": ("key",),
    "field_minimum": ("at_least", "above", "between"),
    "field_maximum": ("at_most", "below", "between"),
    "field_not_equal": ("above", "below", "between"),
    "field_regex": ("matches",),
    "field_min_length": ("length",),
    "field_max_length": ("length",),
    "field_enum": ("one_of",),
    "field_is_present": ("columns",),
    "field_type": ("type",),
}
"""datacontract-cli's check → the kinds of rules that it may stand for."""
_ADDED = {"between", "above", "below", "length"}
"""Rules that are two checks of which a row can break only one: their counts add up. Others are said twice at most."""


class Disagreement(AssertionError):
    """The outside judge could not do what the document asks."""


@dataclass(frozen=True)
class OutsideJudge:
    """datacontract-cli, in a process of its own environment."""

    process: subprocess.Popen[str]

    def ask(self, ask: str, **question: Any) -> Any:
        """Ask one question and wait for the answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"ask": ask, **question}, default=str) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"the outside judge is gone, exit code {self.process.poll()}"
        return json.loads(answer)

    def counts(self, contract: type[Contract], document: Path, rows: Path) -> dict[str, int]:
        """Count the rows that break each rule of the document; rules that the judge can't check are absent.

        Raises:
            Disagreement: Where a check is about no rule of the contract, or two checks of one rule disagree.
        """
        said: dict[str, dict[str, int]] = defaultdict(dict)
        for check in self.ask("judge", document=str(document), rows=str(rows)):
            if check["result"] != "warning":  # what the document says, but this judge can't look at
                name = check["rule"] or _rule_of(contract, check["type"], check["column"])
                said[name][check["type"]] = said[name].get(check["type"], 0) + _count(check)
        return {name: _total(contract, name, counts) for name, counts in said.items()}


def broken(counts: Mapping[str, int]) -> dict[str, int]:
    """The rules that do not hold."""
    return {name: count for name, count in counts.items() if count}


def _count(check: Mapping[str, Any]) -> int:
    if check["result"] == "passed":
        return 0
    if check["result"] != "failed":
        raise Disagreement(f"{check['type']} of {check['column']} ended as {check['result']}: {check['reason']}")
    if str(check["reason"]).startswith("Error"):
        raise Disagreement(f"{check['type']} of {check['column']}: {check['reason']}")
    return int(check["count"] if check["count"] is not None else 1)


def _total(contract: type[Contract], name: str, said: Mapping[str, int]) -> int:
    kinds = {rule.name: _kind(slot, rule) for slot, rule in rules_of(contract).items()}
    if kinds[name] in _ADDED:
        return sum(said.values())
    if len(set(said.values())) > 1:
        raise Disagreement(f"{name} is checked twice, with different answers: {dict(said)}")
    return max(said.values())


def _rule_of(contract: type[Contract], check: str, column: str | None) -> str:
    """Find the rule of the contract that a check of the document stands for."""
    for slot, rule in rules_of(contract).items():
        if _kind(slot, rule) in _SAYS.get(check, ()) and _is_about(contract, slot, check, column):
            return rule.name
    raise Disagreement(f"the document has {check} of {column}, which is no rule of {contract.__name__}")


def _kind(slot: Slot, rule: Rule) -> str:
    return rule.name.split("__")[-1].rstrip("_0123456789") if slot[0] == "check" else slot[0]


def _is_about(contract: type[Contract], slot: Slot, check: str, column: str | None) -> bool:
    if slot[0] == "key":
        return check == "primary_key_unique" or shape_of(contract).key == (column,)
    return slot[0] == "columns" or slot[1] == column


def audited(
    contract: type[Contract],
    rows: Path,
    known: Mapping[str, Path],
    *,
    rows_before: int = 0,
    newest_delivery: date | None = None,
) -> dict[str, int]:
    """Count the rows that break each rule in the platform's own audit.

    Args:
        contract: The contract.
        rows: The Parquet file of the rows.
        known: Reference → the Parquet file of the values that it holds.
        rows_before: The rows of the snapshot before.
        newest_delivery: The newest day that was delivered; without it nothing is too old.
    """
    height = pl.scan_parquet(rows).select(pl.len()).collect().item()
    report = audit(
        contract,
        [str(rows)],
        [],
        {reference: [str(file)] for reference, file in known.items()},
        name="judged",
        rows_before=rows_before,
        rows_after=height,
        service_level=ServiceLevel(),
        newest_delivery=newest_delivery,
    )
    return dict(report.checked)
