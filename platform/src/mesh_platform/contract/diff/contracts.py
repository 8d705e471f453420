"""How one contract differs from what it was: its life, its table, its service level, its columns."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Final

from mesh_platform.contract.diff.change import Change, Effect, Level
from mesh_platform.contract.diff.columns import column_changes, removable_from
from mesh_platform.contract.diff.interface import Document, custom, service_level, table_of
from mesh_platform.contract.diff.levels import service_level_changes
from mesh_platform.contract.diff.rules import rule_changes
from mesh_platform.contract.export.read import END_OF_LIFE
from mesh_platform.product import older_table

_ALIKE: Final = 0.7
"""How alike two names are, from 0 to 1, for a column that went and one that came to look like the same one."""
_WORD: Final = re.compile(r"\w+")


def contract_changes(change: Change, before: Document, after: Document) -> Iterator[Change]:
    """List how one major version of a contract changed.

    Args:
        change: Names the table and the major version; each change is made from it.
        before: The contract as it was published.
        after: The contract as it is now.
    """
    yield from _life(change, before, after)
    yield from _place(change, before, after)
    yield from _layout(change, table_of(before), table_of(after))
    yield from _columns(change, _by_name(before), _by_name(after))
    yield from _row_rules(change, table_of(before), table_of(after))
    yield from service_level_changes(change, service_level(before), service_level(after))
    yield from _words(change, before, after)


def _life(change: Change, before: Document, after: Document) -> Iterator[Change]:
    every = replace(change, whom="product", effect=Effect.AT_RISK)
    was, now = service_level(before).get(END_OF_LIFE), service_level(after).get(END_OF_LIFE)
    if was != now:
        earlier = now is not None and (was is None or now < was)
        told = every if earlier else change
        yield replace(told, kind="sunset changed", said=f"served until {now or 'further notice'}")
    if before["status"] == after["status"]:
        return
    said = f"{before['status']} → {after['status']}"
    if after["status"] == "deprecated":
        # An older major version need not raise its version to be announced: the next major has told.
        yield replace(every, kind="status changed", said=said, level=Level.NONE if now else Level.MINOR)
    elif before["status"] == "active":
        yield replace(every, kind="status changed", said=said, level=Level.MAJOR)
    else:
        yield replace(change, kind="status changed", said=said)


def _place(change: Change, before: Document, after: Document) -> Iterator[Change]:
    was, now = table_of(before)["physicalName"], table_of(after)["physicalName"]
    if was == now:
        return
    told = replace(change, whom="product", kind="table moved", said=f"{was} → {now}")
    if END_OF_LIFE in service_level(after) and now == older_table(was, change.major):
        # Who is bound to the major version is led there; only who opens the lake by the table's name must follow.
        yield replace(told, effect=Effect.AT_RISK)
    else:
        yield replace(told, level=Level.MAJOR, effect=Effect.BROKEN)


def _layout(change: Change, before: Document, after: Document) -> Iterator[Change]:
    every = replace(change, whom="product")
    was, now = _key(before), _key(after)
    if set(was) != set(now):
        said = f"one row per {', '.join(was)} → one row per {', '.join(now)}"
        yield replace(every, kind="key changed", said=said, level=Level.MAJOR, effect=Effect.BROKEN)
    elif was != now:
        yield replace(change, kind="key changed", said=f"in the order {', '.join(now)}")
    was, now = _partition(before), _partition(after)
    if was != now:
        said = f"by {', '.join(was) or 'nothing'} → by {', '.join(now) or 'nothing'}"
        yield replace(every, kind="partition changed", said=said, level=Level.MINOR, effect=Effect.AT_RISK)
    if custom(before).get("sortedBy") != custom(after).get("sortedBy"):
        yield replace(change, kind="sort changed", said=f"by {', '.join(custom(after).get('sortedBy') or ['nothing'])}")


def _key(table: Document) -> list[str]:
    keyed = [column for column in table["properties"] if column.get("primaryKey")]
    return [c["name"] for c in sorted(keyed, key=lambda c: int(c.get("primaryKeyPosition", 0)))]


def _partition(table: Document) -> list[str]:
    return [column["name"] for column in table["properties"] if column.get("partitioned")]


def _by_name(document: Document) -> dict[str, Document]:
    return {column["name"]: column for column in table_of(document)["properties"]}


def _columns(change: Change, before: Mapping[str, Document], after: Mapping[str, Document]) -> Iterator[Change]:
    renamed = _renamed(before, after)
    for name, column in before.items():
        about = replace(change, columns=(name,))
        if name in after:
            yield from column_changes(about, column, after[name])
        else:
            yield _taken_away(about, column, renamed.get(name))
    for name, column in after.items():
        if name not in before:
            said = f"{column['physicalType']}, {'never' if column.get('required') else 'may be'} missing"
            yield replace(change, columns=(name,), kind="column added", said=said, level=Level.MINOR)
    kept = [name for name in before if name in after]
    if kept != [name for name in after if name in before]:
        yield replace(change, kind="columns reordered", said=", ".join(after))


def _taken_away(about: Change, column: Document, now: str | None) -> Change:
    day = removable_from(column)
    said = f"{column['physicalType']}, gone" if now is None else f"looks like '{now}' now"
    if day:
        said += f"; announced to go from {day} on"
    return replace(
        about,
        kind="column removed" if now is None else "column renamed",
        said=said,
        level=Level.MAJOR,
        whom="column",
        effect=Effect.BROKEN,
        removable_from=day,
        stops_runs=True,
    )


def _renamed(before: Mapping[str, Document], after: Mapping[str, Document]) -> dict[str, str]:
    """Pair each column that went with the new one that it looks like, the most alike first."""
    gone = {name: column for name, column in before.items() if name not in after}
    come = {name: column for name, column in after.items() if name not in before}
    alike = sorted(
        (-likeness, old, new)
        for old, was in gone.items()
        for new, now in come.items()
        if (likeness := _likeness(was, now)) >= _ALIKE
    )
    pairs: dict[str, str] = {}
    for _, old, new in alike:
        if old not in pairs and new not in pairs.values():
            pairs[old] = new
    return pairs


def _likeness(was: Document, now: Document) -> float:
    if was["physicalType"] != now["physicalType"]:
        return 0.0
    if was["description"] == now["description"]:
        return 1.0
    return SequenceMatcher(None, was["name"], now["name"]).ratio()


def _row_rules(change: Change, before: Document, after: Document) -> Iterator[Change]:
    """Rules across columns reach the readers of the columns that they speak of."""
    names = {column["name"] for column in [*before["properties"], *after["properties"]]}
    rules = {
        rule["name"]: set(_WORD.findall(str(rule.get("query", rule.get("arguments", ""))))) & names
        for table in (before, after)
        for rule in table.get("quality") or ()
    }
    for told in rule_changes(replace(change, whom="product"), before, after):
        spoken_of = next((columns for name, columns in rules.items() if told.said.startswith(f"{name} is ")), set())
        is_for_all = not spoken_of or told.whom == "nobody"
        yield told if is_for_all else replace(told, columns=tuple(sorted(spoken_of)), whom="column")


def _words(change: Change, before: Document, after: Document) -> Iterator[Change]:
    for part in ("description", "dataGranularityDescription"):
        if table_of(before).get(part) != table_of(after).get(part):
            yield replace(change, kind="description changed", said=f"another {part}")
    if before.get("description") != after.get("description"):
        yield replace(change, kind="description changed", said="another purpose, usage or limitations")
    for part in ("team", "support"):
        if before.get(part) != after.get(part):
            yield replace(change, kind="owner changed", said=f"another {part}")
