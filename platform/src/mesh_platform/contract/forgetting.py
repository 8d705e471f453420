"""What happens to a person's values in rows that may stay, column by column: the contract's classification decides.

A row whose key names the person is about the person alone and goes. In every other row a personal value goes missing
where it may be missing; where it may not, a key is replaced by a random token and text by a word. Numbers and truths
that must be there stay: without a key nothing leads from them to anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

SUBJECT: Final = "customer id"
"""The kind of personal data that names a person across the mesh."""
KEYS: Final = frozenset({SUBJECT, "visitor id", "device id", "payment card", "social handle", "email", "phone"})
"""Kinds whose values lead to a person."""
ERASED_TEXT: Final = "erased on request"
"""Stands for a text of a person that may not be missing."""


@dataclass(frozen=True, slots=True)
class PersonalColumn:
    """A column with personal data.

    Args:
        name: The column.
        kind: The kind of personal data, such as "email".
        classification: Who may see it.
        required: True where no value may be missing.
        text: Whether its values are text.
        key: True where it is part of the row's key.
    """

    name: str
    kind: str
    classification: str
    required: bool
    text: bool
    key: bool

    @property
    def leads_to_person(self) -> bool:
        """Whether its values are keys of persons."""
        return self.text and self.kind in KEYS


def about_one_person(columns: Sequence[PersonalColumn]) -> list[str]:
    """The columns by which a row is about one person alone; none where rows stay when a person goes."""
    return [c.name for c in columns if c.text and c.key and c.kind == SUBJECT]


def without_values(
    rows: pl.DataFrame, mine: pl.Series, columns: Sequence[PersonalColumn], tokens: Mapping[str, str]
) -> pl.DataFrame:
    """Take a person's values out of the person's rows.

    Args:
        rows: Rows of a table; columns that it lacks are passed over.
        mine: Which of them are the person's.
        columns: The table's personal columns.
        tokens: Key → the token in its place.
    """
    changed = [_changed(c, rows.schema[c.name], mine, tokens) for c in columns if c.name in rows.columns]
    return rows.with_columns([change for change in changed if change is not None])


def _changed(column: PersonalColumn, dtype: pl.DataType, mine: pl.Series, tokens: Mapping[str, str]) -> pl.Expr | None:
    value = pl.col(column.name)
    if not column.required:
        return pl.when(mine).then(pl.lit(None, dtype)).otherwise(value).alias(column.name)
    if not column.text:
        return None
    if column.leads_to_person:
        return pl.when(mine).then(value.replace(dict(tokens))).otherwise(value).alias(column.name)
    return pl.when(mine).then(pl.lit(ERASED_TEXT)).otherwise(value).alias(column.name)
