"""Judge a metadata file by every rule and count."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mesh_platform.catalog.check.datahub import DataHub
from mesh_platform.catalog.check.index import Index
from mesh_platform.catalog.check.rules import RULES, Finding
from mesh_platform.catalog.proposals import Proposal


@dataclass(frozen=True, slots=True)
class Checked:
    """How a rule went with a type of entity.

    Args:
        rule: The rule's name.
        entity_type: The type.
        examined: How many times it was looked at.
        findings: How many times something was wrong.
    """

    rule: str
    entity_type: str
    examined: int
    findings: int


@dataclass(frozen=True, slots=True)
class Report:
    """What the linter found.

    Args:
        checked: By rule and type of entity.
        findings: Everything that is wrong.
    """

    checked: tuple[Checked, ...]
    findings: tuple[Finding, ...]


def check(proposals: Sequence[Proposal]) -> Report:
    """Judge proposals by every rule.

    Args:
        proposals: A whole metadata file: what it refers to must be in it.
    """
    datahub = DataHub()
    sound = [p for p in proposals if datahub.knows(p.name) and not datahub.judge(p.name)(p.aspect)]
    index = Index(proposals, sound)
    examined: Counter[tuple[str, str]] = Counter()
    findings: list[Finding] = []
    for name, rule in RULES.items():
        for entity_type, urn, problem in rule(index, datahub):
            examined[name, entity_type] += 1
            if problem:
                findings.append(Finding(name, entity_type, urn, problem))
    wrong = Counter((finding.rule, finding.entity_type) for finding in findings)
    order = list(RULES)
    places = sorted(examined, key=lambda place: (order.index(place[0]), place[1]))
    return Report(tuple(Checked(*place, examined[place], wrong[place]) for place in places), tuple(findings))
