"""A person as the mesh knows them before the erasure: the keys that lead to them, and what proves them gone."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from mesh_platform.contract.forgetting import SUBJECT

if TYPE_CHECKING:
    from mesh_platform.lake import Lake
    from mesh_platform.privacy.places import Place

NAME: Final = "name"
BIRTH_DATE: Final = "birth date"
TOKEN_BYTES: Final = 8  # of randomness: no two tokens are the same, and nothing leads back


@dataclass(frozen=True, slots=True)
class Person:
    """The identifiers of one person.

    Args:
        customer_id: The customer.
        own: Kind → keys that are this person's alone, the customer id included.
        tokens: Key → the random token that takes its place; also for keys that others share.
        portraits: (names…, birth date) of each profile: together they name the person.
        records: "<table>.<column>" → keys of rows that stay when the person goes, such as orders.
    """

    customer_id: str
    own: Mapping[str, frozenset[str]]
    tokens: Mapping[str, str]
    portraits: frozenset[tuple[str, ...]] = frozenset()
    records: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def identifiers(self) -> list[str]:
        """All values that must not be found any more."""
        return sorted({value for values in self.own.values() for value in values})

    def to_json(self) -> dict[str, Any]:
        """As the journal keeps it while the erasure is under way."""
        return {
            "customer_id": self.customer_id,
            "own": {kind: sorted(values) for kind, values in self.own.items()},
            "tokens": dict(self.tokens),
            "portraits": sorted(map(list, self.portraits)),
            "records": {column: sorted(values) for column, values in self.records.items()},
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Person:
        """Read what `to_json` wrote."""
        return cls(
            said["customer_id"],
            {kind: frozenset(values) for kind, values in said["own"].items()},
            said["tokens"],
            frozenset(map(tuple, said["portraits"])),
            {column: frozenset(values) for column, values in said["records"].items()},
        )


def pattern(identifiers: Iterable[str]) -> re.Pattern[str]:
    """Match the identifiers where they stand alone: C12 is not in C123, a@b.c is not in xa@b.c."""
    each = "|".join(_alone(value) for value in identifiers)
    return re.compile(rf"(?:{each})(?![A-Za-z0-9_])")


def _alone(value: str) -> str:
    before = r"(?<![A-Za-z0-9_.+-])" if "@" in value else "(?<![A-Za-z0-9_])"
    return before + re.escape(value)


def known(lake: Lake, where: Mapping[str, Place], customer_id: str) -> Person:
    """Follow a customer id to everything that leads to the person.

    A visitor, device, card, address or number that rows of another customer hold, too, is not this person's alone: it
    leaves this person's rows and stays in the others'.

    Args:
        lake: The lake.
        where: The places.
        customer_id: The customer.
    """
    published = {t: p for t, p in where.items() if p.subject_columns and lake.current(t) is not None}
    linked: dict[str, set[str]] = {}
    for table, place in published.items():
        for kind, values in _linked(lake, table, place, customer_id):
            linked.setdefault(kind, set()).update(values)
    shared = {kind: _shared(lake, published, customer_id, kind, values) for kind, values in linked.items()}
    own = {kind: frozenset(values - shared[kind]) for kind, values in linked.items()}
    return Person(
        customer_id,
        {**{kind: values for kind, values in own.items() if values}, SUBJECT: frozenset({customer_id})},
        {value: _token() for values in ({customer_id}, *linked.values()) for value in sorted(values)},
        frozenset(p for table, place in published.items() for p in _portraits(lake, table, place, customer_id)),
        dict(_records(lake, where, customer_id)),
    )


def is_subject(place: Place, customer_id: str) -> pl.Expr:
    """Whether a row names the customer."""
    names = place.subject_columns
    return pl.any_horizontal([pl.col(name) == customer_id for name in names]).fill_null(value=False)


def _linked(lake: Lake, table: str, place: Place, customer_id: str) -> Iterator[tuple[str, set[str]]]:
    columns = [c for c in place.columns if c.leads_to_person and c.kind != SUBJECT]
    if not columns:
        return
    rows = _rows(lake, table, place, [c.name for c in columns], is_subject(place, customer_id))
    for column in columns:
        yield column.kind, set(rows[column.name].drop_nulls())


def _shared(lake: Lake, where: Mapping[str, Place], customer_id: str, kind: str, values: set[str]) -> set[str]:
    found: set[str] = set()
    for table, place in where.items():
        for column in (c for c in place.columns if c.kind == kind and c.leads_to_person):
            others = ~is_subject(place, customer_id) & pl.any_horizontal(
                [pl.col(name).is_not_null() for name in place.subject_columns]
            )
            rows = _rows(lake, table, place, [column.name], others & pl.col(column.name).is_in(list(values)))
            found |= set(rows[column.name])
    return found


def _portraits(lake: Lake, table: str, place: Place, customer_id: str) -> set[tuple[str, ...]]:
    names = [c.name for c in place.columns if c.kind == NAME]
    born = [c.name for c in place.columns if c.kind == BIRTH_DATE]
    if not names or not born:
        return set()
    rows = _rows(lake, table, place, [*names, *born], is_subject(place, customer_id)).drop_nulls()
    return {tuple(map(str, row)) for row in rows.iter_rows()}


def _records(lake: Lake, where: Mapping[str, Place], customer_id: str) -> Iterator[tuple[str, frozenset[str]]]:
    """The keys of the person's rows to which other tables with personal data point, such as orders with a score."""
    pointing = [place for place in where.values() if place.columns]
    for target in sorted({target for place in pointing for target in place.references.values()}):
        table, _, column = target.rpartition(".")
        place = where.get(table)
        if place and place.subject_columns and not place.about_one_person and lake.current(table) is not None:
            rows = _rows(lake, table, place, [column], is_subject(place, customer_id))
            if rows.height:
                yield target, frozenset(map(str, rows[column].drop_nulls()))


def _rows(lake: Lake, table: str, place: Place, columns: list[str], which: pl.Expr) -> pl.DataFrame:
    wanted = list(dict.fromkeys([*columns, *place.subject_columns]))
    return lake.scan(table, columns=wanted).filter(which).select(columns).unique().collect(engine="streaming")


def _token() -> str:
    return f"erased-{secrets.token_hex(TOKEN_BYTES)}"
