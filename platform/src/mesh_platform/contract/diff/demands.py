"""Whether the version of each document was raised as its changes demand."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from mesh_platform.contract.diff.change import Level
from mesh_platform.contract.diff.interface import Interface, is_contract, major_of, name_of
from mesh_platform.contract.diff.verdicts import Verdict

_GONE: Final = ("product removed", "product retired")


@dataclass(frozen=True, slots=True)
class Demand:
    """What one document's changes demand of its version.

    Args:
        table: The product.
        major: The major version whose document changed.
        level: What is demanded.
        version: The version before the change.
        now: The version after it; "" where the document is gone.
        met: Whether the version was raised as demanded.
        remedy: What to do; "" where nothing is to be done.
    """

    table: str
    major: int
    level: Level
    version: str
    now: str
    met: bool
    remedy: str = ""


def demands(before: Interface, after: Interface, judged: Iterable[Verdict], today: date | None = None) -> list[Demand]:
    """Compare what the changes demand with what was done.

    Args:
        before: The documents as they were published.
        after: The documents as they are now.
        judged: The verdicts on what changed between them.
        today: The day on which sunsets have passed; None for today in UTC.

    Returns:
        One demand a document whose changes demand something, by product and major version.
    """
    day = today or datetime.now(UTC).date()
    changed: dict[tuple[str, int], list[Verdict]] = defaultdict(list)
    for verdict in judged:
        changed[verdict.change.table, verdict.change.major].append(verdict)
    versions = _versions(before, after)
    return [
        demand
        for place in sorted(changed)
        if place in versions
        for demand in _demanded(place, changed[place], *versions[place], day)
    ]


def _versions(before: Interface, after: Interface) -> dict[tuple[str, int], tuple[str, str]]:
    """The versions of every contract that was published: before, and now or "" where it is gone."""
    return {
        (name_of(document), major_of(path)): (
            str(document["version"]),
            str(after.get(path, {}).get("version", "")),
        )
        for path, document in before.items()
        if is_contract(path)
    }


def _demanded(place: tuple[str, int], verdicts: list[Verdict], version: str, now: str, day: date) -> Iterator[Demand]:
    level = max(verdict.level for verdict in verdicts)
    if level is Level.NONE:
        return
    gone = [verdict for verdict in verdicts if verdict.change.kind in _GONE]
    if gone:
        remedy = _remedy_of_removal(gone[0], day)
        yield Demand(*place, level, version, "", not remedy, remedy)
    elif level is Level.MAJOR:
        yield Demand(*place, level, version, now, met=False, remedy=_remedy_of_break(place, version, now))
    else:
        met = _numbers(now)[:2] > _numbers(version)[:2]
        major, minor = _numbers(version)[:2]
        remedy = "" if met else f"set version='{major}.{minor + 1}.0'"
        yield Demand(*place, level, version, now, met, remedy)


def _remedy_of_removal(verdict: Verdict, day: date) -> str:
    change = verdict.change
    named = ", ".join(hit.consumer.name for hit in verdict.hits)
    if named:
        return f"bring it back: {named} still use it"
    is_past = change.removable_from is not None and change.removable_from <= day
    if is_past or (change.kind == "product retired" and "deprecated" in change.said):
        return ""
    if change.kind == "product retired":
        return "publish it as status='deprecated' first, then retire it"
    return "bring its document back; announce its end (an OlderMajor with a sunset, or status='deprecated') first"


def _remedy_of_break(place: tuple[str, int], version: str, now: str) -> str:
    if _numbers(now) < _numbers(version):
        return f"set a version of at least {version}"
    following = _numbers(version)[0] + 1
    return (
        f"set version='{following}.0.0' with older=(OlderMajor(version='{version}', contract=…, sql='select … from "
        "newest', sunset=date(…)),), or take the change back"
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
