"""Edits of a published contract: each changes one thing in the document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Document = dict[str, Any]
Edit = Callable[[Document], object]


def table(document: Document) -> Document:
    """The document's table."""
    found: Document = document["schema"][0]
    return found


def column(name: str, /, **said: Any) -> Edit:
    """Say something else of a column; None takes it away."""

    def edit(document: Document) -> None:
        _say(next(c for c in table(document)["properties"] if c["name"] == name), said)

    return edit


def option(name: str, /, **said: Any) -> Edit:
    """Say something else in the options of a column's type."""

    def edit(document: Document) -> None:
        found = next(c for c in table(document)["properties"] if c["name"] == name)
        _say(found.setdefault("logicalTypeOptions", {}), said)

    return edit


def values(name: str, listed: list[Any]) -> Edit:
    """List other values, in both places of the document that do; none frees the column."""

    def edit(document: Document) -> None:
        found = next(c for c in table(document)["properties"] if c["name"] == name)
        rest = [rule for rule in found.get("quality", ()) if rule.get("metric") != "invalidValues"]
        rule = {"name": f"{name}__one_of", "type": "library", "metric": "invalidValues", "mustBe": 0}
        rules = [*rest, rule | {"arguments": {"validValues": listed}}] if listed else rest
        _say(found, {"enum": [{"value": value} for value in listed] or None, "quality": rules or None})

    return edit


def custom(name: str, /, **said: str | None) -> Edit:
    """Set custom properties of a column."""

    def edit(document: Document) -> None:
        found = next(c for c in table(document)["properties"] if c["name"] == name)
        kept = {e["property"]: e["value"] for e in found.get("customProperties", ())} | said
        listed = [{"property": key, "value": value} for key, value in kept.items() if value is not None]
        _say(found, {"customProperties": listed or None})

    return edit


def added(name: str, *, required: bool) -> Edit:
    """Add a column."""
    new = {"name": name, "logicalType": "string", "physicalType": "string", "required": required}
    more = {"description": "Something new.", "classification": "internal"}
    return lambda document: table(document)["properties"].append(new | more)


def removed(name: str) -> Edit:
    """Remove a column."""

    def edit(document: Document) -> None:
        table(document)["properties"] = [c for c in table(document)["properties"] if c["name"] != name]

    return edit


def level(name: str, value: Any) -> Edit:
    """Promise another service level."""
    return lambda document: [
        entry.update(value=value) for entry in document["slaProperties"] if entry["property"] == name
    ]


def row_rule(name: str, condition: str | None) -> Edit:
    """Promise another rule of rows; None takes it away."""

    def edit(document: Document) -> None:
        rest = [rule for rule in table(document)["quality"] if rule["name"] != name]
        query = f"select count(*) from ${{table}} where not ({condition})"
        rule = {"name": name, "type": "sql", "query": query, "mustBe": 0, "severity": "error"}
        table(document)["quality"] = [*rest, rule] if condition else rest

    return edit


def both(*edits: Edit) -> Edit:
    """Make several changes at once."""
    return lambda document: [edit(document) for edit in edits]


def _say(element: Document, said: dict[str, Any]) -> None:
    element.update(said)
    for name in [name for name, value in said.items() if value is None]:
        del element[name]
