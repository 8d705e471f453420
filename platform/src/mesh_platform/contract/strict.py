"""Strict reading of documents that people write: an unknown field is a mistake, and each mistake says what holds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mesh_platform.errors import BadContract, UnknownName


def only(path: Path, said: Mapping[Any, Any], known: tuple[str, ...], required: tuple[str, ...], at: str = "") -> None:
    """Refuse fields that are unknown or missing.

    Args:
        path: The document, for the error.
        said: The fields.
        known: The fields that there may be.
        required: Those that there must be.
        at: Where in the document, such as "uses[0]"; "" for its top.

    Raises:
        BadContract: Naming the field and what exists.
    """
    kind = f"field of {at}" if at else "field"
    for name in said:
        if name not in known:
            raise BadContract(f"{path}: {UnknownName.of(kind, str(name), list(known))}")
    for name in required:
        if said.get(name) is None:
            place = f"{at}.{name}" if at else name
            raise BadContract(f"{path}: {place} is missing (rule: {', '.join(required)} are needed); add it")


def expect(path: Path, name: str, value: object, holds: bool, rule: str) -> None:
    """Refuse a value that breaks a rule.

    Args:
        path: The document, for the error.
        name: The field, for the error.
        value: What it holds.
        holds: Whether the rule holds.
        rule: The rule in words.

    Raises:
        BadContract: Where it does not hold.
    """
    if not holds:
        raise BadContract(f"{path}: {name} is {value!r} (rule: {rule}); correct it")


def is_list(value: object, kind: type | tuple[type, ...]) -> bool:
    """Whether a value is a list of at least one thing of a kind, each once."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(part, kind) for part in value)
        and len({repr(part) for part in value}) == len(value)
    )


def is_number(value: object) -> bool:
    """Whether a value is a number; a boolean is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_address(value: str) -> bool:
    """Whether a text looks like an e-mail address."""
    name, _, host = value.partition("@")
    return bool(name) and "." in host.strip(".") and not any(c.isspace() for c in value)
