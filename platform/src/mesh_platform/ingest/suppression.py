"""Persons who were erased and may come again with a later delivery: the ingest knows them by keyed hashes only.

The list is written before an erasure touches anything, so that a run in between lets nobody in again. Rows that are
about such a person alone are left out; other rows come in without the person's values. The key of the hashes stays in
its file, readable by the mesh's user only: without it the hashes of seven-digit numbers would be no secret.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mesh_platform.contract.forgetting import PersonalColumn, about_one_person, without_values

if TYPE_CHECKING:
    import polars as pl

    from mesh_platform.contract import Shape
    from mesh_platform.ingest.readers import Piece

WORD: Final = r"[A-Za-z0-9@_.+-]{2,}"
"""What may be a key within a line that is no record."""


@dataclass(frozen=True, slots=True)
class Suppressed:
    """The erased persons' keys.

    Args:
        key: What the hashes are made with.
        hashes: Kind of personal data → hashes of keys of this kind.
    """

    key: bytes
    hashes: Mapping[str, frozenset[str]]

    @classmethod
    def load(cls, home: Path) -> Suppressed | None:
        """Read the list; None where nobody was ever erased.

        Args:
            home: The mesh's home.
        """
        path = _folder(home) / "suppressed.json"
        if not path.exists():
            return None
        said = json.loads(path.read_text(encoding="utf-8"))
        return cls(hash_key(home), {kind: frozenset(hashes) for kind, hashes in said.items()})

    def holds(self, kind: str, value: str) -> bool:
        """Whether a value is a key of somebody erased."""
        return keyed_hash(self.key, value) in self.hashes.get(kind, frozenset())

    def among(self, kind: str, values: Iterable[str]) -> list[str]:
        """Which of the values are."""
        return [value for value in values if self.holds(kind, value)] if kind in self.hashes else []

    def applied(self, piece: Piece, shape: Shape) -> Piece:
        """Take erased persons out of what was read of a file.

        Args:
            piece: Some records of a file.
            shape: The source's contract.
        """
        import polars as pl

        columns = personal_columns(shape)
        named = {c.name: self.among(c.kind, _distinct(piece.rows, c.name)) for c in columns if c.leads_to_person}
        malformed = self._without_mentions(piece)
        if not any(named.values()) and malformed.height == piece.malformed.height:
            return piece
        mine = _any(piece.rows, named)
        gone = _any(piece.rows, {name: named[name] for name in about_one_person(columns)})
        tokens = {value: f"erased-{secrets.token_hex(8)}" for values in named.values() for value in values}
        rows = without_values(piece.rows, mine & ~gone, columns, tokens).filter(~gone)
        lines = piece.lines
        if lines is not None:  # a record that breaks another rule goes to quarantine as it landed, but not this one
            theirs = pl.col("_line").is_in(piece.rows.filter(mine)["_line"].implode())
            lines = lines.with_columns(pl.when(theirs).then(pl.lit("")).otherwise("_record").alias("_record"))
        return replace(piece, rows=rows, malformed=malformed, lines=lines)

    def _without_mentions(self, piece: Piece) -> pl.DataFrame:
        import polars as pl

        if piece.lines is None or piece.malformed.is_empty():
            return piece.malformed
        lines = piece.lines.join(piece.malformed, on="_line", how="semi")
        words = lines.select("_line", word=pl.col("_record").str.extract_all(WORD)).explode("word").drop_nulls()
        known = [any(self.holds(kind, said) for kind in self.hashes for said in _said(word)) for word in words["word"]]
        theirs = words.filter(pl.Series(known, dtype=pl.Boolean))
        return piece.malformed.join(theirs, on="_line", how="anti", maintain_order="left")


def suppress(home: Path, keys: Mapping[str, Iterable[str]]) -> None:
    """Add a person's keys to the list, by kind; those that are on it stay once."""
    before, key = Suppressed.load(home), hash_key(home)
    held = {} if before is None else dict(before.hashes)
    for kind, values in keys.items():
        held[kind] = held.get(kind, frozenset()) | {keyed_hash(key, value) for value in values}
    write_private(
        _folder(home) / "suppressed.json",
        json.dumps({kind: sorted(hashes) for kind, hashes in sorted(held.items())}, indent=1),
    )


def hash_key(home: Path) -> bytes:
    """The key of the hashes; made once."""
    path = _folder(home) / "key"
    if not path.exists():
        write_private(path, secrets.token_hex(32))
    return bytes.fromhex(path.read_text(encoding="ascii"))


def keyed_hash(key: bytes, value: str) -> str:
    """Hash a value so that only who has the key can try out values (HMAC-SHA-256, RFC 2104)."""
    return hmac.digest(key, value.encode(), "sha256").hex()


def write_private(path: Path, text: str) -> None:
    """Write a file that only the mesh's user can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def personal_columns(shape: Shape) -> tuple[PersonalColumn, ...]:
    """The personal columns of a contract."""
    return tuple(
        PersonalColumn(
            c.name,
            c.meaning.personal,
            c.meaning.classification,
            not c.nullable,
            str(c.dtype) == "String",
            c.meaning.key,
        )
        for c in shape.columns
        if c.meaning.personal
    )


def _folder(home: Path) -> Path:
    return home / "privacy"


def _said(word: str) -> set[str]:
    """A word with and without the signs of a sentence around it."""
    return {word, word.strip(".-+_")}


def _distinct(rows: pl.DataFrame, column: str) -> list[str]:
    return rows[column].drop_nulls().unique().to_list()


def _any(rows: pl.DataFrame, named: Mapping[str, list[str]]) -> pl.Series:
    import polars as pl

    hits = [pl.col(name).is_in(values) for name, values in named.items() if values]
    nobody = pl.repeat(value=False, n=pl.len())
    return rows.select(pl.any_horizontal([*hits, nobody]).fill_null(value=False).alias("mine")).to_series()
