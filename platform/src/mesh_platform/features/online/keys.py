"""An entity's key out of text, as people and addresses write it."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from mesh_platform.errors import UserError

if TYPE_CHECKING:
    from mesh_platform.features.online.header import Header

SEPARATOR = ","
LARGEST = 2**63
"""Whole numbers below it, and from its negative, fit into the store."""
RULES = {
    "text": "a text",
    "int": "a whole number of 64 bits",
    "bool": "true or false",
    "date": "a date as 2026-01-31",
    "instant": "an instant with its zone, as 2026-01-31T12:00:00Z",
}
"""How a value of each kind is written."""


def part_of(text: str, kept: str) -> Any:
    """Read one part of a key.

    Args:
        text: The text.
        kept: The part's kind.

    Raises:
        ValueError: Where it is none of that kind.
    """
    if kept == "bool":
        return {"true": True, "false": False}[text] if text in {"true", "false"} else _refused(text)
    if kept == "int":
        number = int(text)
        return number if -LARGEST <= number < LARGEST else _refused(text)
    if kept == "date":
        return date.fromisoformat(text)
    if kept == "instant":
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else _refused(text)
    return text


def _refused(text: str) -> Any:
    raise ValueError(text)


def typed(text: str, header: Header) -> tuple[Any, ...]:
    """Read a key whose parts stand with commas between.

    Raises:
        UserError: Where it has other parts than the view's entity.
    """
    entity = header.entity
    if not entity:
        return (text,)
    parts = text.split(SEPARATOR) if len(entity) > 1 else [text]
    try:
        return tuple(part_of(part, kept) for part, (_, kept) in zip(parts, entity, strict=True))
    except ValueError:
        rule = ", ".join(f"{name}: {RULES[kept]}" for name, kept in entity)
        raise UserError(f"feature view '{header.view}': a key is not ({rule}); send these in this order") from None
