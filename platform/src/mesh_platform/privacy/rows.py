"""A person's rows in a frame of any table, and what is left of it without them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from mesh_platform.contract.forgetting import SUBJECT, without_values
from mesh_platform.privacy.person import Person, pattern
from mesh_platform.privacy.places import Place


@dataclass(frozen=True, slots=True)
class Left:
    """Rows without a person.

    Args:
        rows: What is left.
        removed: How many rows were about the person alone and went.
        changed: How many stayed without the person's values.
    """

    rows: pl.DataFrame
    removed: int
    changed: int


def without_person(rows: pl.DataFrame, place: Place | None, person: Person) -> Left:
    """Take a person out of rows; everybody else's stay bit by bit.

    Args:
        rows: Rows of a table, or records of its landed files as text.
        place: What the table's documents say; None for a table without a contract.
        person: The person.
    """
    if place is None:
        return _scrubbed(rows, person, rows)
    mine = rows.select(_is_theirs(rows, place, person)).to_series()
    alone = [pl.col(c) == person.customer_id for c in place.about_one_person if c in rows.columns]
    gone = rows.select(pl.any_horizontal(alone).fill_null(value=False)).to_series() if alone else mine & ~mine
    left = without_values(rows, mine & ~gone, place.columns, person.tokens).filter(~gone)
    done = _scrubbed(left, person, rows.filter(~gone))
    return Left(done.rows, int(gone.sum()), done.changed)


def without_records(rows: pl.DataFrame, person: Person) -> Left:
    """Take the records out of a quarantine that name the person anywhere."""
    alone = pattern([*person.identifiers])
    texts = [name for name, dtype in rows.schema.items() if dtype == pl.String]
    hit = _mentioning(rows, texts, person)
    found = [hit[i] and any(v and alone.search(v) for v in row) for i, row in enumerate(rows.select(texts).iter_rows())]
    kept = rows.filter(~pl.Series(found, dtype=pl.Boolean)) if rows.height else rows
    return Left(kept, rows.height - kept.height, 0)


def _is_theirs(rows: pl.DataFrame, place: Place, person: Person) -> pl.Expr:
    keys = [
        pl.col(c.name).is_in(sorted(person.own[c.kind]))
        for c in place.columns
        if c.text and c.kind in person.own and c.name in rows.columns
    ]
    records = [
        pl.col(column).is_in(sorted(person.records[target]))
        for column, target in place.references.items()
        if target in person.records and column in rows.columns
    ]
    nobody = pl.repeat(value=False, n=pl.len())
    return pl.any_horizontal([*keys, *records, nobody]).fill_null(value=False).alias(SUBJECT)


def _scrubbed(rows: pl.DataFrame, person: Person, before: pl.DataFrame) -> Left:
    """Replace what other texts still say of the person, such as an address within a message."""
    texts = [name for name, dtype in rows.schema.items() if dtype == pl.String]
    alone, hit = pattern(person.identifiers), _mentioning(rows, texts, person)
    if any(hit):
        rows = rows.with_columns(
            pl.Series(name, [v and alone.sub(lambda m: person.tokens[m[0]], v) for v in rows[name]], pl.String)
            for name in texts
            if rows[name].str.contains_any(person.identifiers).any()
        )
    different = [~pl.col(name).eq_missing(before[name]) for name in rows.columns]
    changed = rows.select(pl.any_horizontal(different).sum()).item() if rows.height else 0
    return Left(rows, 0, int(changed))


def _mentioning(rows: pl.DataFrame, texts: list[str], person: Person) -> list[bool]:
    if not texts or rows.is_empty():
        return [False] * rows.height
    says = [pl.col(name).str.contains_any(person.identifiers).fill_null(value=False) for name in texts]
    return rows.select(pl.any_horizontal(says)).to_series().to_list()
