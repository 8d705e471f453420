"""How one column of a contract differs from what it was."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any, Final

from mesh_platform.contract.columns import CLASSIFICATIONS
from mesh_platform.contract.diff.change import Change, Effect, Level
from mesh_platform.contract.diff.interface import Document, custom
from mesh_platform.contract.diff.rules import rule_changes
from mesh_platform.contract.diff.types import widens
from mesh_platform.contract.export.read import REMOVABLE_FROM

_TYPE_OPTIONS: Final = ("format", "timezone", "defaultTimezone")
"""Options that are part of the type."""


def column_changes(change: Change, before: Document, after: Document) -> Iterator[Change]:
    """List how a column changed.

    Args:
        change: Names the table, the major version and the column; each change is made from it.
        before: The column's property as it was published.
        after: The property as it is now.
    """
    told = replace(change, whom="column")
    yield from _type(told, before, after)
    yield from _presence(told, before, after)
    yield from _values(told, _listed(before), _listed(after))
    yield from _unit(told, custom(before).get("unit"), custom(after).get("unit"))
    yield from _secrecy(told, before, after)
    yield from _deprecation(told, before, after)
    yield from _reference(told, before, after)
    yield from rule_changes(told, before, after)
    yield from _words(change, before, after)


def _type(told: Change, before: Document, after: Document) -> Iterator[Change]:
    was, now = before["physicalType"], after["physicalType"]
    if (was, _type_options(before)) == (now, _type_options(after)):
        return
    said = f"{was} → {now}" if was != now else f"{_type_options(before)} → {_type_options(after)}"
    if widens(was, now):
        yield replace(told, kind="type widened", said=said, level=Level.MINOR, effect=Effect.AT_RISK)
    else:
        yield replace(told, kind="type changed", said=said, level=Level.MAJOR, effect=Effect.BROKEN, stops_runs=True)


def _type_options(column: Document) -> dict[str, Any]:
    options = column.get("logicalTypeOptions") or {}
    # Where the physical type changes its width, the format follows it.
    return {name: options[name] for name in _TYPE_OPTIONS if name in options and name != "format"}


def _presence(told: Change, before: Document, after: Document) -> Iterator[Change]:
    was, now = bool(before.get("required")), bool(after.get("required"))
    if was and not now:
        said = "values may be missing now"
        yield replace(told, kind="null allowed", said=said, level=Level.MAJOR, effect=Effect.BROKEN)
    elif now and not was:
        yield replace(told, kind="null forbidden", said="values are never missing now", whom="nobody")


def _values(told: Change, was: tuple[Any, ...] | None, now: tuple[Any, ...] | None) -> Iterator[Change]:
    if was is None and now is not None:
        said = f"only {_words_of(now)} from now on"
        # Who relies on a value that is not listed is told so where consumers are checked against the documents.
        yield replace(told, kind="values listed", said=said, whom="nobody", values=now)
    elif was is not None and now is None:
        said = f"any value, where only {_words_of(was)} were"
        yield replace(told, kind="values freed", said=said, level=Level.MAJOR, effect=Effect.AT_RISK)
    elif was is not None and now is not None:
        gone, come = tuple(v for v in was if v not in now), tuple(v for v in now if v not in was)
        if gone:
            relying = replace(told, whom="relying", values=gone, effect=Effect.BROKEN, level=Level.MINOR)
            yield replace(relying, kind="value removed", said=f"{_words_of(gone)} never come again")
        if come:
            listing = replace(told, whom="listing", values=come, effect=Effect.AT_RISK, level=Level.MINOR)
            yield replace(listing, kind="value added", said=f"{_words_of(come)} may come")


def _listed(column: Document) -> tuple[Any, ...] | None:
    listed = column.get("enum")
    return tuple(entry["value"] for entry in listed) if listed else None


def _words_of(values: tuple[Any, ...]) -> str:
    return ", ".join(map(str, values))


def _unit(told: Change, was: str | None, now: str | None) -> Iterator[Change]:
    if was == now:
        return
    if was is None:
        yield replace(told, kind="unit added", said=f"in {now}", whom="nobody")
    else:
        effect = Effect.AT_RISK if now is None else Effect.BROKEN
        yield replace(told, kind="unit changed", said=f"{was} → {now or 'not said'}", level=Level.MAJOR, effect=effect)


def _secrecy(told: Change, before: Document, after: Document) -> Iterator[Change]:
    was, now = before["classification"], after["classification"]
    if was != now:
        raised = _rank(now) > _rank(was)
        yield replace(
            told,
            kind="classification raised" if raised else "classification lowered",
            said=f"{was} → {now}",
            level=Level.MINOR if raised else Level.NONE,
            whom="column" if raised else "nobody",
            effect=Effect.AT_RISK if raised else Effect.UNAFFECTED,
        )
    was, now = custom(before).get("personal"), custom(after).get("personal")
    if was != now:
        marked = now is not None
        yield replace(
            told,
            kind="personal data",
            said=f"{was or 'none'} → {now or 'none'}",
            level=Level.MINOR if marked else Level.NONE,
            whom="column" if marked else "nobody",
            effect=Effect.AT_RISK if marked else Effect.UNAFFECTED,
        )


def _rank(classification: str) -> int:
    """From open to secret; a word that is not ours counts as the most secret."""
    known: tuple[str, ...] = CLASSIFICATIONS
    return known.index(classification) if classification in known else len(known)


def removable_from(column: Document) -> date | None:
    """The day from which a deprecated column may be taken away; None where it is not deprecated."""
    said = custom(column).get(REMOVABLE_FROM)
    return date.fromisoformat(said) if said and column.get("deprecated") else None


def _deprecation(told: Change, before: Document, after: Document) -> Iterator[Change]:
    was, now = removable_from(before), removable_from(after)
    if was == now:
        return
    if now is None:
        yield replace(told, kind="deprecation changed", said="stays after all", whom="nobody")
    elif was is None or now < was:
        said = f"may be taken away from {now} on" + (f", not only from {was}" if was else "")
        yield replace(told, kind="deprecated", said=said, level=Level.MINOR, effect=Effect.AT_RISK)
    else:
        yield replace(told, kind="deprecation changed", said=f"stays until {now}, not only {was}", whom="nobody")


def _reference(told: Change, before: Document, after: Document) -> Iterator[Change]:
    was, now = _target(before), _target(after)
    if was == now:
        return
    if was is None:
        yield replace(told, kind="reference added", said=f"every value is one of {now}", whom="nobody")
    else:
        said = f"{was} → {now or 'none'}"
        yield replace(told, kind="reference changed", said=said, level=Level.MAJOR, effect=Effect.AT_RISK)


def _target(column: Document) -> str | None:
    return next((str(relation["to"]) for relation in column.get("relationships") or ()), None)


def _words(change: Change, before: Document, after: Document) -> Iterator[Change]:
    for part, name in (("description", "description"), ("businessName", "glossary term")):
        if before.get(part) != after.get(part):
            yield replace(change, kind="description changed", said=f"another {name}")
    was, now = before.get("transformSourceObjects"), after.get("transformSourceObjects")
    if was is not None and now is not None and was != now:
        yield replace(change, kind="lineage changed", said=f"computed from {', '.join(now)}")
