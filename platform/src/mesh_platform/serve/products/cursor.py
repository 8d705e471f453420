"""Cursors: where the next page begins, in which snapshot, of which question.

A cursor is not secret and not signed, it is checked: it holds the snapshot, the place of the last row and that row's
values of the sort columns, which its reader has seen; all of them are bound as values or looked up. It fits only the
question that it came from, so that pages of two questions can't be mixed, and it opens nothing that `as_of` and
filters would not.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mesh_platform.serve.problems import Problem
from mesh_platform.serve.products.asked import Asked


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page.

    Args:
        snapshot: The snapshot of all pages.
        file: The row's file, by its place in the snapshot's plan.
        row: The row's place in the file.
        values: Its values of the sort columns.
    """

    snapshot: int
    file: int
    row: int
    values: tuple[Any, ...] = ()

    def written(self, question: str) -> str:
        """Write it for the reader.

        Args:
            question: What `question_of` said.
        """
        said = json.dumps([self.snapshot, self.file, self.row, *map(_text, self.values)], separators=(",", ":"))
        return base64.urlsafe_b64encode(_seal(question, said.encode()) + said.encode()).decode().rstrip("=")


def read(written: str, question: str, kinds: Sequence[type]) -> Cursor:
    """Read a cursor.

    Args:
        written: As it was sent.
        question: The question that it is sent with.
        kinds: The Python types of the sort columns' values.

    Raises:
        Problem: 422 where it is none, or one of another question.
    """
    try:
        raw = base64.b64decode(written + "=" * (-len(written) % 4), b"-_", validate=True)
        sealed, said = raw[:_SEAL_BYTES], raw[_SEAL_BYTES:]
        if _seal(question, said) != sealed:
            raise _wrong()
        snapshot, file, row, *values = json.loads(said)
        whole = all(type(number) is int and 0 <= number < 2**63 for number in (snapshot, file, row))
        if not whole or len(values) != len(kinds):
            raise _wrong()
        read_values = tuple(_value(value, kind) for value, kind in zip(values, kinds, strict=True))
    except (ValueError, TypeError, ArithmeticError, binascii.Error) as error:
        raise _wrong() from error
    return Cursor(snapshot, file, row, read_values)


def question_of(product: str, asked: Asked, seen: Sequence[str]) -> str:
    """Tell questions apart whose pages must not be mixed.

    Args:
        product: The product's name and major version.
        asked: What is asked; limit, cursor and snapshot may differ between pages.
        seen: What else decides which rows come: the permit's conditions.
    """
    parts = [product, repr(asked.conditions), repr(asked.sort), *seen]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


_SEAL_BYTES = 8
"""Enough to notice a cursor that was cut, mistyped or sent with another question."""


def _wrong() -> Problem:
    return Problem(
        422,
        "wrong-cursor",
        "cursor: this is not the cursor of the page before; send it as it was, or begin again without it",
        "cursor",
        rule="the cursor of the page before, with the same question",
    )


def _seal(question: str, said: bytes) -> bytes:
    return hashlib.sha256(question.encode() + said).digest()[:_SEAL_BYTES]


def _text(value: Any) -> str | int | bool | None:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value.hex()
    return value.isoformat() if isinstance(value, date) else str(value)


def _value(said: Any, kind: type) -> Any:
    if said is None:
        return None
    if kind in (bool, int, str):
        if type(said) is not kind:
            raise TypeError(said)
        return said
    if kind is float:
        return float.fromhex(said)
    if kind is datetime:
        return datetime.fromisoformat(said)
    return date.fromisoformat(said) if kind is date else kind(said)
