"""What the mesh makes of a change, beside what `datacontract breaking` makes of it; each difference is explained."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from pathlib import Path

import pytest
import yaml

from mesh_platform.contract.consumers import Consumer, Use
from mesh_platform.contract.diff import Level, differences, verdicts
from mesh_platform.contract.export.names import contract_file
from tests.contracts.changes import CHANGES, Change
from tests.contracts.edits import Document, table
from tests.contracts.judges import OutsideJudge

PATH = contract_file("tested", "every_rule", 1)
TODAY = date(2026, 3, 1)
_LEVELS = ("info", "warning", "error")


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name.replace(" ", "_"))
def test_the_verdicts_are_known(change: Change, documents: Path, outside_judge: OutsideJudge) -> None:
    before = yaml.safe_load((documents / PATH).read_text())
    change.first(before)
    after = deepcopy(before)
    change.edit(after)
    alone, used = (_ours(before, after, readers) for readers in ([], [_reader_of_all(before)]))
    assert (alone, used, _theirs(before, after, outside_judge)) == (change.alone, change.used, change.theirs)


def test_each_difference_is_explained_and_nothing_else() -> None:
    assert [change.name for change in CHANGES if change.is_agreed == bool(change.why)] == []


def _ours(before: Document, after: Document, consumers: list[Consumer]) -> Level:
    judged = verdicts(differences({PATH: before}, {PATH: after}), consumers, today=TODAY)
    return max((verdict.level for verdict in judged), default=Level.NONE)


def _reader_of_all(document: Document) -> Consumer:
    """Somebody who relies on everything that a product promises."""
    columns = table(document)["properties"]
    values = {c["name"]: tuple(entry["value"] for entry in c["enum"]) for c in columns if c.get("enum")}
    hours = next(entry["value"] for entry in document["slaProperties"] if entry["property"] == "latency")
    name = table(document)["physicalName"]
    use = Use(name, 1, tuple(c["name"] for c in columns), values, freshness_hours=hours)
    return Consumer("reader", "reader@omnishop.example", "report", "all of it", (use,))


def _theirs(before: Document, after: Document, judge: OutsideJudge) -> str:
    entries = judge.ask("breaking", before=before, after=after, perspective="consumer")
    return max((entry["level"] for entry in entries), key=_LEVELS.index, default="info")
